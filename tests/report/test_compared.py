# SPDX-License-Identifier: Apache-2.0
"""Findings beside each other: every figure once, exactly as the finding has it."""

from __future__ import annotations

from typing import Any

from swarmwitness.inference import YearlyRate
from swarmwitness.inference.rates import YearCount
from swarmwitness.report.compared import Compared, comparable, compared


def finding(question: int, name: str, tests: dict[str, Any], **more: Any) -> dict[str, Any]:
    plain = {"question": question, "subject": {"set": name}, "why": "not_weighed", "method_version": "0.1.0"}
    return plain | {"seed": 7, "hp": "p", "hd": "d", "tests": tests} | more


def pair(candidates: str, anchors: str, tests: dict[str, Any], **more: Any) -> dict[str, Any]:
    return finding(9, "", tests, **{"subject": {"anchor_set": anchors, "candidate_set": candidates}} | more)


def made(*findings: dict[str, Any], rates: dict[str, Any] | None = None) -> Compared:
    assert all(comparable(each) for each in findings)
    found = compared(findings, rates or {})
    assert found is not None
    return found


def test_a_row_for_each_set_and_a_dash_where_nothing_was_measured() -> None:
    low, high = "latency_median_days_low95", "latency_median_days_high95"
    found = made(
        finding(10, "a", {"latency_quantile_0.5_days": 1.03073458, low: 0.882794858, high: 1.32352358}),
        finding(10, "b", {"latency_quantile_0.5_days": 1621.1}),
    )
    assert list(found.grids[0].head) == ["Set", "Half (median)", "95\u202f% interval"]
    assert list(found.grids[0].rows) == [("a", "1.031", "0.882 to 1.324"), ("b", "1,621.1", "\u2014")]


def test_years_stand_side_by_side_with_those_watched_in_part() -> None:
    years = (YearCount(2024, 9, 366.0, 9.0, True), YearCount(2025, 4, 200.0, 7.3, False))
    rate = YearlyRate(13, 1.55, 8.4, (1.0, 2.0), (4, 9), None, None, years, ())
    tests = {"rate_works": 13, "rate_works_first_seen_in_2024": 9, "rate_works_first_seen_in_2025": 4}
    found = made(finding(11, "a", tests), rates={"a": rate})
    assert list(found.grids[-1].head) == ["Set", "2024", "2025*", "Least to most in a year"]
    assert list(found.grids[-1].rows) == [("a", "9", "4", "4 to 9")]
    assert "Watched in part: 2025: 200.0 days." in found.notes


def test_seconds_are_not_stretched_to_a_year() -> None:
    tests = {"rate_works": 5, "rate_watched_years": 7.61718065e-07, "rate_works_per_year": 6564108.47}
    found = made(finding(11, "a", tests))
    assert list(found.grids[0].rows) == [("a", "5", "24.0\u202fs", "\u2014")]
    assert found.notes[0].startswith("Fewer than 28 days were watched")
    watched = made(finding(11, "a", tests | {"rate_watched_years": 1.0, "rate_works_per_year": 5.0}))
    assert list(watched.grids[0].rows) == [("a", "5", "1 year", "5")]


def test_a_figure_shows_on_which_side_of_its_limit_it_lies() -> None:
    tests = {"rate_works": 5, "rate_works_per_year": 65.2}
    short = made(finding(11, "a", tests | {"rate_watched_years": 27.99 / 365.25}))
    assert short.grids[0].rows[0][2:] == ("27.99 days", "\u2014")
    enough = made(finding(11, "a", tests | {"rate_watched_years": float(f"{28 / 365.25:.9g}")}))
    assert enough.grids[0].rows[0][2:] == ("28.0 days", "65.2")
    above = [pair("s", "k", {"overlap_control_p": p}) for p in (0.0504, 0.05000004, 0.05)]
    assert [row[1] for row in made(*above).grids[0].rows] == ["0.0504", "0.05000004", "0.05"]


def test_each_row_can_be_cited() -> None:
    found = made(*(finding(11, name, {"rate_works": 1}, id=f"Q11-{name}") for name in ("a", "b")))
    assert found.notes[-1] == "Findings, in the order of the rows: Q11-a, Q11-b."


def test_the_anchors_are_named_once_where_they_are_the_same() -> None:
    same = made(*(pair(name, "k", {"overlap_observed": 3}) for name in ("s", "t")))
    shared = next(grid for grid in same.grids if grid.rows[0][1:])
    assert shared.head[0] == "Candidates (anchors: k)"
    assert [row[0] for row in shared.rows] == ["s", "t"]
    other = made(pair("s", "k", {"overlap_observed": 3}), pair("s", "m", {"overlap_observed": 4}))
    shared = next(grid for grid in other.grids if grid.rows[0][1:])
    assert [row[0] for row in shared.rows] == ["s and k", "s and m"]


def test_controls_of_the_test_are_columns_and_those_of_ours_are_not() -> None:
    controls = {"random_anchor_sets": 1000, "as_strong": 2, "decoys": 4}
    found = made(pair("s", "k", {"overlap_control_p": 0.003}, controls=controls))
    assert list(found.grids[0].rows) == [("s", "1,000", "2", "0.003")]
    assert "decoys" not in str(found)


def test_remarks_are_told_once_with_their_sets_and_unknown_figures_are_kept() -> None:
    tests = {"rate_works": 1, "rate_notes": "few"}
    more: dict[str, dict[str, Any]] = {"a": {}, "b": {}, "c": {"new_figure": 5}}
    found = made(*(finding(11, name, tests | own) for name, own in more.items()))
    assert list(found.notes) == ["Few.", "c: new figure 5.", "Method version 0.1.0. Seed 7."]


def test_the_error_of_a_method_is_told_once_with_what_breaks_it() -> None:
    fails = {"false_positive_where_an_assumption_fails": {"shared-studio": 0.98}}
    rate = {
        "basis": "simulated",
        "claim": "overlap_control_p <= 0.05",
        "n": 400,
        "false_positive": 0.06,
    } | fails
    found = made(*(pair(name, "k", {"overlap_observed": 3}, error_rate=rate) for name in ("s", "t")))
    assert found.error.count("24 had a control p") == 1
    assert "98\u202f% (\u201cshared-studio\u201d)" in found.error


def test_what_was_weighed_or_could_not_be_stands_apart() -> None:
    tests = {"overlap_observed": 3}
    assert comparable(pair("s", "k", tests))
    assert not comparable(pair("s", "k", tests, why="weighed"))
    assert not comparable(pair("s", "k", tests, log10_lr=2.0))
    assert not comparable(pair("s", "k", {}))
    assert not comparable(finding(10, "a", {"latency_inconclusive": "no_data: x"}))
    assert not comparable(finding(12, "a", tests))
    assert compared([], {}) is None
