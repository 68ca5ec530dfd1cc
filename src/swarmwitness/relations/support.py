# SPDX-License-Identifier: Apache-2.0
"""The exhibits behind every count: from a number in a finding back to the rows and bytes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine
from swarmwitness.relations.keptfile import write_ordered
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
        rows: As `lease` wrote them. A folder comes and goes beside them.
        members: See `in_sets`.
        index: `INDEX`: which counts there are; count_index is the place in the finding's `counts`.
        into: Parquet file to write, `SUPPORT`.

    Returns:
        `FIRST`: for each count of the index, in its order, how many exhibits it rests on and the
        first twenty in text order.
    """
    counts = index.select(INDEX.names).sort_by([("finding_id", "ascending"), ("count_index", "ascending")])
    noted = _Noted()
    dictionary = cast("bool", ["finding_id"])  # a list of columns will do; the stubs know only bool
    with (
        tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=rows.parent) as folder,
        pq.ParquetWriter(into, SUPPORT, compression="zstd", use_dictionary=dictionary) as writer,
    ):
        names = sorted({str(name) for name in counts.column("set").unique().to_pylist()})
        seen = _seen(engine, rows, members, names, Path(folder))
        for group in _groups(_supported(seen, counts)):
            noted.take(group)
            writer.write_table(group, row_group_size=GROUP_ROWS)
    return noted.table(index)


_SEEN = schema(exhibit="text", rung_all="int", rung_case="int")
_NEVER = -1
"""The highest rung of an exhibit that speaks of no registered work."""


def _seen(
    engine: Engine, rows: Path, members: pa.Table, names: Iterable[str], folder: Path
) -> dict[str, Path]:
    """A file for each set: its exhibits in order, with the highest rung that each reaches in either scope.

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
    engine.store(highest, folder / "all.parquet")
    files = {name: folder / f"set-{at}.parquet" for at, name in enumerate(names)}
    for name, file in files.items():
        own = engine.scan(folder / "all.parquet").filter(nw.col("set") == name)
        write_ordered(engine, [own], _SEEN, ["exhibit"], file)
    return files


def _supported(seen: Mapping[str, Path], counts: pa.Table) -> Iterator[pa.Table]:
    """The rows of `SUPPORT`, count after count, in parts."""
    for count in counts.to_pylist():
        rung = f"rung_{count['scope']}"
        for batch in pq.ParquetFile(seen[count["set"]]).iter_batches(GROUP_ROWS, columns=["exhibit", rung]):
            reached = pc.greater_equal(batch.column(rung), pa.scalar(max(count["rung_min"], 0)))
            exhibits = batch.column("exhibit").filter(reached)
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
