# SPDX-License-Identifier: Apache-2.0
"""Sets of exhibit numbers, as intervals: what an act is about, in memory and in text.

The text has one spelling: numbers and inclusive spans, ascending, with a gap between any two, as in
`0-4,9`; nothing is the empty text. So an act that names exhibits can be compared byte by byte.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from swarmwitness.terms import MalformedMessage

MAX_TEXT = 16 * 1024 * 1024
"""Characters of one text; a set that needs more is told in several acts."""

_NUMBER = "(0|[1-9][0-9]{0,17})"
_SPAN = re.compile(f"{_NUMBER}(?:-{_NUMBER})?", re.ASCII)

Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranges:
    """An immutable set of exhibit numbers.

    Attributes:
        intervals: Half-open (low, high), ascending, never touching one another.

    Raises:
        ValueError: intervals that are not so; `of` and `merged` take any.
    """

    intervals: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        before = -1
        for low, high in self.intervals:
            if not before < low < high:
                raise ValueError("intervals are ascending, apart from each other and not empty")
            before = high

    @classmethod
    def of(cls, indices: Iterable[int]) -> Ranges:
        """The set of these numbers, in any order."""
        return cls.merged((index, index + 1) for index in indices)

    @classmethod
    def merged(cls, intervals: Iterable[Interval]) -> Ranges:
        """The union of half-open intervals, in any order; empty ones count for nothing."""
        found: list[Interval] = []
        for low, high in sorted(intervals):
            if low >= high:
                continue
            if found and low <= found[-1][1]:
                found[-1] = (found[-1][0], max(high, found[-1][1]))
            else:
                found.append((low, high))
        return cls(tuple(found))

    @classmethod
    def from_text(cls, text: str) -> Ranges:
        """Read the one spelling of a set.

        Raises:
            MalformedMessage: any other spelling, or more than `MAX_TEXT` characters.
        """
        if len(text) > MAX_TEXT:
            raise MalformedMessage("the text of the ranges is too long", MAX_TEXT)
        if not text:
            return cls()
        found: list[Interval] = []
        for part in text.split(","):
            low, high = _span(part)
            if found and low <= found[-1][1]:
                raise MalformedMessage("ranges ascend and do not touch")
            found.append((low, high))
        return cls(tuple(found))

    def to_text(self) -> str:
        """The one spelling of this set."""
        parts = ((str(low) if high - low == 1 else f"{low}-{high - 1}") for low, high in self.intervals)
        return ",".join(parts)

    @property
    def first(self) -> int:
        """The lowest number. Raises ValueError where there is none."""
        return self._ends()[0]

    @property
    def last(self) -> int:
        """The highest number. Raises ValueError where there is none."""
        return self._ends()[1]

    def _ends(self) -> Interval:
        if not self.intervals:
            raise ValueError("an empty set has no first and no last")
        return self.intervals[0][0], self.intervals[-1][1] - 1

    def between(self, low: int, high: int) -> Ranges:
        """The numbers from `low` to below `high`."""
        place = max(0, bisect_right(self.intervals, (low,)) - 1)
        found: list[Interval] = []
        while place < len(self.intervals) and self.intervals[place][0] < high:
            begin, end = self.intervals[place]
            if max(begin, low) < min(end, high):
                found.append((max(begin, low), min(end, high)))
            place += 1
        return Ranges(tuple(found))

    def __contains__(self, index: object) -> bool:
        if not isinstance(index, int):
            return False
        place = bisect_right(self.intervals, (index + 1,)) - 1
        return place >= 0 and index < self.intervals[place][1]

    def __len__(self) -> int:
        return sum(high - low for low, high in self.intervals)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __iter__(self) -> Iterator[int]:
        for low, high in self.intervals:
            yield from range(low, high)

    def __or__(self, other: Ranges) -> Ranges:
        return Ranges.merged((*self.intervals, *other.intervals))

    def __and__(self, other: Ranges) -> Ranges:
        found, mine, theirs = [], 0, 0
        while mine < len(self.intervals) and theirs < len(other.intervals):
            (low, high), (begin, end) = self.intervals[mine], other.intervals[theirs]
            if max(low, begin) < min(high, end):
                found.append((max(low, begin), min(high, end)))
            if high < end:
                mine += 1
            else:
                theirs += 1
        return Ranges(tuple(found))

    def __sub__(self, other: Ranges) -> Ranges:
        found, place = [], 0
        for low, high in self.intervals:
            at = low
            while place < len(other.intervals) and other.intervals[place][1] <= low:
                place += 1
            within = place
            while within < len(other.intervals) and other.intervals[within][0] < high:
                begin, end = other.intervals[within]
                if at < begin:
                    found.append((at, begin))
                at = end
                within += 1
            place = max(place, within - 1)
            if at < high:
                found.append((at, high))
        return Ranges(tuple(found))


def first_named(sets: Sequence[Ranges]) -> list[Ranges]:
    """Of each set, what no set before it has.

    One sweep over all intervals, O(n log n) in their number, however the sets overlap.
    """
    starts = sorted((low, place, high) for place, found in enumerate(sets) for low, high in found.intervals)
    pieces: list[list[Interval]] = [[] for _ in sets]
    open_here: list[tuple[int, int]] = []
    at = taken = 0
    while taken < len(starts) or open_here:
        if not open_here:
            at = starts[taken][0]
        while taken < len(starts) and starts[taken][0] <= at:
            heappush(open_here, starts[taken][1:])
            taken += 1
        while open_here and open_here[0][1] <= at:
            heappop(open_here)
        if open_here:
            place, end = open_here[0]
            if taken < len(starts):
                end = min(end, starts[taken][0])
            pieces[place].append((at, end))
            at = end
    return [Ranges.merged(found) for found in pieces]


def _span(part: str) -> Interval:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise MalformedMessage("a range is a number or two with a hyphen")
    low = int(match[1])
    if match[2] is None:
        return low, low + 1
    if int(match[2]) <= low:
        raise MalformedMessage("a range ascends")
    return low, int(match[2]) + 1
