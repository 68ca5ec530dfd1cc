# SPDX-License-Identifier: Apache-2.0
"""The exhibits behind every count: from a number in a finding back to the rows and bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, Frame, ordered
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
    """Write every (finding, count, exhibit), sorted; the same bytes from every engine.

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
    frame = _supported(engine, rows, members, index)
    noted = _Noted()
    dictionary = cast("bool", ["finding_id"])  # a list of columns will do; the stubs know only bool
    with pq.ParquetWriter(into, SUPPORT, compression="zstd", use_dictionary=dictionary) as writer:
        for group in _groups(ordered(engine, frame, SUPPORT, SUPPORT.names)):
            noted.take(group)
            writer.write_table(group, row_group_size=GROUP_ROWS)
    return noted.table(index)


def _supported(engine: Engine, rows: Path, members: pa.Table, index: pa.Table) -> Frame:
    ladder = engine.scan(rows).filter(nw.col("rung") <= LAST_RUNG)
    ladder = ladder.select("ip", "observed_at", "exhibit", "registered", "rung")
    distinct = in_sets(engine, ladder, members).select("set", "exhibit", "registered", "rung").unique()
    counted = (nw.col("rung") >= nw.col("rung_min")) & ((nw.col("scope") == "all") | nw.col("registered"))
    joined = distinct.join(engine.table(index.select(INDEX.names).cast(INDEX)), on="set", how="inner")
    return joined.filter(counted).select(*SUPPORT.names).unique()


def _groups(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Tables of exactly `GROUP_ROWS` rows and a last shorter one, however the engine cut its batches."""
    waiting = SUPPORT.empty_table()
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
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
        runs = group.group_by(["finding_id", "count_index"], use_threads=False).aggregate([([], "count_all")])
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
