# SPDX-License-Identifier: Apache-2.0
"""Sets of addresses over time."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from swarmwitness.relations.engine import collect
from swarmwitness.relations.sets import MEMBERS, in_sets, set_names

DAYS = [dt.datetime(2024, 1, day, tzinfo=dt.UTC) for day in range(1, 7)]
ROWS = pa.table({"ip": ["192.0.2.1"] * 6, "observed_at": pa.array(DAYS, pa.timestamp("us", "UTC"))})


def members(*rows: tuple[str, str, dt.datetime | None, dt.datetime | None]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(MEMBERS.names, row, strict=True)) for row in rows], MEMBERS)


def days_in(engine, table: pa.Table) -> dict[str, list[int]]:
    frame = in_sets(engine, engine.table(ROWS), table)
    schema = pa.schema([("set", pa.string()), ("observed_at", pa.timestamp("us", "UTC"))])
    found: dict[str, list[int]] = {}
    for row in collect(engine, frame, schema, ["set", "observed_at"]).to_pylist():
        found.setdefault(row["set"], []).append(row["observed_at"].day)
    return found


def test_intervals_are_half_open_and_overlaps_count_once(engine) -> None:
    table = members(
        ("a", "192.0.2.1", DAYS[1], DAYS[3]),
        ("a", "::ffff:192.0.2.1", DAYS[2], DAYS[4]),
        ("a", "192.0.2.1", DAYS[5], None),
        ("b", "192.0.2.1", None, DAYS[1]),
        ("c", "192.0.2.1", DAYS[3], DAYS[3]),
        ("d", "192.0.2.9", None, None),
    )
    assert days_in(engine, table) == {"everyone": [1, 2, 3, 4, 5, 6], "a": [2, 3, 4, 6], "b": [1]}
    assert set_names(table) == ("everyone", "a", "b", "c", "d")


def test_no_sets_at_all(engine) -> None:
    assert list(days_in(engine, members())) == ["everyone"]


def test_everyone_is_reserved(engine) -> None:
    with pytest.raises(ValueError, match="reserved"):
        in_sets(engine, engine.table(ROWS), members(("everyone", "192.0.2.1", None, None)))
    with pytest.raises(ValueError, match="address"):
        in_sets(engine, engine.table(ROWS), members(("a", "nobody", None, None)))
