# SPDX-License-Identifier: Apache-2.0
"""Engines: named, interchangeable, and refused in one line where they are not there."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations.engine import ENGINES, collect, engine_of, ordered
from swarmwitness.relations.schema import schema
from swarmwitness.terms import InputError

TABLE = pa.table({"name": ["b", None, "a", "ü", "B"], "n": pa.array([1, 2, 3, 4, 5], pa.int32())})
WANTED = schema(n="int", name="text")


def test_tables_come_back_typed_and_in_order(engine) -> None:
    got = collect(engine, engine.table(TABLE), WANTED, ["name"])
    assert got.schema == WANTED
    # Bytes decide, nulls go first: no engine's own collation.
    assert got.column("name").to_pylist() == [None, "B", "a", "b", "ü"]
    assert got.column("n").to_pylist() == [2, 5, 3, 1, 4]


def test_a_frame_is_stored_and_scanned(engine, tmp_path: Path) -> None:
    engine.store(engine.table(TABLE), tmp_path / "t.parquet")
    assert pq.read_metadata(tmp_path / "t.parquet").num_rows == 5
    got = collect(engine, engine.scan(tmp_path / "t.parquet"), WANTED, ["n"])
    assert got.column("n").to_pylist() == [1, 2, 3, 4, 5]


def test_an_empty_frame(engine) -> None:
    empty = engine.table(TABLE.slice(0, 0))
    assert sum(batch.num_rows for batch in ordered(engine, empty, WANTED, ["n"])) == 0
    assert collect(engine, empty, WANTED, ["n"]).num_rows == 0


def test_names() -> None:
    assert [engine_of(name).name for name in ENGINES] == list(ENGINES)
    with pytest.raises(InputError, match=r"no engine 'spark' here; there are duckdb, polars"):
        engine_of("spark")
