# SPDX-License-Identifier: Apache-2.0
"""Parquet in: every type that a column may have, and files that are none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake.parquetfile import ParquetTable, as_text
from swarmwitness.intake.rules import columns_of
from swarmwitness.terms import InputError

AT = dt.datetime(2020, 1, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
COLUMNS = {column.name: column for column in columns_of("sightings")}

TYPES: list[tuple[pa.Array, str, list[str]]] = [
    (pa.array(["a", None]), "text", ["a", ""]),
    (pa.array(["a", None], pa.large_string()), "text", ["a", ""]),
    (pa.array(["a", None], pa.string_view()), "text", ["a", ""]),
    (pa.array(["a", "b", None]).dictionary_encode(), "text", ["a", "b", ""]),
    (pa.array([1, None], pa.uint16()), "int", ["1", ""]),
    (pa.array([6881.0, None, float("nan"), 1.5, 1e300]), "int", ["6881", "", "nan", "1.5", "1e+300"]),
    (pa.array([0.1, None], pa.float32()), "float", ["0.1", ""]),
    (pa.array([True, None]), "bool", ["true", ""]),
    (pa.array([AT, None], pa.timestamp("us", "UTC")), "timestamp", ["2020-01-01 12:00:00.123456Z", ""]),
    (pa.array([AT], pa.timestamp("us", "Asia/Tokyo")), "timestamp", ["2020-01-01 12:00:00.123456Z"]),
    (
        pa.array([1577880000123456789], pa.timestamp("ns", "UTC")),
        "timestamp",
        ["2020-01-01 12:00:00.123456Z"],
    ),
    (pa.array([AT.replace(tzinfo=None)], pa.timestamp("ms")), "timestamp", ["2020-01-01 12:00:00.123000"]),
    (pa.array([dt.date(2020, 1, 1)]), "date", ["2020-01-01"]),
    (pa.array([b"\xab\xcd", None]), "hex", ["abcd", ""]),
    (pa.array([b"\xab\xcd"], pa.binary(2)), "hex", ["abcd"]),
    (pa.array([Decimal("5"), None], pa.decimal128(5)), "int", ["5", ""]),
    (pa.nulls(2), "text", ["", ""]),
]


@pytest.mark.parametrize(("values", "kind", "texts"), TYPES, ids=[f"{v.type}-{k}" for v, k, _ in TYPES])
def test_values_become_the_text_of_a_csv_cell(values: pa.Array, kind: str, texts: list[str]) -> None:
    assert as_text(values, kind).to_pylist() == texts


@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("zone", ["UTC", None])
def test_a_time_that_microseconds_cannot_hold_is_no_other_time(unit: str, zone: str | None) -> None:
    texts = as_text(pa.array([2**62, -(2**62), 0], pa.timestamp(unit, zone)), "timestamp").to_pylist()
    assert all("out of range" in text for text in texts[:2])
    assert texts[2].startswith("1970-01-01 00:00:00")


def test_times_are_cut_towards_the_past_on_both_sides_of_1970() -> None:
    texts = as_text(pa.array([-1, 1, None, -1000], pa.timestamp("ns", "UTC")), "timestamp").to_pylist()
    assert texts == [
        "1969-12-31 23:59:59.999999Z",
        "1970-01-01 00:00:00.000000Z",
        "",
        "1969-12-31 23:59:59.999999Z",
    ]


def test_text_that_is_none_is_refused_alone(tmp_path: Path) -> None:
    raw = pa.array([b"ok", b"\xff", None, b"a\0b", "ü".encode()], pa.binary()).view(pa.string())
    opened = table(tmp_path, ip=raw, port=pa.array([1, 2, 3, 4, 5]))
    (piece,) = opened.pieces({"ip": 0, "port": 1}, COLUMNS)
    assert piece.columns["ip"].to_pylist() == ["ok", "", "ü"]
    assert piece.columns["port"].to_pylist() == ["1", "3", "5"]
    assert list(piece.records) == [1, 3, 5]
    assert [(one.record, one.reason) for one in piece.broken] == [
        (2, "ip: not UTF-8 (invalid start byte)"),
        (4, "ip: a NUL byte"),
    ]
    assert piece.broken[0].row == '{"ip": "\\\\xff", "port": "2"}'


def table(tmp_path: Path, **columns: pa.Array) -> ParquetTable:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table(columns), path)
    return ParquetTable.of(path, "t.parquet")


def test_rows_are_numbered_across_batches_and_told_as_json(tmp_path: Path) -> None:
    opened = table(tmp_path, ip=pa.array(["a", "b"]), other=pa.array([1, 2]))
    (piece,) = opened.pieces({"ip": 0}, COLUMNS)
    assert list(piece.records) == list(piece.lines) == [1, 2]
    assert piece.row(1) == '{"ip": "b"}'
    assert opened.header == ("ip", "other")


@pytest.mark.parametrize(
    "values",
    [
        pa.array([["x"]]),
        pa.array([{"a": 1}]),
        pa.array([dt.timedelta(1)]),
        pa.array([dt.time(1)]),
        pa.array([b"x"]),
    ],
)
def test_a_type_that_cannot_hold_the_column_names_file_and_field(tmp_path: Path, values: pa.Array) -> None:
    opened = table(tmp_path, ip=values)
    with pytest.raises(InputError) as error:
        list(opened.pieces({"ip": 0}, COLUMNS))
    assert (error.value.file, error.value.field) == ("t.parquet", "ip")


def test_truncated_and_corrupt_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"ip": [f"192.0.2.{i}" for i in range(200)]}), path, compression="none")
    whole = path.read_bytes()
    for size in (0, 3, 4, 12, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(InputError, match=r"t\.parquet: not a whole Parquet file"):
            ParquetTable.of(path, "t.parquet")
    path.write_bytes(whole[:4] + b"\xff" * 60 + whole[64:])
    with pytest.raises(InputError, match=r"t\.parquet: corrupt Parquet"):
        list(ParquetTable.of(path, "t.parquet").pieces({"ip": 0}, COLUMNS))
