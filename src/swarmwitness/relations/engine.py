# SPDX-License-Identifier: Apache-2.0
"""The engines that run kernels. A kernel is written once, over Narwhals frames, and never asks which.

The seam: what leaves a kernel is a pyarrow table of declared types in a total order, with whole
numbers and text only, so that every engine hands over the same table.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import duckdb
import narwhals as nw
import pyarrow as pa

from swarmwitness.terms import InputError

Frame = nw.LazyFrame[Any]
"""A lazy table of whichever engine; it stays inside relations/."""
BATCH_ROWS = 1 << 16


class Engine(Protocol):
    """What a kernel needs of an engine."""

    @property
    def name(self) -> str:
        """As on the command line."""

    def scan(self, file: Path) -> Frame:
        """A Parquet file."""

    def table(self, table: pa.Table) -> Frame:
        """A table in memory."""

    def store(self, frame: Frame, into: Path) -> None:
        """Write a frame to a Parquet file, in no particular order."""

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        """The rows in the frame's order, in batches of any size."""


class DuckDB:
    """The embedded default; spills to disk when a kernel outgrows `memory_mib`."""

    name = "duckdb"

    def __init__(self, *, jobs: int = 2, memory_mib: int = 2048) -> None:
        # Else DuckDB would spill addresses into whatever folder it was started in.
        self._spill = tempfile.TemporaryDirectory(prefix="swarmwitness-")
        config: dict[str, str | bool | int | float | list[str]] = {
            "threads": max(jobs, 1),
            "memory_limit": f"{memory_mib}MiB",
            "preserve_insertion_order": False,
            "temp_directory": self._spill.name,
        }
        self._connection = duckdb.connect(config=config)
        self._connection.execute("SET TimeZone = 'UTC'")
        # A kernel may write a file of a name that was read before; DuckDB could answer from the old one.
        self._connection.execute("SET enable_external_file_cache = false")

    def scan(self, file: Path) -> Frame:
        return nw.from_native(self._connection.read_parquet(str(file)))

    def table(self, table: pa.Table) -> Frame:
        return nw.from_native(self._connection.from_arrow(table))

    def store(self, frame: Frame, into: Path) -> None:
        frame.sink_parquet(into)

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        relation: duckdb.DuckDBPyRelation = frame.to_native()
        yield from relation.to_arrow_reader(BATCH_ROWS)


class Polars:
    """The second engine, for cross-checks and for those who have it."""

    name = "polars"

    def __init__(self) -> None:
        try:
            import polars
        except ImportError:
            raise InputError("the engine polars is not installed", field="engine") from None
        self._polars = polars

    def scan(self, file: Path) -> Frame:
        return nw.from_native(self._polars.scan_parquet(file))

    def table(self, table: pa.Table) -> Frame:
        return nw.from_native(self._polars.DataFrame(table).lazy())

    def store(self, frame: Frame, into: Path) -> None:
        frame.sink_parquet(into)

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        yield from frame.collect("pyarrow").to_native().to_batches(BATCH_ROWS)


ENGINES = ("duckdb", "polars")


def engine_of(name: str, *, jobs: int = 2) -> Engine:
    """The engine of that name.

    Raises:
        InputError: not one of `ENGINES`, or not installed.
    """
    if name == "duckdb":
        return DuckDB(jobs=jobs)
    if name == "polars":
        return Polars()
    raise InputError(f"no engine {name!r} here; there are {', '.join(ENGINES)}", field="engine")


def ordered(engine: Engine, frame: Frame, schema: pa.Schema, by: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows of a frame with the schema's columns and types, sorted by `by` (nulls first)."""
    for batch in engine.batches(frame.select(*schema.names).sort(*by, nulls_last=False)):
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def collect(engine: Engine, frame: Frame, schema: pa.Schema, by: Sequence[str]) -> pa.Table:
    """The rows of a frame as one table in a total order: `by` must leave no ties."""
    return pa.Table.from_batches(ordered(engine, frame, schema, by), schema).combine_chunks()
