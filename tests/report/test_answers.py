# SPDX-License-Identifier: Apache-2.0
"""The word beside a finding: measured is not weighed, and no data is not a verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.report import CheckRow, Report, Support
from swarmwitness.report.answers import NO_EVIDENCE, NOTHING_TOLD, SILENCE, asked, exhibit_lists

BASE: dict[str, object] = {
    "question": 9,
    "id": "Q9-a",
    "subject": {"anchor_set": "k", "candidate_set": "s"},
    "verdict": "inconclusive",
    "why": "not_weighed",
    "counts": [],
    "tests": {},
}
COUNT = {"set": "k", "scope": "case", "rung_min": 4, "works": 3}


def report(*findings: dict[str, object]) -> Report:
    return Report("t", "c", True, "swarmwitness", "", [BASE | f for f in findings])


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        ({}, "not weighed"),
        ({"counts": [COUNT]}, "not weighed"),
        ({"tests": {"overlap_observed": 3}}, "tested, not weighed"),
        ({"why": "no_data: no background"}, "inconclusive: no data"),
        ({"why": "weighed", "verdict": "supports_hd"}, "supports Hd"),
        ({"why": "weighed"}, "inconclusive"),
    ],
)
def test_the_word_beside_a_question(finding: dict[str, object], state: str) -> None:
    assert asked(report(finding))[8].state == state


def test_every_question_is_asked_in_order() -> None:
    questions = asked(report())
    assert [q.number for q in questions] == list(range(1, 19))
    assert all(q.is_open for q in questions)


def test_counts_keep_their_units_and_lead_to_their_exhibits() -> None:
    one = report({"question": 1, "id": "Q1-counts", "counts": [COUNT]})
    one = replace(one, support={("Q1-counts", 0): Support(["file:x#1"], 7)})
    (answer,) = asked(one)[0].printed
    assert answer.units == ["works"]
    (listed,) = exhibit_lists(one, asked(one))
    assert (listed.support.total, listed.anchor) == (7, answer.counts[0].anchor)
    assert listed.line == "k, scope case, from rung 4 (PROGRESSED) up"


def test_nested_figures_are_named_one_by_one() -> None:
    finding = {"error_rate": {"basis": "simulated", "n": 3}, "tests": {"overlap_notes": []}}
    (answer,) = asked(report(finding))[8].answers
    assert answer.figures == [("Error rate: basis", "simulated"), ("Error rate: n", 3)]


def test_a_case_without_evidence_of_its_own_says_so_where_only_that_would_tell() -> None:
    silent = {q.number: q.silence for q in asked(report())}
    assert {n for n, told in silent.items() if told == NO_EVIDENCE} == {2, 3, 4, 14}
    assert silent[5] == SILENCE
    sealed = replace(report(), verification=[CheckRow("Exhibits", "each", True)])
    assert asked(sealed)[1].silence == NOTHING_TOLD


def test_what_our_own_evidence_measured_stands_in_words() -> None:
    finding = {"question": 2, "id": "Q2", "tests": {"rows": 7}, "controls": {"decoys": 4}}
    (answer,) = asked(report(finding))[1].answers
    assert answer.status == "measured, not weighed"
    assert answer.own is not None
    assert answer.figures == []


def test_controls_do_not_make_a_count_a_measurement() -> None:
    (answer,) = asked(report({"question": 1, "counts": [COUNT], "controls": {"decoys": 4}}))[0].answers
    assert (answer.status, answer.figures) == ("counted", [])


def test_the_same_line_of_counts_leads_to_one_list_of_exhibits() -> None:
    counted: dict[str, object] = {"counts": [COUNT], "tests": {"overlap_observed": 3}}
    one = report({"question": 1, "id": "Q1-counts", "counts": [COUNT]}, counted)
    one = replace(one, support={(name, 0): Support(["file:x#1"], 7) for name in ("Q1-counts", "Q9-a")})
    (listed,) = exhibit_lists(one, asked(one))
    assert list(listed.finding_ids) == ["Q1-counts", "Q9-a"]
    assert asked(one)[8].answers[0].counts_above
    other = replace(one, support={**one.support, ("Q9-a", 0): Support(["file:x#2"], 7)})
    assert [list(each.finding_ids) for each in exhibit_lists(other, asked(other))] == [
        ["Q1-counts"],
        ["Q9-a"],
    ]
    assert not asked(other)[8].answers[0].counts_above


def test_what_could_not_be_measured_is_not_called_measured() -> None:
    finding = {"question": 10, "tests": {"latency_inconclusive": "no_data: no release is known"}}
    (answer,) = asked(report(finding))[9].answers
    assert answer.status == "inconclusive: no data"
    assert answer.figures == [("No figure, because", "no release is known")]
