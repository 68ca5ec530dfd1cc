# SPDX-License-Identifier: Apache-2.0
"""The one way in which a file that we were given is opened: only if it is a regular one, and never blocking.

A FIFO, a device or a socket can stand where a table is expected; opening one can wait for ever.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


class NotRegular(OSError):
    """A FIFO, a device, a socket or a folder, itself or behind links."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "is not a regular file")


def open_regular(path: Path) -> BufferedReader:
    """Open a file, or what links lead to, for reading.

    Raises:
        NotRegular: not a file of bytes; it was not opened.
        OSError: not there, a dangling link, a loop of links, not ours to read.
    """
    _check(os.stat(path))
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(os.fstat(handle))  # it may have become another one since
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def why_unread(error: OSError) -> str:
    """In a few words of our own, without the path."""
    if isinstance(error, NotRegular):
        return "is not a regular file"
    return f"cannot be read: {error.strerror or type(error).__name__}"


def _check(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegular
