# SPDX-License-Identifier: Apache-2.0
"""Lines of a text file with their numbers and places; bounded, whatever the bytes. Days in names of files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

MAX_LINE = 1 << 14
"""Bytes. A longer one is told as cut, in its first bytes, and the rest of it is skipped."""
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_./]?)(\d\d)\2(\d\d)(?!\d)")


class Line(NamedTuple):
    """One line.

    Attributes:
        number: From 1.
        at: Byte offset of its beginning.
        text: Without its end; bytes that are not UTF-8 as backslash escapes.
        whole: Whether `text` is all of it.
    """

    number: int
    at: int
    text: str
    whole: bool


def lines(path: Path) -> Iterator[Line]:
    """Every line of a file; a byte order mark is dropped."""
    with path.open("rb") as file:
        number, at = 0, 0
        while raw := file.readline(MAX_LINE):
            number, size, whole = number + 1, len(raw), raw.endswith(b"\n") or len(raw) < MAX_LINE
            while not whole and (rest := file.readline(MAX_LINE)):
                size += len(rest)
                if rest.endswith(b"\n"):
                    break
            text = raw.removeprefix(b"\xef\xbb\xbf" if number == 1 else b"").rstrip(b"\r\n")
            yield Line(number, at, text.decode("utf-8", "backslashreplace"), whole)
            at += size


def first_lines(head: bytes, most: int = 20) -> list[str]:
    """The first whole lines of a file's head, for those who guess its format."""
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return [line.strip() for line in text.splitlines()[:most] if line.strip()]


def day_in_name(name: str) -> dt.date | None:
    """The one day that a file's name states (20250402, 2025-04-02); None = none, or several."""
    days = {day for year, _, month, date in _DAY.findall(name) if (day := _day(year, month, date))}
    return days.pop() if len(days) == 1 else None


def day_of_digits(digits: str) -> dt.date | None:
    """`20250402` -> its day; None = not one."""
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    return _day(digits[:4], digits[4:6], digits[6:])


def _day(year: str, month: str, date: str) -> dt.date | None:
    try:
        return dt.date(int(year), int(month), int(date))
    except ValueError:
        return None
