# SPDX-License-Identifier: Apache-2.0
"""Who held the addresses: every figure given is printed, none is made, and absence is said."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from swarmwitness.report import Report, render
from swarmwitness.report.holders import BlockRow, Holders, KindRow, SourceRow, grids, sentences
from swarmwitness.report.saved import from_json, to_json

SOURCE = SourceRow(
    "registry", "organisation", 1234, [1000, 1234], "2025-01-01", "from 2020-01-01 on", 2919, 2920, 1
)
HELD = Holders(
    agreements={"unanimous": 3, "stale": 2, "split": 1},
    addresses={"unanimous": 4, "stale": 1, "split": 1},
    days={"unanimous": 9, "stale": 5, "split": 1},
    seen="2025-01-01 to 2025-12-31",
    sources=[SOURCE, SourceRow("vendor", "kind", 1, None, "no day stated", "always", None, None, None)],
    sources_left_out=2,
    kinds=[KindRow("vpn", 6, "unmeasured: no labelled data")],
    rule="Leases are made by rule v1: so often wrong.",
    blocks=[BlockRow(48, 1, 2, 3), BlockRow(64, 4, 5, 6)],
)
NOTHING = Holders({}, {}, {}, "", [], 0, [], "unused")


def test_every_figure_has_its_cell() -> None:
    agreement, source, kind, block = grids(HELD)
    assert [(row[0], *row[2:]) for row in agreement.rows] == [
        ("unanimous", "3", "4", "9"), ("stale", "2", "1", "5"), ("split", "1", "1", "1"),
    ]  # fmt: skip
    assert all(row[1] for row in agreement.rows), "each word is explained"
    assert source.rows[0][2:] == (
        "1,234",
        "1,000 and 1,234",
        "2025-01-01",
        "from 2020-01-01 on",
        "2,919 of 2,920",
        "1",
    )
    assert source.rows[1][6:] == ("—", "—")
    assert "2 more sources not shown" in source.caption
    assert kind.rows == [("vpn", "6", "unmeasured: no labelled data")]
    assert block.rows == [("/48", "1", "2", "3"), ("/64", "4", "5", "6")]


def test_a_word_that_nobody_knows_is_still_counted() -> None:
    agreement = grids(replace(HELD, agreements={"odd": 7}, addresses={}, days={}))[0]
    assert agreement.rows == [("odd", "—", "7", "0", "0")]


def test_what_only_a_stale_source_says_is_told() -> None:
    stale, rule = sentences(HELD)
    assert stale.startswith(
        "Only a source that had ended names a holder for 1 address on 5 address-days and so"
    )
    assert rule == HELD.rule
    assert list(sentences(replace(HELD, days={"unanimous": 1}))) == [HELD.rule]


def test_nothing_seen_gives_no_table_and_no_sentence() -> None:
    assert grids(NOTHING) == []
    assert list(sentences(NOTHING)) == []


@pytest.mark.parametrize("held", [HELD, NOTHING, None])
def test_it_comes_back_from_json(sample: Report, held: Holders | None) -> None:
    told = replace(sample, holders=held)
    again = from_json(json.loads(json.dumps(to_json(told))))
    assert render(again) == render(told)


def test_a_file_of_an_older_version_has_none(sample: Report) -> None:
    older = {name: value for name, value in to_json(sample).items() if name != "holders"}
    assert from_json(json.loads(json.dumps(older))).holders is None


def test_the_page_has_the_tables_once(sample: Report) -> None:
    page = render(replace(sample, holders=HELD))
    assert page.count("What the sources of networks come to") == 2, "caption, and its name for screen readers"
    assert "No holder is stated, because sources differ" not in page, "the same leases are told once"
    assert "No holder is stated, because sources differ" in render(sample)


def test_a_hostile_name_is_shown_and_not_obeyed(sample: Report) -> None:
    hostile = replace(SOURCE, name="</style><script>alert(1)</script>\u202e")
    page = render(replace(sample, holders=replace(HELD, sources=[hostile])))
    assert "<script" not in page
    assert "⟦U+202E⟧" in page
