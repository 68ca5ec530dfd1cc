# SPDX-License-Identifier: Apache-2.0
"""Pairs of leases that share works: against a plain reading, and with input that means harm."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from swarmwitness.relations import Engine, engine_of
from swarmwitness.relations.candidates import SCHEMA, Pruned, candidates

Seen = list[tuple[str, str]]


def write(seen: Seen, into: Path) -> Path:
    columns = {"lease_id": [one for one, _ in seen], "work_id": [work for _, work in seen]}
    pq.write_table(pa.table(columns, pa.schema([("lease_id", pa.string()), ("work_id", pa.string())])), into)
    return into


def naive(seen: Seen, works_min: int, leases_max: int, shared_min: int) -> tuple[list[tuple], Pruned]:
    """With sets and loops."""
    works, leases = defaultdict(set), defaultdict(set)
    for one, work in seen:
        works[one].add(work)
        leases[work].add(one)
    pairs, total, popular, small = [], 0, 0, 0
    for a, b in combinations(sorted(works), 2):
        shared = works[a] & works[b]
        few = {work for work in shared if len(leases[work]) <= leases_max}
        total += len(shared)
        popular += len(shared) - len(few)
        if min(len(works[a]), len(works[b])) < works_min:
            small += len(few)
        elif len(few) >= shared_min:
            pairs.append((a, b, len(few), len(works[a]), len(works[b])))
    return pairs, Pruned(
        n_leases=len(works),
        n_works=len(leases),
        n_seen=len(set(seen)),
        leases_left_out=sum(len(own) < works_min for own in works.values()),
        works_left_out=sum(len(own) > leases_max for own in leases.values()),
        co_occurrences=total,
        co_popular=popular,
        co_small=small,
        n_pairs=len(pairs),
    )


def check(engine: Engine, seen: Seen, folder: Path, limits: tuple[int, int, int], block: int) -> Pruned:
    works_min, leases_max, shared_min = limits
    into = folder / "candidates.parquet"
    pruned = candidates(
        engine,
        write(seen, folder / "pairs.parquet"),
        into,
        works_min=works_min,
        leases_max=leases_max,
        shared_min=shared_min,
        block=block,
    )
    pairs, expected = naive(seen, *limits)
    written = pq.read_table(into)
    assert written.schema.equals(SCHEMA)
    assert [tuple(row.values()) for row in written.to_pylist()] == pairs
    assert pruned == expected
    assert {file.name for file in folder.iterdir()} == {"pairs.parquet", "candidates.parquet"}
    return pruned


def worlds(n: int = 400) -> Seen:
    rng = random.Random(11)
    leases = [f"{rng.getrandbits(64):016x}" for _ in range(40)]
    return [(rng.choice(leases), f"w{int(rng.paretovariate(0.5))}") for _ in range(n)]


@pytest.mark.parametrize("block", [1000, 1 << 24])
def test_pairs_equal_a_plain_reading(tmp_path: Path, engine: Engine, block: int) -> None:
    pruned = check(engine, worlds(), tmp_path, (6, 20, 2), block)
    assert min(pruned.n_pairs, pruned.co_popular, pruned.co_small, pruned.co_kept) > 0


@pytest.fixture(scope="module", params=["duckdb", "polars"])
def embedded(request: pytest.FixtureRequest) -> Engine:
    return engine_of(request.param)


names = st.text(st.characters(codec="utf-8"), max_size=3) | st.sampled_from(
    ["", "|", "é", "e\u0301", "\U0001f600"]
)
few = st.integers(0, 7).map(str)
seen_worlds = st.lists(st.tuples(names | few, few), max_size=60)


@settings(max_examples=20, deadline=None)
@given(
    seen=seen_worlds,
    limits=st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(1, 3)),
    block=st.integers(1, 50),
)
@example(seen=[], limits=(5, 200, 3), block=1)
@example(seen=[("a", "x")], limits=(1, 1, 1), block=1)
@example(seen=[("\uffff", "x"), ("\U00010000", "x"), ("", "x"), ("z", "x")], limits=(0, 9, 1), block=1)
def test_any_input_equals_a_plain_reading(
    embedded: Engine, seen: Seen, limits: tuple[int, int, int], block: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(embedded, seen, Path(folder), limits, block)


def test_nothing_and_one_row_give_no_pair(tmp_path: Path, engine: Engine) -> None:
    assert check(engine, [], tmp_path, (5, 200, 3), 10).n_seen == 0
    assert check(engine, [("a", "x")], tmp_path, (0, 200, 1), 10).n_pairs == 0


def test_a_work_of_everybody_and_a_lease_of_everything_are_told(tmp_path: Path, engine: Engine) -> None:
    everybody = [(f"lease{n}", "everybody's") for n in range(150)]
    everything = [("collector", f"work{n}") for n in range(150)]
    some = [(f"lease{n}", f"work{n + more}") for n in range(100) for more in range(5)]
    pruned = check(engine, everybody + everything + some, tmp_path, (5, 100, 3), 600)
    assert pruned.works_left_out == 1
    assert pruned.co_popular == 150 * 149 // 2
    assert pruned.n_pairs == 100 + 99 + 98


def test_all_engines_write_the_same_bytes(tmp_path: Path, engine: Engine) -> None:
    source = write(worlds(), tmp_path / "pairs.parquet")
    for each, name in ((engine, "own"), (engine_of("duckdb"), "other")):
        candidates(each, source, tmp_path / name, works_min=2, shared_min=1, block=4000)
    assert (tmp_path / "own").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_bundle_is_one_work_and_flags_are_none(tmp_path: Path, engine: Engine) -> None:
    told = [(0, 1, "bundle"), (3, 0, "part1"), (3, 0, "part2"), (10, 1, "flag"), (11, 1, "other flag")]
    rows = [
        {"lease_id": one, "work_id": work, "rung": rung, "counts_all": own}
        for one in "ab"
        for rung, own, work in told
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
    pruned = candidates(engine, tmp_path / "rows.parquet", tmp_path / "c.parquet", works_min=1, shared_min=1)
    assert pruned.n_works == 1
    assert pq.read_table(tmp_path / "c.parquet").column("n_shared").to_pylist() == [1]


@pytest.mark.parametrize("row", [(None, "x"), ("a", None)])
def test_a_name_that_is_missing_is_our_mistake(
    tmp_path: Path, engine: Engine, row: tuple[str | None, str | None]
) -> None:
    source = write([("a", "x"), ("b", "x"), row], tmp_path / "pairs.parquet")  # type: ignore[list-item]
    with pytest.raises(ValueError, match="is missing"):
        candidates(engine, source, tmp_path / "c.parquet")
    assert not (tmp_path / "c.parquet").exists()


@pytest.mark.parametrize("limits", [{"shared_min": 0}, {"block": 0}])
def test_limits_that_mean_nothing_are_refused(tmp_path: Path, engine: Engine, limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        candidates(engine, tmp_path / "pairs.parquet", tmp_path / "c.parquet", **limits)
