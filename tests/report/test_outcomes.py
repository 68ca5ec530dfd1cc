# SPDX-License-Identifier: Apache-2.0
"""Findings on a draft: none without a run, each with its error rate, what was not weighed is counted."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from swarmwitness.report.outcomes import findings_part


def test_without_a_run_there_is_no_such_part(exported: SimpleNamespace) -> None:
    assert findings_part(exported.empty()) == []


def test_a_finding_has_its_ratio_rival_and_error_rate(exported: SimpleNamespace) -> None:
    (part,) = findings_part(exported.full())
    (table,) = part.tables
    assert table.caption.startswith("Question 9: Are two sets of addresses fed by one acquisition process?")
    assert "Method: 09-overlap, version 1.0.0." in table.caption
    assert list(table.rows) == [
        (
            "Q9-hidden-vs-corporate",
            "inconclusive",
            "1.4 (0.9 to 1.9) against same_feed",
            "basis simulated, scenario same_feed, false positive 0.004, n 3,000",
        )
    ]
    assert "ef" * 32 in part.paragraphs[0]


def test_what_says_nothing_is_counted_not_listed(exported: SimpleNamespace) -> None:
    silent = exported.finding | {"id": "Q2", "question": 2, "log10_lr": None, "tests": {}, "counts": []}
    measured = exported.finding | {
        "id": "Q7",
        "question": 7,
        "log10_lr": None,
        "error_rate": None,
        "verdict": None,
    }
    (part,) = findings_part(replace(exported.full(), findings=(silent, measured)))
    assert "Of its 2 findings 1 say something" in part.paragraphs[0]
    assert [row for table in part.tables for row in table.rows] == [
        ("Q7", "a measurement", "none formed", "none measured")
    ]


def test_where_the_case_changed_since_is_said(exported: SimpleNamespace) -> None:
    run = replace(exported.full().run, differs=("works.csv was changed after the run",))
    (part,) = findings_part(replace(exported.full(), run=run))
    assert part.paragraphs[-1] == "works.csv was changed after the run"
