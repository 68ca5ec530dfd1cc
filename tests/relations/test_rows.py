# SPDX-License-Identifier: Apache-2.0
"""Sightings become rows: duplicates folded, names resolved, bundles counted by what they show."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake import schema_of
from swarmwitness.relations import fold
from swarmwitness.relations.rows import ROWS

SHOWN = (
    "observed_at",
    "ip",
    "port",
    "torrent",
    "info_hash",
    "work_id",
    "registered",
    "kind",
    "rung",
    "rung_basis",
    "source",
    "bytes_received",
    "collector",
    "client",
    "peer_id",
    "exhibit",
    "counts_all",
    "counts_case",
)


def texts(rows) -> list[str]:
    return sorted(" ".join(str(row[name]) for name in SHOWN) for row in rows)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_equal_a_plain_reading(tmp_path: Path, engine, oracle, works, world, seed: int) -> None:
    made = world(seed)
    folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
    got = pq.read_table(folded.rows)
    expected = oracle.fold(made.sightings)
    assert texts(got.to_pylist()) == texts(expected)
    assert tuple(got.schema.names) == ROWS
    assert folded.n_sightings == sum(row["counts_all"] for row in expected)
    assert folded.n_sightings + folded.n_duplicates == len(made.sightings)
    assert folded.n_odd_claims > 0
    assert list(tmp_path.glob("*.part")) == []


def folded_rows(tmp_path: Path, engine, works, *rows):
    path = tmp_path / "s.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows), schema_of("sightings")), path)
    return pq.read_table(fold(engine, [path], works, tmp_path / "rows.parquet").rows).to_pylist()


def test_of_one_sighting_told_twice_the_sealed_one_stays(tmp_path: Path, engine, works, one) -> None:
    told = one(exhibit="file:00#9", bytes_received=100)
    sealed = one(exhibit="log:x/12", rung_basis="replayed")
    (row,) = folded_rows(tmp_path, engine, works, told, sealed)
    assert (row["exhibit"], row["rung_basis"]) == ("log:x/12", "replayed")


def test_of_two_equal_rows_the_earlier_stays(tmp_path: Path, engine, works, one) -> None:
    (row,) = folded_rows(tmp_path, engine, works, one(exhibit="file:00#10"), one(exhibit="file:00#9"))
    assert row["exhibit"] == "file:00#9"


def test_null_and_empty_are_one(tmp_path: Path, engine, works, one) -> None:
    rows = folded_rows(tmp_path, engine, works, one(port=None, peer_id=None), one(port=None, peer_id=None))
    assert len(rows) == 1
    assert (rows[0]["port"], rows[0]["peer_id"]) == (0, "")


def test_an_unknown_hash_is_a_work_of_its_own(tmp_path: Path, engine, works, one) -> None:
    (row,) = folded_rows(tmp_path, engine, works, one(info_hash="99" * 20))
    assert (row["work_id"], row["torrent"], row["registered"], row["kind"]) == (
        "99" * 20,
        "99" * 20,
        False,
        "",
    )


def test_no_sightings_at_all(tmp_path: Path, engine, works) -> None:
    assert folded_rows(tmp_path, engine, works) == []


def test_no_files_at_all(tmp_path: Path, engine, works) -> None:
    folded = fold(engine, [], works, tmp_path / "rows.parquet")
    assert (folded.n_sightings, folded.n_duplicates) == (0, 0)
    assert pq.read_table(folded.rows).num_rows == 0
