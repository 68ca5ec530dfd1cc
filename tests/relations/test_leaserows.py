# SPDX-License-Identifier: Apache-2.0
"""Rows find their lease, also where an address has more leases than are looked through one by one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.intake import WorkRegistry, schema_of
from swarmwitness.lab.multitude import works_table, write_sightings
from swarmwitness.relations import engine_of, fold, lease
from swarmwitness.relations.leaserows import MANY

START = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)


def test_an_address_that_changes_hands_every_day(tmp_path: Path, engine, oracle, works, world, one) -> None:
    made = world(1, 0)
    n = MANY + 5
    for number in range(n):
        at = START + dt.timedelta(days=number)
        made.holders[("192.0.2.1", at.date())] = ("xy"[number % 2], "corporate", "unanimous")
        made.sightings += [one(observed_at=at), one(observed_at=at, rung=1), one(observed_at=at, port=1)]
    made.holders |= {("192.0.2.2", day): held for (_, day), held in made.holders.items()}
    made.sightings += [one(ip="192.0.2.2", observed_at=START + dt.timedelta(days=d)) for d in range(MANY)]
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    held, into = made.attributed_file(tmp_path), tmp_path / "leased.parquet"
    leases = pq.read_table(lease(engine, rows, held, into, tmp_path / "leases.parquet").leases)
    expected = oracle.fold(made.sightings)
    assert leases.num_rows == len(oracle.lease(expected, made.holders)) == 2 * n + MANY
    leased = pq.read_table(into).to_pylist()
    told = [
        str((row["exhibit"], row["observed_at"].isoformat(), row["rung"], row["lease_id"])) for row in leased
    ]
    meant = [
        str((row["exhibit"], row["observed_at"].isoformat(), row["rung"], row["lease_id"]))
        for row in expected
    ]
    assert sorted(told) == sorted(meant)


def test_a_multitude_goes_through_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "s.parquet"
    n = 150_000
    made = write_sightings(file, n, seed=3, n_works=2_000)
    register = WorkRegistry.of(works_table(2_000, seed=3), {})
    nobody = pa.table({name: pa.array([], type_) for name, type_ in _ANSWER})
    pq.write_table(nobody, tmp_path / "attributed.parquet")
    engine = engine_of("duckdb", memory_mib=128)
    folded = fold(engine, [file], register, tmp_path / "rows.parquet")
    leased = lease(
        engine,
        folded.rows,
        tmp_path / "attributed.parquet",
        tmp_path / "leased.parquet",
        tmp_path / "leases.parquet",
    )
    keys = ["observed_at", "ip", "port", "info_hash", "rung", "source", "collector", "peer_id"]
    distinct = pq.read_table(file, columns=keys).group_by(keys).aggregate([]).num_rows
    assert folded.n_sightings == distinct
    assert 0 < folded.n_duplicates <= made.n_told_again
    leases = pq.read_table(leased.leases)
    assert sum(leases.column("n_sightings").to_pylist()) == distinct
    assert pq.read_schema(file) == schema_of("sightings")


_ANSWER = [
    ("ip", pa.string()),
    ("day", pa.date32()),
    ("org_id", pa.string()),
    ("org_kind", pa.string()),
    ("org_agreement", pa.string()),
]
