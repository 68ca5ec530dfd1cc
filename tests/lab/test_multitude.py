# SPDX-License-Identifier: Apache-2.0
"""A multitude is what it says: typed as intake's, the same for the same seed, skewed, with repeats."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake import WorkRegistry, schema_of
from swarmwitness.lab.multitude import DAY_US, works_table, write_sightings
from swarmwitness.relations.rows import KEY
from swarmwitness.terms.endpoint import address_from_text

N = 20_000


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    file = tmp_path_factory.mktemp("multitude") / "s.parquet"
    made = write_sightings(file, N, seed=1, batch_rows=7_000)
    assert made.n_rows == N
    assert 0.02 * N < made.n_told_again < 0.04 * N
    return pq.read_table(file)


def test_rows_are_typed_as_intake_types_them(rows: pa.Table) -> None:
    assert rows.schema.equals(schema_of("sightings"))
    assert rows.num_rows == N == len(pc.unique(rows.column("exhibit")))


def test_addresses_are_canonical_and_one_in_eight_is_ipv6(rows: pa.Table) -> None:
    texts = rows.column("ip").to_pylist()
    assert all(str(address_from_text(ip)) == ip for ip in set(texts))
    assert 0.05 < sum(":" in ip for ip in texts) / N < 0.25


def test_some_sightings_are_told_twice_and_within_and_across_batches(rows: pa.Table) -> None:
    told = rows.select(KEY).append_column("at", pa.array(range(N), pa.int64()))
    groups = told.group_by(list(KEY)).aggregate([("at", "min"), ("at", "max")])
    batches = zip(groups.column("at_min").to_pylist(), groups.column("at_max").to_pylist(), strict=True)
    spread = [last // 7_000 - first // 7_000 for first, last in batches if last > first]
    assert 0.02 * N < len(spread) < 0.04 * N
    assert set(spread) >= {0, 1}


def test_few_endpoints_hold_most_and_some_fall_silent(rows: pa.Table) -> None:
    seen = rows.append_column("us", rows.column("observed_at").cast(pa.int64()))
    ends = seen.group_by(["ip", "port"]).aggregate([("us", "min"), ("us", "max"), ([], "count_all")])
    numbers = sorted(ends.column("count_all").to_pylist(), reverse=True)
    assert sum(numbers[: len(numbers) // 10]) > 0.3 * N
    lasted = pc.max(pc.subtract(ends.column("us_max"), ends.column("us_min"))).as_py()
    assert lasted > 150 * DAY_US


def test_the_same_seed_gives_the_same_rows_and_another_does_not(rows: pa.Table, tmp_path: Path) -> None:
    write_sightings(tmp_path / "a", N, seed=1, batch_rows=7_000)
    write_sightings(tmp_path / "b", N, seed=2, batch_rows=7_000)
    assert pq.read_table(tmp_path / "a").equals(rows)
    assert not pq.read_table(tmp_path / "b").equals(rows)


def test_the_register_knows_works_that_are_seen(rows: pa.Table) -> None:
    register = WorkRegistry.of(works_table(seed=1), {})
    seen = set(rows.column("info_hash").to_pylist())
    assert len(register.works) == 2_000
    assert len(seen & set(register.works)) > 100
