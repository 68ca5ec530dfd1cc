# SPDX-License-Identifier: Apache-2.0
"""PySpark 4: this machine's Java, or a cluster that the user has.

Kernels are plans of Spark's own expressions: executors run no Python. The driver reads tables in
memory, and what leaves a kernel. Files that kernels read and write must be seen from the driver and
from every executor at the same path (docs/cluster.md).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import BATCH_ROWS, Frame
from swarmwitness.relations.engines.files import (
    copied,
    is_url,
    n_rows_of,
    parquet_files,
    protocol_of,
    removed,
)
from swarmwitness.relations.engines.sparksession import Wanted, session_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_HADOOP = {"file": "file", "hdfs": "hdfs", "s3": "s3a", "s3a": "s3a", "gs": "gs", "abfs": "abfss"}
"""fsspec's names of stores that Spark reads itself, and Hadoop's name of each."""
_GLOB = "\\{}[]*?,"


class Spark:
    """One session."""

    name = "spark"

    def __init__(self, *, jobs: int = 2, memory_mib: int = 2048, master: str = "") -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="swarmwitness-", ignore_cleanup_errors=True)
        self._folder = Path(self._scratch.name)
        self._n_copies = 0
        try:
            wanted = Wanted(master, max(jobs, 1), memory_mib, self._folder)
            self._session, self._is_ours = session_of(wanted)
        except BaseException:
            self._scratch.cleanup()
            raise

    def scan(self, source: Path | str) -> Frame:
        """See `Engine`."""
        files = parquet_files(source)
        names = [self._of_url(url) for url in files] if is_url(source) else [_named(file) for file in files]
        # Without the option, folders called `day=1` would become columns.
        read = self._session.read.option("recursiveFileLookup", "true").parquet(*names)
        return nw.from_native(read)

    def _of_url(self, url: str) -> str:
        """A URL in Hadoop's words; what Hadoop has no word for is copied here first."""
        protocol, rest = protocol_of(url), url.split("://", 1)[1]
        if protocol in _HADOOP:
            return f"{_HADOOP[protocol]}://{_escaped(rest)}"
        self._n_copies += 1
        return _named(str(copied(url, self._folder / f"{self._n_copies}.parquet")))

    def table(self, table: pa.Table) -> Frame:
        """See `Engine`."""
        # Spark drops what lies behind a chunk without rows.
        return nw.from_native(self._session.createDataFrame(table.combine_chunks()))

    def store(self, frame: Frame, into: Path) -> None:
        """See `Engine`."""
        removed(into)
        native: DataFrame = frame.to_native()
        native.write.parquet(f"file:{into.absolute()}")

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        native: Any = frame.to_native()
        table: pa.Table = native.toArrow()
        yield from table.to_batches(BATCH_ROWS)

    def n_rows(self, source: Path | str) -> int:
        """See `Engine`."""
        return n_rows_of(source)

    def close(self) -> None:
        """See `Engine`."""
        if self._is_ours:
            self._session.stop()
        self._scratch.cleanup()


def _named(file: str) -> str:
    return f"file:{_escaped(file)}"


def _escaped(path: str) -> str:
    """A path in which no sign is a pattern's."""
    return "".join(f"\\{sign}" if sign in _GLOB else sign for sign in path)
