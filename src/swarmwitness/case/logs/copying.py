# SPDX-License-Identifier: Apache-2.0
"""Copying a sealed log, byte by byte, so that it is on the disk whole before it has a name."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from swarmwitness.case.files import files_below, shown
from swarmwitness.evidence.files import FILE_MODE, FOLDER_MODE, sync_folder
from swarmwitness.terms import InputError

_PORTION = 1 << 20


@contextmanager
def at_rest(log: Path) -> Iterator[None]:
    """Nobody writes to this log meanwhile: what is copied is one state of it.

    Raises:
        InputError: a writer is at work.
    """
    handle = os.open(log, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError("a writer is at work on this log; wait for it", file=shown(log)) from None
        except OSError:
            pass  # a file system without locks has no writer of ours
        yield
    finally:
        os.close(handle)


def copy_log(source: Path, into: Path) -> None:
    """Copy every file below `source` to `into`, which must not exist; modes 0600 and 0700, fsynced.

    Raises:
        InputError: a link, or anything else that is no regular file; too little space.
        OSError: the disk refuses.
    """
    files = list(files_below(source))
    _check_space(files, source, into.parent)
    into.mkdir(mode=FOLDER_MODE)
    folders = {into}
    for file in files:
        there = into / file.relative_to(source)
        for parent in reversed(there.relative_to(into).parents):
            folder = into / parent
            if folder not in folders:
                folder.mkdir(mode=FOLDER_MODE)
                folders.add(folder)
        _copy_file(file, there)
    for folder in folders:
        sync_folder(folder)


def _check_space(files: list[Path], source: Path, into: Path) -> None:
    needed = sum(file.lstat().st_size for file in files)
    if needed > shutil.disk_usage(into).free:
        raise InputError(f"has {needed:,} bytes, more than there is room for", file=shown(source))


def _copy_file(file: Path, there: Path) -> None:
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "a link; a sealed log has none" if file.is_symlink() else f"can't be read: {error.strerror}"
        raise InputError(why, file=shown(file)) from None
    with os.fdopen(handle, "rb") as source:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise InputError("is not a regular file; a sealed log has no other", file=shown(file))
        made = os.open(there, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        with os.fdopen(made, "wb") as target:
            shutil.copyfileobj(source, target, _PORTION)
            target.flush()
            os.fsync(made)
