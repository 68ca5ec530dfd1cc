# SPDX-License-Identifier: Apache-2.0
"""Durable writes: a name appears only when its content is on the disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def write_all(handle: int, content: bytes | bytearray) -> None:
    """Write every byte; os.write may take fewer."""
    with memoryview(content) as view:
        at = 0
        while at < len(view):
            at += os.write(handle, view[at:])


def write_new(path: Path, content: bytes) -> None:
    """Write and fsync a file that must not exist."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def place_whole(path: Path, content: bytes, by_way_of: Path) -> None:
    """Let a file appear whole or not at all; a leftover of an earlier try at `by_way_of` is replaced."""
    by_way_of.unlink(missing_ok=True)
    write_new(by_way_of, content)
    by_way_of.rename(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(root: Path, paths: Iterable[str]) -> set[Path]:
    """Create the folders that the paths below `root` need; returns every folder on the way."""
    near = {path.rpartition("/")[0] for path in paths}
    needed = {each for path in near for each in ((root / path), *(root / path).parents)}
    needed = {folder for folder in needed if folder.is_relative_to(root)}
    for folder in sorted(needed):
        if folder != root:
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    return needed


def remove_tree(folder: Path) -> None:
    """Remove a folder of plain files, one level deep; what a link leads to is not touched.

    Raises:
        OSError: it is a link, or holds a folder.
    """
    if folder.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, "a link", str(folder))
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
