# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from swarmwitness.case.logs.completing import complete_rows
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.observation import SCHEMA, to_table
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting


def rows(n: int) -> list[Sighting]:
    exhibits = (f"log:far.example/oslo/{at}" for at in range(n))
    return [Sighting(5, "192.0.2.1", 1, "00" * 20, Rung.LISTED, "tracker", e, "here") for e in exhibits]


def test_taint_is_told_of_every_row_and_shared_names_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    pq.write_table(to_table(rows(10)), file)
    n = complete_rows(file, "far.example/oslo", {"here"}, Ranges(((0, 2), (5, 6), (9, 12))))
    table = pq.read_table(file)
    assert table.schema == SCHEMA
    assert [i for i, t in enumerate(table.column("time_tainted").to_pylist()) if t] == [0, 1, 5, 9]
    assert n == 4
    assert set(table.column("collector").to_pylist()) == {"here of far.example/oslo"}
    assert [p.name for p in tmp_path.iterdir()] == ["rows.parquet"]


def test_nothing_tainted_is_said_too(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    pq.write_table(to_table(rows(3)), file)
    assert complete_rows(file, "far.example/oslo", set(), Ranges()) == 0
    table = pq.read_table(file)
    assert table.column("time_tainted").to_pylist() == [False] * 3
    assert set(table.column("collector").to_pylist()) == {"here"}


def test_no_rows_stay_no_rows(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    pq.write_table(to_table([]), file)
    assert complete_rows(file, "o", set(), Ranges(((0, 9),))) == 0
    assert pq.read_table(file).num_rows == 0
