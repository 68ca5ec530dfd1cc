# SPDX-License-Identifier: Apache-2.0
"""What is known of a log's rows only when all of it was read: tainted times, names that logs share."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from swarmwitness.evidence.ranges import Ranges
from swarmwitness.observation import SCHEMA

ROWS_AT_ONCE = 65_536


def apart(name: str, origin: str) -> str:
    """A vantage's name that several logs use, told apart by the log."""
    return f"{name} of {origin}"


def complete_rows(file: Path, origin: str, shared: Collection[str], tainted: Ranges) -> int:
    """Rewrite a log's rows in place; how many of them have a tainted time.

    Args:
        origin: The log's name.
        shared: Vantage names that another log uses as well.
        tainted: Exhibits whose time cannot be relied on.
    """
    plain, n_tainted = file.with_suffix(".plain"), 0
    file.rename(plain)
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for batch in pq.ParquetFile(plain).iter_batches(ROWS_AT_ONCE):
            mask = _within(tainted, _indices(batch.column("exhibit")))
            n_tainted += int(mask.sum())
            named = cast("list[str]", batch.column("collector").to_pylist())
            names = [apart(n, origin) if n in shared else n for n in named]
            table = _with(pa.Table.from_batches([batch], SCHEMA), "collector", pa.array(names, pa.string()))
            writer.write_table(_with(table, "time_tainted", pa.array(mask, pa.bool_())))
    plain.unlink()
    return n_tainted


def _within(ranges: Ranges, indices: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the numbers are in the set."""
    bounds = np.asarray(ranges.intervals, dtype=np.int64).reshape(-1)
    # Half-open intervals apart from each other: an odd number of bounds lies at or below what is inside.
    return np.asarray(np.searchsorted(bounds, indices, side="right") % 2 == 1)


def _with(table: pa.Table, column: str, values: pa.Array[Any]) -> pa.Table:
    place = SCHEMA.get_field_index(column)
    return table.set_column(place, SCHEMA.field(place), values)


def _indices(exhibits: pa.Array[Any]) -> NDArray[np.int64]:
    """`log:ORIGIN/INDEX` -> INDEX."""
    references = cast("list[str]", exhibits.to_pylist())
    return np.asarray([int(each.rpartition("/")[2]) for each in references], dtype=np.int64)
