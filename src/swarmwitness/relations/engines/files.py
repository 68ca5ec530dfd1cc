# SPDX-License-Identifier: Apache-2.0
"""What a source is, alike for every engine: a Parquet file, a folder of them, or the URL of either.

A folder's files are those that end in `.parquet`, at any depth, but for names that begin with `.` or
`_`: what Spark and other writers leave beside their data. Folder names are never read as columns.
URLs are fsspec's (`s3://`, `gs://`, `abfs://`, `hdfs://`, `file://`, `memory://` ...).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import pyarrow.parquet as pq

from swarmwitness.terms import InputError


class FileSystem(Protocol):
    """The part of an fsspec file system that is used here."""

    def isfile(self, path: str) -> bool:
        """Whether there is a file."""

    def find(self, path: str) -> list[str]:
        """Every file beneath."""

    def open(self, path: str, mode: str = "rb") -> BinaryIO:
        """An open file."""


def is_url(source: Path | str) -> bool:
    """Whether a source is a URL and no path."""
    return isinstance(source, str) and "://" in source


def protocol_of(url: str) -> str:
    """`s3` of `s3://...`."""
    return url.split("://", 1)[0]


def parquet_files(source: Path | str) -> list[str]:
    """The files of a source in text order: absolute paths, or URLs where the source is one.

    Raises:
        InputError: there is no Parquet file.
    """
    if is_url(source):
        return _of_url(str(source))
    path = Path(source).absolute()
    found = [path] if path.is_file() else sorted(path.rglob("*.parquet"))
    files = [str(file) for file in found if file == path or _is_data(str(file.relative_to(path)))]
    if not files:
        raise InputError("no Parquet file is there", file=str(source))
    return files


def _of_url(url: str) -> list[str]:
    store, path = opened(url)
    if store.isfile(path):
        return [url]
    inside = [(name, name.removeprefix(path.rstrip("/"))) for name in sorted(store.find(path))]
    files = [name for name, rest in inside if rest.endswith(".parquet") and _is_data(rest)]
    if not files:
        raise InputError("no Parquet file is there", file=url)
    return [f"{protocol_of(url)}://{name}" for name in files]


def _is_data(name: str) -> bool:
    return not any(part.startswith((".", "_")) for part in name.strip("/").split("/"))


def opened(url: str) -> tuple[FileSystem, str]:
    """The store of a URL and the path in it.

    Raises:
        InputError: fsspec, or its part for this protocol, is not installed.
    """
    try:
        import fsspec

        store, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"no store {protocol_of(url)}:// here: {reason} (pip install fsspec and its part for the store)",
            file=url,
        ) from None
    return cast("FileSystem", store), str(path)


def n_rows_of(source: Path | str) -> int:
    """How many rows a source holds, from the files' footers."""
    return sum(_n_rows(file) for file in parquet_files(source))


def _n_rows(file: str) -> int:
    if not is_url(file):
        return int(pq.read_metadata(file).num_rows)
    store, path = opened(file)
    with store.open(path) as stream:
        return int(pq.read_metadata(stream).num_rows)


def copied(url: str, into: Path) -> Path:
    """A file of a store, brought into a folder."""
    store, path = opened(url)
    with store.open(path) as source, into.open("xb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return into


def removed(path: Path) -> None:
    """Remove what an engine stored: a file, or a folder that Spark left."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
