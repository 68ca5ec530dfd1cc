# SPDX-License-Identifier: Apache-2.0
"""What counts as a source, and what is said of one that is none."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations.engines.files import (
    copied,
    is_url,
    n_rows_of,
    parquet_files,
    protocol_of,
    removed,
)
from swarmwitness.terms import InputError

TABLE = pa.table({"n": [1, 2, 3]})


def test_files_are_in_text_order_and_without_what_writers_leave(tmp_path: Path) -> None:
    for name in ("b.parquet", "a/c.parquet", "_x/d.parquet", ".e.parquet", "f.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        pq.write_table(TABLE, tmp_path / name)
    assert parquet_files(tmp_path) == [str(tmp_path / "a/c.parquet"), str(tmp_path / "b.parquet")]
    assert parquet_files(tmp_path / "f.csv") == [str(tmp_path / "f.csv")]
    assert n_rows_of(tmp_path) == 6


def test_a_hidden_folder_above_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / ".work").mkdir()
    pq.write_table(TABLE, tmp_path / ".work" / "a.parquet")
    assert n_rows_of(tmp_path / ".work") == 3


def test_urls() -> None:
    assert is_url("s3://bucket/key")
    assert not is_url("/a/b")
    assert not is_url(Path("s3://bucket"))
    assert protocol_of("s3://bucket/key") == "s3"


def test_a_store_without_its_part_is_said(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(InputError, match="no store nowhere:// here"):
        parquet_files("nowhere://bucket/key")
    with pytest.raises(InputError, match="no Parquet file is there"):
        parquet_files("memory://empty/folder")


def test_a_file_of_a_store_is_brought_here(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://brought/a.parquet", "wb") as stream:
        pq.write_table(TABLE, stream)
    assert pq.read_table(copied("memory://brought/a.parquet", tmp_path / "a.parquet")).equals(TABLE)


def test_files_folders_and_nothing_are_removed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "part").touch()
    (tmp_path / "file").touch()
    for name in ("folder", "file", "nothing"):
        removed(tmp_path / name)
    assert not list(tmp_path.iterdir())
