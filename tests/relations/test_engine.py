# SPDX-License-Identifier: Apache-2.0
"""Engines: named, interchangeable, and refused in one line where they are not there."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

import narwhals as nw
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
    assert engine.n_rows(tmp_path / "t.parquet") == 5
    got = collect(engine, engine.scan(tmp_path / "t.parquet"), WANTED, ["n"])
    assert got.column("n").to_pylist() == [1, 2, 3, 4, 5]


def test_an_empty_frame(engine) -> None:
    empty = engine.table(TABLE.slice(0, 0))
    assert sum(batch.num_rows for batch in ordered(engine, empty, WANTED, ["n"])) == 0
    assert collect(engine, empty, WANTED, ["n"]).num_rows == 0


def test_names() -> None:
    assert ENGINES == ("duckdb", "polars", "spark")
    for name in ENGINES[:2]:
        with closing(engine_of(name)) as engine:
            assert engine.name == name
    with pytest.raises(InputError, match=r"no engine 'ibis' here; there are duckdb, polars, spark"):
        engine_of("ibis")


def test_a_master_is_for_spark_alone() -> None:
    with pytest.raises(InputError, match="is for the engine spark, not duckdb"):
        engine_of("duckdb", spark_master="local[2]")


def test_what_was_stored_is_counted_and_replaced(engine, tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    engine.store(engine.table(TABLE), file)
    assert engine.n_rows(file) == 5
    engine.store(engine.table(TABLE.slice(0, 2)), file)
    assert engine.n_rows(file) == 2
    assert collect(engine, engine.scan(file), WANTED, ["n"]).column("n").to_pylist() == [1, 2]


def test_no_rows_are_stored_with_their_columns(engine, tmp_path: Path) -> None:
    engine.store(engine.table(TABLE.slice(0, 0)), tmp_path / "t.parquet")
    assert engine.n_rows(tmp_path / "t.parquet") == 0
    assert collect(engine, engine.scan(tmp_path / "t.parquet"), WANTED, ["n"]).num_rows == 0


@pytest.mark.parametrize("name", ["a b", "[1]", "{x,y}", "*?", "é%20", "day=1"])
def test_no_sign_of_a_path_is_a_pattern(engine, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    pq.write_table(TABLE, folder / "deep.parquet")
    (tmp_path / "other").mkdir()
    pq.write_table(TABLE, tmp_path / "other" / "deep.parquet")
    frame = engine.scan(folder)
    assert frame.collect_schema().names() == ["name", "n"]
    assert collect(engine, frame, WANTED, ["n"]).num_rows == 5
    engine.store(engine.scan(tmp_path / "other"), folder / f"{name}.parquet")
    assert collect(engine, engine.scan(folder / f"{name}.parquet"), WANTED, ["n"]).num_rows == 5


def test_a_folder_is_all_its_files(engine, tmp_path: Path) -> None:
    (tmp_path / "year=2024").mkdir()
    (tmp_path / "_temporary").mkdir()
    for name in ("a.parquet", "year=2024/b.parquet", "_temporary/c.parquet", ".d.parquet"):
        pq.write_table(TABLE, tmp_path / name)
    assert engine.n_rows(tmp_path) == 10
    assert collect(engine, engine.scan(tmp_path), WANTED, ["n", "name"]).num_rows == 10


@pytest.mark.parametrize("protocol", ["memory", "file"])
def test_a_store_is_read_by_its_url(engine, tmp_path: Path, protocol: str) -> None:
    fsspec = pytest.importorskip("fsspec")
    url = f"{protocol}://{tmp_path}/stored"
    for name in ("one", "two"):
        with fsspec.open(f"{url}/{name}.parquet", "wb", auto_mkdir=True) as stream:
            pq.write_table(TABLE, stream)
    assert engine.n_rows(url) == 10
    assert collect(engine, engine.scan(url), WANTED, ["n", "name"]).num_rows == 10
    assert collect(engine, engine.scan(f"{url}/two.parquet"), WANTED, ["n"]).num_rows == 5


def test_what_is_not_there_is_said(engine, tmp_path: Path) -> None:
    for source in (tmp_path / "none.parquet", tmp_path):
        with pytest.raises(InputError, match="no Parquet file is there"):
            engine.scan(source)


def test_times_come_back_in_utc_to_the_microsecond(engine, tmp_path: Path) -> None:
    stamp = schema(t="timestamp", d="date")
    moments = [dt.datetime(1883, 11, 18, 12, 3, 58, 1, dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC)]
    table = pa.table({"t": moments, "d": [dt.date(1, 1, 1), None]}, stamp)
    engine.store(engine.table(table), tmp_path / "t.parquet")
    read = collect(engine, engine.scan(tmp_path / "t.parquet"), stamp, ["t"])
    assert read.to_pylist() == table.to_pylist()
    days = engine.scan(tmp_path / "t.parquet").select(d=nw.col("t").dt.date())
    told = collect(engine, days, schema(d="date"), ["d"]).column("d").to_pylist()
    assert told == [moment.date() for moment in moments]
