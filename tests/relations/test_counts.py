# SPDX-License-Identifier: Apache-2.0
"""Counts by unit, set, scope and rung: whole worlds against a plain reading, and the rules that must hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmwitness.relations import (
    Engine,
    count,
    downloads,
    engine_of,
    fold,
    lease,
    series,
    write_support,
)
from swarmwitness.relations.counts import SCHEMA, UNITS

RUNGS = [0, 3, 4, 7]
SETS = ["everyone", "corporate", "empty", "hidden"]


def prepared(tmp_path: Path, engine, works, made) -> Path:
    folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
    held = made.attributed_file(tmp_path)
    lease(engine, folded.rows, held, tmp_path / "leased.parquet", tmp_path / "leases.parquet")
    return tmp_path / "leased.parquet"


def expected_counts(oracle, made) -> list[dict]:
    rows = oracle.fold(made.sightings)
    oracle.lease(rows, made.holders)
    return [
        {"set": name, "scope": scope, "rung_min": rung}
        | oracle.count(oracle.chosen(rows, made.members, name, scope, rung), scope)
        for name in SETS
        for scope in ("case", "all")
        for rung in RUNGS
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_counts_equal_a_plain_reading(tmp_path: Path, engine, oracle, works, world, seed: int) -> None:
    made = world(seed)
    got = count(engine, prepared(tmp_path, engine, works, made), made.member_table(), RUNGS)
    assert got.schema == SCHEMA
    assert got.to_pylist() == expected_counts(oracle, made)


def test_more_is_never_less(tmp_path: Path, engine, works, world) -> None:
    made = world(4)
    got = count(engine, prepared(tmp_path, engine, works, made), made.member_table(), RUNGS).to_pylist()
    at = {(row["set"], row["scope"], row["rung_min"]): row for row in got}
    for (name, scope, rung), row in at.items():
        wider = [at["everyone", scope, rung], at[name, "all", rung], at[name, scope, 0]]
        assert all(row[unit] <= other[unit] for other in wider for unit in UNITS)
        assert row["works"] <= row["downloads"] <= row["sightings"] or row["works"] <= row["downloads"]
    assert at["empty", "all", 0] == {"set": "empty", "scope": "all", "rung_min": 0, **dict.fromkeys(UNITS, 0)}


@pytest.fixture(params=["duckdb", "polars"])
def embedded(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engines that take little time for a little world."""
    with closing(engine_of(request.param)) as engine:
        yield engine


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), n=st.integers(0, 60))
def test_any_world_goes_through_whole(
    tmp_path_factory, embedded, oracle, works, world, seed: int, n: int
) -> None:
    goes_through(tmp_path_factory, embedded, oracle, works, world(seed, n))


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "n"), [(11, 0), (12, 1), (13, 60)])
def test_some_worlds_go_through_whole_on_every_engine(
    tmp_path_factory, engine, oracle, works, world, seed: int, n: int
) -> None:
    goes_through(tmp_path_factory, engine, oracle, works, world(seed, n))


def goes_through(tmp_path_factory, engine, oracle, works, made) -> None:
    """fold, lease and count together on worlds of any size; rows and leases are compared on the way."""
    folder = tmp_path_factory.mktemp("world")
    folded = fold(engine, made.write(folder), works, folder / "rows.parquet")
    held = made.attributed_file(folder)
    made_leases = lease(engine, folded.rows, held, folder / "leased.parquet", folder / "leases.parquet")
    table = pq.read_table(made_leases.leases)
    rows = oracle.fold(made.sightings)
    leases = oracle.lease(rows, made.holders)
    leases.sort(key=lambda each: (each["first_seen"], each["ip"], each["port_cluster"]))
    assert table.to_pylist() == leases
    got = count(engine, folder / "leased.parquet", made.member_table(), RUNGS)
    assert got.to_pylist() == expected_counts(oracle, made)


def test_every_engine_hands_over_the_same_tables(tmp_path: Path, works, world) -> None:
    """The seam: what leaves the kernels does not say which engine ran them, to the byte of the file."""
    from swarmwitness.relations.support import INDEX

    made = world(5, 400)
    outcomes = []
    for name in ("duckdb", "polars"):
        engine, folder = engine_of(name), tmp_path / name
        folder.mkdir()
        folded = fold(engine, made.write(folder), works, folder / "rows.parquet")
        held = made.attributed_file(folder)
        made_leases = lease(engine, folded.rows, held, folder / "leased.parquet", folder / "leases.parquet")
        table = pq.read_table(made_leases.leases)
        rows, members = folder / "leased.parquet", made.member_table()
        counted = count(engine, rows, members, RUNGS)
        index = counted.append_column("finding_id", counted.column("set"))
        index = index.append_column("count_index", counted.column("rung_min")).select(INDEX.names)
        first = write_support(engine, rows, members, index, folder / "support.parquet")
        told = series(engine, rows, members)
        pairs = folder / "downloads.parquet"
        downloads(engine, rows, pairs)
        outcomes.append(
            (
                *(
                    each.to_pylist()
                    for each in (table, counted, first, told.months, told.years, pq.read_table(pairs))
                ),
                (folder / "support.parquet").read_bytes(),
            )
        )
    assert outcomes[0] == outcomes[1]
