# SPDX-License-Identifier: Apache-2.0
"""How a file's own words are told to people: bounded, in quotes that always close, with no escape sequence.

The guarantee. A reason or a warning is our own words, and a file's word stands in it only as `told`
writes it: between two `'`, with neither `'` nor an end of line nor anything else unprintable inside,
at most VALUE_CHARACTERS of it (`…` before the closing quote says that more followed). So whoever
takes every `'[^']*'` out of a message has taken everything out that a file said, addresses included.
Names of files stand outside of quotes, as `told_name` writes them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

VALUE_CHARACTERS = 80
"""Of the value as it stood; an unprintable one is told as up to ten."""
WARNINGS_SHOWN = 20


def told(value: str, most: int = VALUE_CHARACTERS) -> str:
    r"""A value as a Python literal in single quotes; a `'` inside is `\x27`."""
    # With a " inside, repr chooses ' for the outside; behind the cut-off " stands the value alone.
    inside = repr('"' + value[:most])[2:-1].replace("\\'", "\\x27")
    return f"'{inside}{'…' * (len(value) > most)}'"


def told_name(path: Path, root: Path) -> str:
    r"""A file's name relative to `root`, printable: bytes that are not UTF-8 as \xNN, a backslash doubled."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    raw = os.fsencode(name).replace(b"\\", b"\\\\")
    return "".join(
        each if each.isprintable() else repr(each)[1:-1] for each in raw.decode("utf-8", "backslashreplace")
    )


class Unfit(ValueError):
    """A value that a cell cannot hold: why, and the value, which is told as `told` tells it."""

    def __init__(self, why: str, value: str) -> None:
        super().__init__(f"{why}: {told(value)}")


def shortened(warnings: Sequence[str]) -> tuple[str, ...]:
    """The first of many alike, and how many more there are."""
    more = len(warnings) - WARNINGS_SHOWN
    shown = tuple(warnings[:WARNINGS_SHOWN])
    return (*shown, f"{more} more warnings like the last one") if more > 0 else shown
