# SPDX-License-Identifier: Apache-2.0
"""Polars: the second engine, for cross-checks and for those who have it. It keeps to no memory limit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import narwhals as nw
import pyarrow as pa
import pyarrow.dataset as ds

from swarmwitness.relations.engine import BATCH_ROWS, Frame
from swarmwitness.relations.engines.files import is_url, n_rows_of, opened, parquet_files, removed
from swarmwitness.terms import InputError


class Polars:
    """Polars' lazy frames; threads are as many as the process has cores (POLARS_MAX_THREADS)."""

    name = "polars"

    def __init__(self) -> None:
        try:
            import polars
        except ImportError:
            raise InputError("the engine polars is not installed", field="engine") from None
        self._polars = polars

    def scan(self, source: Path | str) -> Frame:
        """See `Engine`."""
        files = parquet_files(source)
        if not is_url(source):
            return nw.from_native(self._polars.scan_parquet(files, glob=False, hive_partitioning=False))
        store = opened(str(source))[0]
        paths = [opened(file)[1] for file in files]
        dataset = ds.dataset(paths, format="parquet", filesystem=store)
        return nw.from_native(self._polars.scan_pyarrow_dataset(dataset))

    def table(self, table: pa.Table) -> Frame:
        """See `Engine`."""
        return nw.from_native(self._polars.DataFrame(table).lazy())

    def store(self, frame: Frame, into: Path) -> None:
        """See `Engine`."""
        if into.is_dir():
            removed(into)
        frame.sink_parquet(into)

    def batches(self, frame: Frame) -> Iterator[pa.RecordBatch]:
        """See `Engine`."""
        yield from frame.collect("pyarrow").to_native().to_batches(BATCH_ROWS)

    def n_rows(self, source: Path | str) -> int:
        """See `Engine`."""
        return n_rows_of(source)

    def close(self) -> None:
        """See `Engine`."""
