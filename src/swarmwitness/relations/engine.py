# SPDX-License-Identifier: Apache-2.0
"""What a kernel needs of an engine. A kernel is written once, over Narwhals frames, and never asks which.

The seam: what leaves a kernel is a pyarrow table of declared types in a total order, with whole
numbers and text only, so that every engine hands over the same table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import narwhals as nw
import pyarrow as pa

from swarmwitness.terms import InputError

Frame = nw.LazyFrame[Any]
"""A lazy table of whichever engine; it stays inside relations/."""
BATCH_ROWS = 1 << 16
MEMORY_MIB = 2048
ENGINES = ("duckdb", "polars", "spark")


class Engine(Protocol):
    """What a kernel needs of an engine."""

    @property
    def name(self) -> str:
        """As on the command line."""

    def scan(self, source: Path | str) -> Frame:
        """A Parquet file, a folder of them, or the URL of either (engines/files.py).

        Raises:
            InputError: there is no Parquet file, or no way to the store.
        """

    def table(self, table: pa.Table) -> Frame:
        """A table in memory."""

    def store(self, frame: Frame, into: Path) -> None:
        """Write a frame, in no particular order, over whatever was at `into`; `scan(into)` reads it.

        It may be a folder of files: ask `n_rows`, take it away with `engines.files.removed`. The frame
        must not read from `into`.
        """

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        """The rows in the frame's order, in batches of any size."""

    def n_rows(self, source: Path | str) -> int:
        """How many rows a source holds, without reading them."""

    def close(self) -> None:
        """Give back threads, sessions and spill folders. Its frames are of no use afterwards."""


def engine_of(name: str, *, jobs: int = 2, memory_mib: int = MEMORY_MIB, spark_master: str = "") -> Engine:
    """The engine of that name.

    Args:
        jobs: Threads, for DuckDB and for Spark on this machine.
        memory_mib: Memory before spilling (DuckDB), heap of the driver (Spark).
        spark_master: `local[2]`, `local-cluster[2,1,1024]`, `spark://HOST:PORT`, `yarn`,
            `k8s://...`; '' = this machine with `jobs` threads.

    Raises:
        InputError: not one of `ENGINES`, not installed, or a master for another engine.
    """
    if name not in ENGINES:
        raise InputError(f"no engine {name!r} here; there are {', '.join(ENGINES)}", field="engine")
    if spark_master and name != "spark":
        raise InputError(f"is for the engine spark, not {name}", field="spark_master")
    if name == "duckdb":
        from swarmwitness.relations.engines.duckdb import DuckDB

        return DuckDB(jobs=jobs, memory_mib=memory_mib)
    if name == "polars":
        from swarmwitness.relations.engines.polars import Polars

        return Polars()
    from swarmwitness.relations.engines.spark import Spark

    return Spark(jobs=jobs, memory_mib=memory_mib, master=spark_master)


def ordered(engine: Engine, frame: Frame, schema: pa.Schema, by: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a frame with the schema's columns and types, sorted by `by` (nulls first)."""
    for batch in engine.batches(frame.select(*schema.names).sort(*by, nulls_last=False)):
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def collect(engine: Engine, frame: Frame, schema: pa.Schema, by: Sequence[str]) -> pa.Table:
    """The rows of a frame as one table in a total order: `by` must leave no ties."""
    return pa.Table.from_batches(ordered(engine, frame, schema, by), schema).combine_chunks()
