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
    assert set(FOREIGN) == {"sightings", "works", "networks", "coverage", "polls"}
    with pytest.raises(ValueError, match="leases"):
        columns_of("leases")
