# SPDX-License-Identifier: Apache-2.0
"""The rules name columns that exist."""

from __future__ import annotations

import pytest

from swarmwitness.intake.rules import FOREIGN, INTERVALS, RULES, columns_of, rule_of
from swarmwitness.terms import Rung


def test_every_rule_is_of_a_column() -> None:
    for table, name in RULES:
        assert name in {column.name for column in columns_of(table)}
    for table, pairs in INTERVALS.items():
        for low, high in pairs:
            assert {low, high} <= {column.name for column in columns_of(table)}


def test_rungs_have_their_names() -> None:
    rung = next(column for column in columns_of("sightings") if column.name == "rung")
    assert rule_of("sightings", rung).names == {each.name: each.value for each in Rung}


def test_only_foreign_tables_are_read() -> None:
    assert set(FOREIGN) == {"sightings", "works", "networks", "organisations", "coverage", "polls"}
    with pytest.raises(ValueError, match="leases"):
        columns_of("leases")


@pytest.mark.parametrize(
    ("table", "name", "most"),
    [
        ("sightings", "bytes_received", 2**50),
        ("works", "size_bytes", 2**50),
        ("works", "season", 9_999),
        ("works", "episode", 99_999_999),
    ],
)
def test_whole_numbers_have_a_sane_bound(table: str, name: str, most: int) -> None:
    rule = rule_of(table, next(column for column in columns_of(table) if column.name == name))
    assert (rule.low, rule.high) == (0, most)
    assert all(rule_of(t, c).high < 2**63 - 1 for t in FOREIGN for c in columns_of(t) if c.kind == "int")
