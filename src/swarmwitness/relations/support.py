# SPDX-License-Identifier: Apache-2.0
"""The exhibits behind every count: from a number in a finding back to the rows and bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, collect
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import in_sets

INDEX = schema(
    finding_id="text",
    count_index="int",
    set="text",
    scope="text",
    rung_min="int",
)
SUPPORT = schema(finding_id="text", count_index="int", exhibit="text")
FIRST = schema(
    finding_id="text",
    count_index="int",
    n_exhibits="int",
    first="texts",
)
FIRST_SHOWN = 20
GROUP_ROWS = 1 << 17


def write_support(engine: Engine, rows: Path, members: pa.Table, index: pa.Table, into: Path) -> pa.Table:
    """Write every (finding, count, exhibit), sorted by the three; the same bytes from every engine.

    Args:
        engine: Whichever.
        rows: As `lease` wrote them.
        members: See `in_sets`.
        index: `INDEX`: which counts there are; count_index is the place in the finding's `counts`.
        into: Parquet file to write, `SUPPORT`.

    Returns:
        `FIRST`: for each count of the index, in its order, how many exhibits it rests on and the
        first twenty in text order.
    """
    counts = index.select(INDEX.names).sort_by([("finding_id", "ascending"), ("count_index", "ascending")])
    seen = _seen(engine, rows, members)
    noted = _Noted()
    dictionary = cast("bool", ["finding_id"])  # a list of columns will do; the stubs know only bool
    with pq.ParquetWriter(into, SUPPORT, compression="zstd", use_dictionary=dictionary) as writer:
        for group in _groups(_supported(seen, counts)):
            noted.take(group)
            writer.write_table(group, row_group_size=GROUP_ROWS)
    return noted.table(index)


_SEEN = schema(set="text", exhibit="text", rung_all="int", rung_case="int")
_NEVER = -1
"""The highest rung of an exhibit that speaks of no registered work."""


def _seen(engine: Engine, rows: Path, members: pa.Table) -> pa.Table:
    """Each set's exhibits in order, with the highest rung that each reaches in either scope.

    A count from rung r up rests on the exhibits whose highest rung is r or more: one row per set and
    exhibit answers for every count.
    """
    ladder = engine.scan(rows).filter(nw.col("rung") <= LAST_RUNG)
    ladder = ladder.select("ip", "observed_at", "exhibit", "registered", "rung")
    never = nw.lit(_NEVER).cast(nw.Int64)
    highest = (
        in_sets(engine, ladder, members)
        .with_columns(case=nw.when(nw.col("registered")).then(nw.col("rung")).otherwise(never))
        .group_by("set", "exhibit")
        .agg(nw.col("rung").max().alias("rung_all"), nw.col("case").max().alias("rung_case"))
    )
    return collect(engine, highest, _SEEN, ["set", "exhibit"])


def _supported(seen: pa.Table, counts: pa.Table) -> Iterator[pa.Table]:
    """The rows of `SUPPORT`, count after count."""
    by_set: dict[str, pa.Table] = {}
    for count in counts.to_pylist():
        name = count["set"]
        if name not in by_set:
            by_set[name] = seen.filter(pc.equal(seen.column("set"), pa.scalar(name)))
        own = by_set[name]
        reached = pc.greater_equal(own.column(f"rung_{count['scope']}"), pa.scalar(max(count["rung_min"], 0)))
        exhibits = own.column("exhibit").filter(reached)
        n = len(exhibits)
        finding, at = (
            pa.repeat(count["finding_id"], n),
            pa.repeat(pa.scalar(count["count_index"], pa.int64()), n),
        )
        yield pa.Table.from_arrays([finding, at, exhibits], schema=SUPPORT)


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Tables of exactly `GROUP_ROWS` rows and a last shorter one."""
    waiting = SUPPORT.empty_table()
    for table in tables:
        waiting = pa.concat_tables([waiting, table])
        while waiting.num_rows >= GROUP_ROWS:
            yield waiting.slice(0, GROUP_ROWS).combine_chunks()
            waiting = waiting.slice(GROUP_ROWS)
    if waiting.num_rows:
        yield waiting.combine_chunks()


class _Noted:
    """How many exhibits each count has, and the first of them, as the sorted rows go by."""

    def __init__(self) -> None:
        self._n: dict[tuple[str, int], int] = {}
        self._first: dict[tuple[str, int], list[str]] = {}

    def take(self, group: pa.Table) -> None:
        keys = ["finding_id", "count_index"]
        # Grouping gives its keys in an order of its own once there are hundreds; the rows lie in this one.
        runs = (
            group.group_by(keys).aggregate([([], "count_all")]).sort_by([(key, "ascending") for key in keys])
        )
        start = 0
        for run in runs.to_pylist():
            key, n = (run["finding_id"], run["count_index"]), run["count_all"]
            first = self._first.setdefault(key, [])
            room = FIRST_SHOWN - len(first)
            if room:
                shown = group.column("exhibit").slice(start, min(n, room)).to_pylist()
                first.extend(str(exhibit) for exhibit in shown)
            self._n[key] = self._n.get(key, 0) + n
            start += n

    def table(self, index: pa.Table) -> pa.Table:
        keys = [(row["finding_id"], row["count_index"]) for row in index.to_pylist()]
        return pa.table(
            {
                "finding_id": [finding for finding, _ in keys],
                "count_index": [at for _, at in keys],
                "n_exhibits": [self._n.get(key, 0) for key in keys],
                "first": [self._first.get(key, []) for key in keys],
            },
            FIRST,
        )
