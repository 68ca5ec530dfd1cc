# SPDX-License-Identifier: Apache-2.0
"""What is written is the same bytes for the same content."""

import csv
import json
import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.case.results.writing import arrow_schema, to_json, write_parquet, write_rejected, write_rows
from swarmwitness.terms.columns import TABLES


def test_floats_have_nine_digits_and_no_nan() -> None:
    document = json.loads(to_json({"a": 1 / 3, "b": [math.nan, math.inf, 2], "c": (1e-30,), "d": True}))
    assert document == {"a": 0.333333333, "b": [None, None, 2], "c": [1e-30], "d": True}


def test_text_stays_readable() -> None:
    assert "Ü" in to_json({"case": "Ü"})


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_has_its_columns(name: str) -> None:
    assert arrow_schema(name).names == [c.name for c in TABLES[name]]


def test_same_rows_same_bytes(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"finding_id": "Q1-counts", "count_index": 0, "exhibit": "file:00#1"}]
    for name in ("a", "b"):
        write_rows("support", rows, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert pq.read_table(tmp_path / "a").to_pylist() == rows


def test_metadata_of_an_engine_does_not_reach_the_file(tmp_path: Path) -> None:
    table = pa.table({"x": [1]})
    write_parquet(table, tmp_path / "a")
    write_parquet(table.replace_schema_metadata({"pandas": "{}"}), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_rejected_rows_survive_a_comma_and_a_newline(tmp_path: Path) -> None:
    row = {"file": "a.csv", "line": 2, "reason": "field ip: no address", "row": 'x,"y\nz"'}
    write_rejected(pa.Table.from_pylist([row], schema=arrow_schema("rejected")), tmp_path / "rejected.csv")
    with (tmp_path / "rejected.csv").open(newline="") as stream:
        assert list(csv.DictReader(stream)) == [{k: str(v) for k, v in row.items()}]


def test_a_spreadsheet_runs_nothing_of_a_rejected_row(tmp_path: Path) -> None:
    row = {"file": "@a.csv", "line": 2, "reason": "bad", "row": "=cmd|' /C calc'!A0"}
    write_rejected(pa.Table.from_pylist([row], schema=arrow_schema("rejected")), tmp_path / "rejected.csv")
    ((file, line, _, told),) = list(csv.reader((tmp_path / "rejected.csv").open()))[1:]
    assert (file, line, told) == ("'@a.csv", "2", "'=cmd|' /C calc'!A0")
