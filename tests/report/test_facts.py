# SPDX-License-Identifier: Apache-2.0
"""Figures on a draft come from the record, each with the exhibit or hash behind it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from swarmwitness.report import CheckRow, facts


def test_each_log_is_told_with_root_times_and_what_is_missing(exported: SimpleNamespace) -> None:
    table = facts.logs_table(exported.full().logs)
    assert table.rows[0] == (
        "evidence: what a vantage saw; 3 erased",
        exported.origin,
        "412",
        "cd" * 32,
        "2026-03-01 10:00:00Z to 2026-03-01 18:00:00Z",
        "offset 0.000 s, bound 0.020 s",
    )


def test_every_check_is_told_and_a_failure_is_shouted(exported: SimpleNamespace) -> None:
    checks = (CheckRow("first", "found", True), CheckRow("second", "not found", False))
    record = replace(exported.full(), logs=(exported.log(checks=checks, failures=("frame_check: x",)),))
    (table,) = facts.checks_tables(record)
    assert list(table.rows) == [("1", "first", "passed", "found"), ("2", "second", "FAILED", "not found")]
    assert "1 of 2 checks passed; NOT VERIFIED" in table.caption
    assert facts.verified_table(record).rows[0][2] == "1 of 2 checks passed; NOT VERIFIED"
    assert "does NOT verify: frame_check: x" in facts.banners(record)[0]


def test_time_is_told_by_authority_or_said_to_be_the_own_clock_alone(exported: SimpleNamespace) -> None:
    part = facts.time_part(exported.full())
    assert part.points == [
        "evidence: Exhibits 0 to 409 existed by 2026-03-01T18:00:03Z.",
        "custody: no time authority or witness spoke of this log; its times are its own clock's alone.",
    ]
    (table,) = part.tables
    assert list(table.rows) == [
        ("evidence#411", "0 to 409", "2026-03-01T18:00:03Z", "± 1 s", "CN=Authority", "openssl")
    ]


def test_a_file_names_the_act_that_took_it_in(exported: SimpleNamespace) -> None:
    rows = {row[0]: row for row in facts.files_table(exported.full()).rows}
    assert rows["sightings/vendor.csv"][2:] == ("1,234", exported.digest, "evidence#2")
    assert rows["works.csv"][4] == ""


def test_what_touched_the_data_is_named_by_exhibit(exported: SimpleNamespace) -> None:
    points = facts.custody_part(exported.full()).points
    assert points == [
        "Left out of counts: custody#4.",
        "Erased: evidence#6.",
        "Held: custody#5.",
        "Addresses revealed: no act on record.",
        "Seals, not listed one by one: 12.",
    ]
    assert "no act on record" in facts.custody_part(exported.empty()).points[1]


def test_of_very_many_acts_the_last_are_told_and_the_others_counted(exported: SimpleNamespace) -> None:
    acts = [exported.act(n, "note", why="x" * 5000) for n in range(facts.MOST_ACTS + 5)]
    table = facts.acts_table("Acts.", acts)
    assert table.caption == "Acts. The first 5 are left out here; the log has them."
    assert len(table.rows) == facts.MOST_ACTS
    assert len(table.rows[0][4]) < 300
    erased = replace(exported.full(), acts=[exported.act(n, "erased") for n in range(30)])
    assert facts.custody_part(erased).points[1].endswith("evidence#19 and 10 more.")


def test_absent_authority_is_said(exported: SimpleNamespace) -> None:
    assert "made up" in facts.authority_part(exported.empty()).paragraphs[0]
    real = replace(exported.empty(), synthetic=False)
    assert facts.authority_part(real).paragraphs == ("None is stated in case.toml.",)
