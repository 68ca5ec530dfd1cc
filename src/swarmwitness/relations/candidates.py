# SPDX-License-Identifier: Apache-2.0
"""Pairs of leases that share several works that few have: what is worth weighing, not a finding.

Theory of operation. All pairs of a million leases are out of reach, and nearly all of their shared works
are works that everybody has. So works of more than `leases_max` leases and leases of fewer than
`works_min` works are left out, each judged on the whole input before either is cut, and `Pruned` says
what that leaves out. The rest is a join of (lease, work) with itself on the work, counted per pair.

Names become whole numbers first, in the names' order: a join of numbers is several times cheaper than
one of text, and a pair is in order if its numbers are. The join runs block after block of first leases,
each of at most about `block` shared works: a block's pairs are sorted in memory, those that come often
enough are counted and written before the next begins. Blocks follow the order of leases, so the file is
sorted as a whole.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.keptfile import write_ordered
from swarmwitness.relations.schema import schema

METHOD_VERSION = "0"
BLOCK = 1 << 25
SCHEMA = schema(lease_a="text", lease_b="text", n_shared="int", works_a="int", works_b="int")
_HISTOGRAM = schema(n="int", times="int")
_BLOCKS = schema(block="int", first="int", last="int")


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was looked at, what was left out, and what came of the rest.

    A co-occurrence is one work that one pair of leases shares.

    Attributes:
        n_leases: Leases of the input.
        n_works: Works of the input.
        n_seen: Distinct (lease, work) of the input.
        leases_left_out: Leases of fewer than `works_min` works.
        works_left_out: Works of more than `leases_max` leases.
        co_occurrences: In the whole input.
        co_popular: Of those, left out because the work has too many leases.
        co_small: Of the others, left out because a lease of the pair has too few works.
        n_pairs: Pairs that share `shared_min` works or more of those kept: what was written.
    """

    n_leases: int
    n_works: int
    n_seen: int
    leases_left_out: int
    works_left_out: int
    co_occurrences: int
    co_popular: int
    co_small: int
    n_pairs: int

    @property
    def co_kept(self) -> int:
        """Co-occurrences that were counted."""
        return self.co_occurrences - self.co_popular - self.co_small


@dataclass(frozen=True, slots=True)
class _Limits:
    works_min: int
    leases_max: int
    shared_min: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """The input in numbers, and how often each number occurs."""

    seen: Path
    leases: Path
    works: Path


def candidates(
    engine: Engine,
    pairs: Path,
    into: Path,
    *,
    works_min: int = 5,
    leases_max: int = 200,
    shared_min: int = 3,
    block: int = BLOCK,
) -> Pruned:
    """Write the pairs of leases that share works which few have.

    Args:
        engine: Whichever.
        pairs: With lease_id and work_id, in any order and number: rows as `lease` wrote them, events, or
            the bare pairs; see `own_works`.
        into: Parquet file, `SCHEMA`, by lease_a and lease_b (lease_a < lease_b), the same bytes from
            every engine. n_shared counts kept works alone; works_a and works_b all works of the lease.
            A folder with the kernel's own files comes and goes beside it.
        works_min: The fewest works of a lease that is kept.
        leases_max: The most leases of a work that is kept.
        shared_min: The fewest kept works that a pair shares, at least 1.
        block: Co-occurrences at a time, about: the least memory that is needed grows with it.

    Raises:
        ValueError: `shared_min` or `block` is below 1, or a lease or work has no name (null).
    """
    if shared_min < 1 or block < 1:
        raise ValueError("shared_min and block are at least 1")
    limits = _Limits(works_min, leases_max, shared_min)
    with tempfile.TemporaryDirectory(prefix=".candidates-", dir=into.parent) as name:
        counted = _counted(engine, pairs, Path(name))
        kept, co_kept = _kept(engine, counted, Path(name), limits)
        frames = _shared(engine, counted, kept, shared_min, block)
        n_pairs = write_ordered(engine, frames, SCHEMA, SCHEMA.names[:2], into)
        return _pruned(engine, counted, limits, co_kept, n_pairs)


def own_works(frame: Frame) -> Frame:
    """(lease_id, work_id) of rows, events or bare pairs, perhaps more than once each.

    Of rows and events, a bundle counts as the one work that it is: the works that its bitfields show
    (`counts_all` 0) would let one shared bundle pass for several shared works. Flags (rungs 10 and 11)
    count nothing.
    """
    columns = frame.collect_schema().names()
    if "counts_all" in columns:
        frame = frame.filter(nw.col("counts_all") == 1)
    if "rung" in columns:
        frame = frame.filter(nw.col("rung") <= LAST_RUNG)
    return frame.select("lease_id", "work_id")


def _counted(engine: Engine, pairs: Path, folder: Path) -> _Counted:
    """Number leases and works, and count the works of each lease and the leases of each work."""
    named = own_works(engine.scan(pairs))
    lease_names, work_names = folder / "lease-names.parquet", folder / "work-names.parquet"
    _number(engine, named, "lease_id", "lease", lease_names)
    _number(engine, named, "work_id", "work", work_names)
    counted = _Counted(*(folder / f"{name}.parquet" for name in ("seen", "leases", "works")))
    numbered = named.join(engine.scan(lease_names), on="lease_id").join(engine.scan(work_names), on="work_id")
    engine.store(numbered.select("lease", "work").unique(), counted.seen)
    seen = engine.scan(counted.seen)
    of_lease = seen.group_by("lease").agg(nw.len().cast(nw.Int64).alias("n"))
    engine.store(engine.scan(lease_names).join(of_lease, on="lease"), counted.leases)
    engine.store(seen.group_by("work").agg(nw.len().cast(nw.Int64).alias("n")), counted.works)
    return counted


def _number(engine: Engine, named: Frame, name: str, number: str, into: Path) -> None:
    """Each distinct name with its place in the order of all, from 1."""
    distinct = named.select(name).unique()
    if collect(engine, distinct.filter(nw.col(name).is_null()), schema(**{name: "text"}), [name]).num_rows:
        raise ValueError(f"{name} is missing")
    place = nw.col("one").cum_sum().over(order_by=name).cast(nw.Int64)
    one = nw.lit(1).cast(nw.Int64)
    engine.store(distinct.with_columns(one=one).select(name, place.alias(number)), into)


def _kept(engine: Engine, counted: _Counted, folder: Path, limits: _Limits) -> tuple[Path, int]:
    """Where (lease, work) that can make a pair were written, with how many leases each work has, and how
    many co-occurrences the kept leases and works make."""
    leases = engine.scan(counted.leases).filter(nw.col("n") >= limits.works_min).select("lease")
    works = engine.scan(counted.works).filter(nw.col("n") <= limits.leases_max, nw.col("n") >= 2)
    kept, sizes, able = (folder / f"{name}.parquet" for name in ("kept", "sizes", "able"))
    seen = engine.scan(counted.seen).join(leases, on="lease").join(works.select("work"), on="work")
    engine.store(seen, kept)
    size = engine.scan(kept).group_by("work").agg(nw.len().cast(nw.Int64).alias("n"))
    engine.store(size.filter(nw.col("n") >= 2), sizes)
    shared = engine.scan(kept).join(engine.scan(sizes), on="work")
    # A lease with fewer kept works than a pair must share is in no pair; most leases are such.
    own = shared.group_by("lease").agg(nw.len().cast(nw.Int64).alias("n_kept"))
    enough = own.filter(nw.col("n_kept") >= limits.shared_min).select("lease")
    engine.store(shared.join(enough, on="lease"), able)
    return able, _co_occurrences(_histogram(engine, engine.scan(sizes)))


def _shared(engine: Engine, counted: _Counted, kept: Path, shared_min: int, block: int) -> Iterator[Frame]:
    """The pairs of each block of first leases, in the order of the blocks."""
    able = kept.with_name("names.parquet")
    own = engine.scan(kept).select("lease").unique()
    engine.store(engine.scan(counted.leases).join(own, on="lease"), able)
    for row in _blocks(engine, engine.scan(kept), block).to_pylist():
        seen = engine.scan(kept).select("lease", "work")
        first = seen.filter(nw.col("lease") >= row["first"], nw.col("lease") <= row["last"])
        other = seen.filter(nw.col("lease") > row["first"]).rename({"lease": "other"})
        met = first.join(other, on="work").filter(nw.col("lease") < nw.col("other"))
        yield _named(_often(met.select("lease", "other"), shared_min), engine.scan(able))


def _often(met: Frame, shared_min: int) -> Frame:
    """The pairs that occur `shared_min` times or more, with how often.

    In order, a pair that occurs so often meets itself `shared_min` - 1 places back, at all but its
    first `shared_min` - 1 places. Nearly all pairs occur once: to sort them all and to group what is
    left takes less memory than a group for each, and no more time.
    """
    before = nw.col("other").shift(shared_min - 1).over("lease", order_by="other")
    again = met.with_columns(before=before).filter(nw.col("before") == nw.col("other"))
    n_shared = (nw.len() + (shared_min - 1)).cast(nw.Int64)
    return again.group_by("lease", "other").agg(n_shared.alias("n_shared"))


def _named(shared: Frame, leases: Frame) -> Frame:
    first = leases.rename({"lease_id": "lease_a", "n": "works_a"})
    other = leases.rename({"lease_id": "lease_b", "n": "works_b", "lease": "other"})
    return shared.join(first, on="lease").join(other, on="other")


def _blocks(engine: Engine, kept: Frame, block: int) -> pa.Table:
    """First and last lease of each block, in order: each co-occurrence weighs at both of its leases."""
    weights = kept.group_by("lease").agg((nw.col("n") - 1).sum().cast(nw.Int64).alias("weight"))
    before = nw.col("weight").cum_sum().over(order_by="lease").cast(nw.Int64) - nw.col("weight")
    placed = weights.with_columns(block=before // block)
    ranges = placed.group_by("block").agg(
        nw.col("lease").min().alias("first"), nw.col("lease").max().alias("last")
    )
    return collect(engine, ranges, _BLOCKS, ["block"])


def _histogram(engine: Engine, counted: Frame) -> dict[int, int]:
    """How often each `n` occurs. There are few different ones: at most the root of twice their sum."""
    times = counted.group_by("n").agg(nw.len().cast(nw.Int64).alias("times"))
    rows = collect(engine, times, _HISTOGRAM, ["n"]).to_pylist()
    return {row["n"]: row["times"] for row in rows}


def _co_occurrences(works: dict[int, int]) -> int:
    """Of a histogram of leases per work; in Python, since 64 bits may not hold them."""
    return sum(n * (n - 1) // 2 * times for n, times in works.items())


def _pruned(engine: Engine, counted: _Counted, limits: _Limits, co_kept: int, n_pairs: int) -> Pruned:
    leases = _histogram(engine, engine.scan(counted.leases))
    works = _histogram(engine, engine.scan(counted.works))
    popular = {n: times for n, times in works.items() if n > limits.leases_max}
    everything, co_popular = _co_occurrences(works), _co_occurrences(popular)
    return Pruned(
        n_leases=sum(leases.values()),
        n_works=sum(works.values()),
        n_seen=sum(n * times for n, times in leases.items()),
        leases_left_out=sum(times for n, times in leases.items() if n < limits.works_min),
        works_left_out=sum(popular.values()),
        co_occurrences=everything,
        co_popular=co_popular,
        co_small=everything - co_popular - co_kept,
        n_pairs=n_pairs,
    )
