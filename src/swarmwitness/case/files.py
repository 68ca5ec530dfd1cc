# SPDX-License-Identifier: Apache-2.0
"""Meeting the files of a case that somebody else prepared: pipes, devices, links, loops, depths.

A case is a folder that can be handed over. So links to folders are not followed, and whatever is
no regular file is named, never opened and waited for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.terms import InputError

MAX_DEPTH = 32


def read_regular(file: Path, most: int, field: str = "") -> bytes:
    """The bytes of a regular file of at most `most` bytes.

    Raises:
        InputError: anything else; the file (and the field that named it) is named.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise InputError("no such file", file=shown(file), field=field) from None
    except (OSError, ValueError) as error:
        raise InputError(f"can't be read: {_why(error)}", file=shown(file), field=field) from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise InputError("is not a regular file", file=shown(file), field=field)
    with os.fdopen(handle, "rb") as stream:
        try:
            raw = stream.read(most + 1)
        except OSError as error:
            raise InputError(f"can't be read: {_why(error)}", file=shown(file), field=field) from None
    if len(raw) > most:
        raise InputError(f"is longer than {most} bytes", file=shown(file), field=field)
    return raw


def files_below(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is no folder, regular or not, in the order of names.

    A link to a folder comes as itself and is not entered. A folder that is not there has nothing.

    Raises:
        InputError: a folder can't be read, or lies deeper than `MAX_DEPTH`: what can't be seen must
            not pass for nothing.
    """
    if not os.path.lexists(folder):
        return
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise InputError(f"lies more than {MAX_DEPTH} folders deep", file=shown(here))
        inside: list[tuple[Path, int]] = []
        for entry in _entries(here):
            if entry.is_dir(follow_symlinks=False):
                inside.append((Path(entry.path), depth + 1))
            else:
                yield Path(entry.path)
        waiting += reversed(inside)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        raise InputError(f"can't be read: {_why(error)}", file=shown(folder)) from None


def shown(path: Path | str) -> str:
    """A path as printable text: bytes that are no UTF-8 and control characters are spelled out."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _why(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
