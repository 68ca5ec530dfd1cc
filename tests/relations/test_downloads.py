# SPDX-License-Identifier: Apache-2.0
"""Downloads are distinct (work, address) pairs."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations import downloads, fold
from swarmwitness.relations.downloads import SCHEMA


def read(engine, rows: Path) -> pa.Table:
    into = rows.with_name("downloads.parquet")
    n = downloads(engine, rows, into)
    table = pq.read_table(into)
    assert table.num_rows == n
    return table


@pytest.mark.parametrize("seed", [1, 2])
def test_downloads_equal_a_plain_reading(tmp_path: Path, engine, oracle, works, world, seed: int) -> None:
    made = world(seed)
    got = read(engine, fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows)
    pairs = defaultdict(list)
    for row in oracle.fold(made.sightings):
        if row["rung"] <= 9:
            pairs[row["work_id"], row["ip"]].append(row)
    expected = [
        (
            work,
            ip,
            min(row["torrent"] for row in rows),
            rows[0]["registered"],
            min(row["observed_at"] for row in rows),
            max(row["observed_at"] for row in rows),
            max(row["rung"] for row in rows),
            len(rows),
        )
        for (work, ip), rows in sorted(pairs.items())
    ]
    names = ["work_id", "ip", "torrent", "registered", "first_seen", "last_seen", "max_rung", "n_sightings"]
    assert [tuple(row.values()) for row in got.select(names).to_pylist()] == expected
    assert got.schema == SCHEMA


def test_release_and_kind_come_from_the_register(tmp_path: Path, engine, works, world) -> None:
    made = world(1)
    got = read(engine, fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows)
    c = [row for row in got.to_pylist() if row["work_id"] == "C"]
    assert {(row["kind"], row["released_at"].year) for row in c} == {("episode", 2023)}
    assert {row["released_at"] for row in got.to_pylist() if row["work_id"] == "A"} == {None}
