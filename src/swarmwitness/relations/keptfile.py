# SPDX-License-Identifier: Apache-2.0
"""Tables that people keep and memory may not hold: Parquet in a total order, one file from every engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations.engine import Engine, Frame, ordered

GROUP_ROWS = 1 << 17


def write_ordered(
    engine: Engine, frames: Iterable[Frame], schema: pa.Schema, by: Sequence[str], into: Path
) -> int:
    """Write frames one after the other, each sorted by `by`, which must leave no ties; say how many rows.

    The frames' ranges of `by` must follow each other, for the file to be sorted as a whole.
    """
    n_rows = 0
    batches = (batch for frame in frames for batch in ordered(engine, frame, schema, by))
    with pq.ParquetWriter(into, schema, compression="zstd") as writer:
        for group in _groups(batches, schema):
            writer.write_table(group, row_group_size=GROUP_ROWS)
            n_rows += group.num_rows
    return n_rows


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of exactly `GROUP_ROWS` rows and a last shorter one, whatever batches an engine hands over."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        waiting.append(batch)
        n_waiting += batch.num_rows
        while n_waiting >= GROUP_ROWS:
            table = pa.Table.from_batches(waiting, schema)
            yield table.slice(0, GROUP_ROWS).combine_chunks()
            waiting = table.slice(GROUP_ROWS).to_batches()
            n_waiting -= GROUP_ROWS
    if n_waiting:
        yield pa.Table.from_batches(waiting, schema).combine_chunks()
