# SPDX-License-Identifier: Apache-2.0
"""Days as names of files and fields of records write them."""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_./]?)(\d\d)\2(\d\d)(?!\d)")


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
