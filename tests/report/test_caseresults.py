# SPDX-License-Identifier: Apache-2.0
"""A finding says all that findings.json says of it: accounts, verdict, ratio, error, counts."""

from __future__ import annotations

from types import SimpleNamespace

from swarmwitness.report.caseresults import counted, result


def test_a_finding_is_stated_with_its_rivals_and_its_error(exported: SimpleNamespace) -> None:
    said = result(exported.full().run, exported.finding)["uco-core:statement"]
    assert said == [
        "subject: anchor set corporate, candidate set hidden",
        "Hp: one acquisition process feeds both",
        "Hd: independent users",
        "why: the lower bound is below 2",
        "verdict: inconclusive",
        "log10 likelihood ratio, smallest over the rivals: 1.4 (0.9 to 1.9), rival same_feed",
        "error rate: basis simulated, scenario same_feed, false positive 0.004, n 3,000",
        "against: independent 3.1, same feed 1.4",
        "tests: overlap z 0.4, notes few works",
        "controls: random anchor sets 1,000, as strong 2",
        "rungs: asserted; method 1.0.0, seed 7",
    ]


def test_what_was_not_weighed_has_no_ratio_and_no_error(exported: SimpleNamespace) -> None:
    nothing = dict.fromkeys(("log10_lr", "error_rate", "verdict"))
    bare = exported.finding | nothing | {"tests": {}, "counts": []}
    said = result(exported.full().run, bare)["uco-core:statement"]
    assert isinstance(said, list)
    assert "verdict: none; a measurement" in said
    assert "log10 likelihood ratio, smallest over the rivals: none formed" in said
    assert "error rate: none measured" in said
    assert "uco-analysis:resultContent" not in result(exported.full().run, bare)


def test_a_count_prints_set_scope_rung_and_unit(exported: SimpleNamespace) -> None:
    (count,) = counted(exported.full().run, exported.finding)
    assert count["uco-core:statement"] == (
        "set corporate, scope case, from rung 4 (PROGRESSED) up: 157 works, 203 downloads, 47 addresses"
    )


def test_the_exhibits_of_a_finding_are_named(exported: SimpleNamespace) -> None:
    named = result(exported.full().run, exported.finding)["uco-core:externalReference"]
    assert isinstance(named, list)
    assert named[0]["uco-core:externalIdentifier"] == f"file:{exported.digest}#17"
