# SPDX-License-Identifier: Apache-2.0
"""Sightings become rows: duplicates folded, names resolved, bundles counted by what they show."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake import WorkRegistry, schema_of
from swarmwitness.relations import count, fold, lease
from swarmwitness.relations.rows import ROWS
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import MEMBERS
from swarmwitness.terms import InputError

FULL = "dd" * 32
NOBODY = schema(ip="text", day="date", org_id="text", org_kind="text", org_agreement="text").empty_table()

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


CUT = FULL[:40]
LONE = "ee" * 32


def test_a_full_name_meets_its_registered_cut_form(tmp_path: Path, engine, one) -> None:
    table = pa.Table.from_pylist([{"info_hash": CUT, "title": "c", "owner": "case"}], schema_of("works"))
    register = WorkRegistry.of(table, {})
    rows = folded_rows(tmp_path, engine, register, one(info_hash=CUT), one(info_hash=FULL))
    assert {(row["torrent"], row["work_id"], row["registered"]) for row in rows} == {(CUT, CUT, True)}
    assert len(rows) == 2


def test_two_forms_of_a_torrent_that_no_register_knows_are_one_work(
    tmp_path: Path, engine, works, one
) -> None:
    rows = folded_rows(tmp_path, engine, works, one(info_hash=LONE), one(info_hash=LONE[:40]))
    assert {(row["torrent"], row["work_id"], row["registered"]) for row in rows} == {(LONE, LONE, False)}


def test_full_names_that_share_a_cut_form_stay_apart(tmp_path: Path, engine, works, one) -> None:
    names = [LONE, LONE[:40], LONE[:40] + "00" * 12, FULL[:40] + "00" * 12, FULL[:40]]
    path = tmp_path / "s.parquet"
    pq.write_table(
        pa.Table.from_pylist([one(info_hash=name) for name in names], schema_of("sightings")), path
    )
    folded = fold(engine, [path], works, tmp_path / "rows.parquet")
    torrents = {row["info_hash"]: row["torrent"] for row in pq.read_table(folded.rows).to_pylist()}
    assert torrents == {name: name for name in names[:4]} | {FULL[:40]: FULL}
    assert len(folded.warnings) == 2
    assert all(name[:40] in " ".join(folded.warnings) for name in names)


def test_flags_are_counted(tmp_path: Path, engine, works, one) -> None:
    path = tmp_path / "s.parquet"
    rows = [one(rung=rung, exhibit=f"file:00#{rung}") for rung in (9, 10, 11, 11)]
    pq.write_table(pa.Table.from_pylist(rows, schema_of("sightings")), path)
    folded = fold(engine, [path], works, tmp_path / "rows.parquet")
    assert (folded.n_flags, folded.n_sightings) == (2, 3)


@pytest.mark.parametrize(("n", "fits"), [(4095, True), (4096, False)])
def test_bytes_that_no_count_can_hold_are_refused(
    tmp_path: Path, engine, works, one, n: int, fits: bool
) -> None:
    rows = [one(port=1 + port, bytes_received=2**50, rung=9) for port in range(n)]
    path = tmp_path / "s.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema_of("sightings")), path)
    if not fits:
        with pytest.raises(InputError, match="bytes_received"):
            fold(engine, [path], works, tmp_path / "rows.parquet")
        return
    folded = fold(engine, [path], works, tmp_path / "rows.parquet")
    pq.write_table(NOBODY, tmp_path / "nobody.parquet")
    lease(
        engine,
        folded.rows,
        tmp_path / "nobody.parquet",
        tmp_path / "leased.parquet",
        tmp_path / "leases.parquet",
    )
    counts = count(engine, tmp_path / "leased.parquet", MEMBERS.empty_table(), [0]).to_pylist()
    assert {row["bytes_received"] for row in counts} == {n * 2**50}


def test_files_of_one_name_are_read_anew(tmp_path: Path, engine, works, world) -> None:
    for seed in range(1, 5):
        made = world(seed, n=100)
        folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
        assert folded.n_sightings + folded.n_duplicates == 100
        assert folded.n_flags == sum(
            row["rung"] > 9 and row["counts_all"] for row in pq.read_table(folded.rows).to_pylist()
        )
