# SPDX-License-Identifier: Apache-2.0
"""DuckDB alone: paths that it cannot read, and what it leaves behind."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations.engines.duckdb import DuckDB
from swarmwitness.terms import InputError


def test_a_path_that_it_cannot_read_is_said(tmp_path: Path) -> None:
    file = tmp_path / "a\\b[1].parquet"
    pq.write_table(pa.table({"n": [1]}), file)
    with closing(DuckDB()) as engine, pytest.raises(InputError, match="backslash"):
        engine.scan(file)


def test_the_spill_folder_goes_with_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = DuckDB(jobs=1, memory_mib=512)
    assert len(list(tmp_path.iterdir())) == 1
    engine.close()
    assert not list(tmp_path.iterdir())


def test_what_is_stored_is_read_again_whatever_the_path_and_however_often(tmp_path: Path) -> None:
    file = tmp_path / "a'b;--\"[x].parquet"
    with closing(DuckDB()) as engine:
        for n in (2, 1):
            engine.store(engine.table(pa.table({"stored": list(range(n))})), file)
            assert pq.read_table(file).to_pydict() == {"stored": list(range(n))}
            assert engine.n_rows(file) == n
    assert pq.read_metadata(file).row_group(0).column(0).compression == "ZSTD"
