# SPDX-License-Identifier: Apache-2.0
"""Opening the files of a log that somebody else may have prepared."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.layout import SEGMENTS, segment_first, segment_path


def open_file(directory: Path, path: str) -> BinaryIO:
    """Open a regular file for reading. A link is not followed, a pipe does not hang.

    Raises:
        VerificationError: MISSING_FILE, NOT_A_FILE or UNREADABLE.
    """
    try:
        handle = os.open(directory / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise VerificationError(Reason.MISSING_FILE, None, path) from None
    except OSError as error:
        linked = (directory / path).is_symlink()
        reason = Reason.NOT_A_FILE if linked else Reason.UNREADABLE
        raise VerificationError(reason, None, path, str(error.strerror)) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise VerificationError(Reason.NOT_A_FILE, None, path)
    return os.fdopen(handle, "rb")


def list_segments(directory: Path) -> list[str]:
    """Paths of the segments, in the order of their exhibits.

    Raises:
        VerificationError: the first one is missing.
    """
    folder = directory / SEGMENTS
    names = [f"{SEGMENTS}/{name}" for name in os.listdir(folder)] if folder.is_dir() else []
    found = sorted(name for name in names if segment_first(name) is not None)
    if not found or segment_first(found[0]) != 0:
        raise VerificationError(Reason.MISSING_FILE, None, segment_path(0))
    return found


def read_file(directory: Path, path: str, most: int) -> bytes:
    """A small file whole.

    Raises:
        VerificationError: it is missing, unreadable or longer than `most` bytes.
    """
    with open_file(directory, path) as stream:
        try:
            raw = stream.read(most + 1)
        except OSError as error:
            raise VerificationError(Reason.UNREADABLE, None, path, str(error.strerror)) from None
    if len(raw) > most:
        raise VerificationError(Reason.UNREADABLE, None, path, f"longer than {most} bytes")
    return raw
