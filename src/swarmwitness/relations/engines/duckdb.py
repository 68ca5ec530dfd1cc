# SPDX-License-Identifier: Apache-2.0
"""DuckDB: the embedded default; spills to disk when a kernel outgrows its memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import duckdb
import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import BATCH_ROWS, Frame
from swarmwitness.relations.engines.files import (
    is_url,
    n_rows_of,
    opened,
    parquet_files,
    protocol_of,
    removed,
)
from swarmwitness.terms import InputError

_GLOB = "[*?"


class DuckDB:
    """One connection with a spill folder of its own."""

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
        self._stores: set[str] = set()

    def scan(self, source: Path | str) -> Frame:
        """See `Engine`."""
        files = parquet_files(source)
        if is_url(source):
            self._learn(str(source))
        else:
            files = [_literal(file) for file in files]
        read = self._connection.read_parquet(cast("str", files), hive_partitioning=False)
        return nw.from_native(read)

    def _learn(self, url: str) -> None:
        """Let DuckDB read a store through fsspec, so that no extension is fetched."""
        protocol = protocol_of(url)
        if protocol not in self._stores:
            store: Any = opened(url)[0]
            self._connection.register_filesystem(store)
            self._stores.add(protocol)

    def table(self, table: pa.Table) -> Frame:
        """See `Engine`."""
        return nw.from_native(self._connection.from_arrow(table))

    def store(self, frame: Frame, into: Path) -> None:
        """See `Engine`."""
        if into.is_dir():
            removed(into)
        relation: duckdb.DuckDBPyRelation = frame.to_native()
        # As fast as what is the default, and half as many bytes.
        how = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"
        relation.query("stored", f"COPY stored TO {_quoted(into)} ({how})")

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        relation: duckdb.DuckDBPyRelation = frame.to_native()
        yield from relation.to_arrow_reader(BATCH_ROWS)

    def n_rows(self, source: Path | str) -> int:
        """See `Engine`."""
        return n_rows_of(source)

    def close(self) -> None:
        """See `Engine`."""
        self._connection.close()
        self._spill.cleanup()


def _quoted(file: Path) -> str:
    """A path as text of SQL."""
    return "'" + str(file).replace("'", "''") + "'"


def _literal(file: str) -> str:
    """A path in which no sign is a pattern's."""
    if "\\" in file and any(sign in file for sign in _GLOB):
        raise InputError("DuckDB reads no path with both a backslash and one of [ * ?", file=file)
    return "".join(f"[{sign}]" if sign in _GLOB else sign for sign in file)
