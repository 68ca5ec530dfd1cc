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
