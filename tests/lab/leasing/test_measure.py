# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from swarmwitness.lab.leasing.classes import CLASSES
from swarmwitness.lab.leasing.measure import TUNING, better, measured, scored, table
from swarmwitness.lab.leasing.rules import V0, V1
from swarmwitness.lab.leasing.score import Score

RULES = (V0, V1)


def test_worlds_done_are_not_made_again_and_a_torn_line_is_passed_over(tmp_path):
    kept = tmp_path / "worlds.jsonl"
    first = list(measured(3, seed=5, outside=False, rules=RULES, kept=kept))
    kept.write_text(kept.read_text().replace('"world": 1', '"world": 1, "class": "kept"', 1)[:-20])
    lines = kept.read_text().count("\n")
    again = list(measured(3, seed=5, outside=False, rules=RULES, kept=kept))
    assert [scores for _, scores in again] == [scores for _, scores in first]
    assert kept.read_text().count('"world": 0') == 1
    assert kept.read_text().count("\n") > lines
    other = list(measured(1, seed=6, outside=False, rules=RULES, kept=kept))
    assert other[0] != first[0]


def test_tuning_worlds_are_other_worlds():
    assert scored(0, seed=TUNING, outside=False, rules=RULES) != scored(0, seed=1, outside=False, rules=RULES)


def test_the_chosen_rule_mixes_less_out_of_sample():
    found = list(measured(4 * len(CLASSES), seed=2, outside=False, rules=RULES))
    fewer, more, same = better(found, V1.name, V0.name)
    assert fewer + more + same == len(found)
    # v1 only cuts what v0 leaves together, so that it can never be more; how often it is fewer can fail.
    assert more == 0
    assert fewer > len(found) // 3
    told = table(found, RULES)
    assert all(f"| {of.name} | {rule.name} |" in told for of in CLASSES for rule in RULES)
    assert "| all |" in told


def test_intervals_are_over_worlds_and_not_over_what_is_in_them():
    alike = [("static", {V1.name: Score(n_leases=1000, n_cut=100, n_tenures=1000)})] * 20
    unlike = [("static", {V1.name: Score(n_leases=1000, n_cut=k, n_tenures=1000)}) for k in [0, 200] * 10]
    assert "| 10.00% (9.59%-10.42%) |" in table(alike, [V1])
    none = [("static", {V1.name: Score(n_leases=10, n_tenures=10)})] * 20
    assert "| 0.00% (0.00%-1.83%) |" in table(none, [V1])
    cell = table(unlike, [V1]).splitlines()[2].split(" | ")[-1]
    low, high = (float(part) for part in cell.split("(")[1].split(")")[0].replace("%", "").split("-"))
    assert low < 8 < 12 < high
