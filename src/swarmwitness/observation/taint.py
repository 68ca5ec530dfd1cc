# SPDX-License-Identifier: Apache-2.0
"""Which records have a time that cannot be relied on: a pure function of the log.

Theory of operation: each record has the clock's offset and bound as the kernel said when it was last asked
(vantage/clock.py: at most `READING_NS` before). A record is tainted when its own reading is bad, that
is, when the bound is unknown or offset and bound together exceed the limit. Between a good reading and
the next bad one nobody knows when the clock went wrong, so the records since the good reading are
tainted as well: those that carry it, as far back as it can have been taken. The same holds where the
clock was seen to jump: UTC moved against the monotonic clock by more than the limit, and more than
a clock that is being slewed may.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from swarmwitness.evidence import Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant
from swarmwitness.terms.instant import CLOCK_LIMIT_NS

READING_NS = 10_000_000_000
"""The kernel is asked for the clock's error at least so often while records are made."""
SLEW_PPM = 500
"""The fastest that the kernel's own discipline lets a clock run from the true rate (adjtimex(2))."""


@dataclass(slots=True)
class _Since:
    """Records that carry the good reading that holds now: (index, monotonic ns) of those young enough."""

    reading: tuple[int, int] | None
    young: deque[tuple[int, int]]


class Taint:
    """Finds the tainted records of one log, fed in the order of indices.

    Memory: the tainted intervals, and the indices of the records of the last `READING_NS`.
    """

    def __init__(self, limit_ns: int = CLOCK_LIMIT_NS) -> None:
        self._limit_ns = limit_ns
        self._before: Instant | None = None
        self._since = _Since(None, deque())
        self._intervals: list[tuple[int, int]] = []

    def feed(self, index: int, exhibit: Exhibit) -> None:
        """One more record."""
        at = exhibit.at
        if self._begins(exhibit, at):
            self._since = _Since(None, deque())
        elif self._jumped(at):
            self._taint_since_reading()
        if self._good(at):
            self._carry(index, at)
        else:
            self._taint_since_reading()
            self._add(index)
        self._before = at

    def ranges(self) -> Ranges:
        """The tainted records so far."""
        return Ranges.merged(self._intervals)

    def _good(self, at: Instant) -> bool:
        return at.bound_ns >= 0 and abs(at.offset_ns) + at.bound_ns <= self._limit_ns

    def _begins(self, exhibit: Exhibit, at: Instant) -> bool:
        """A run of the observer begins, perhaps on a machine that was started anew: the clocks begin, too."""
        before = self._before
        if before is None or at.monotonic_ns < before.monotonic_ns:
            return True
        return exhibit.kind == "act" and b'"act":"observe-start"' in exhibit.payload

    def _jumped(self, at: Instant) -> bool:
        before = self._before
        if before is None:
            return False
        elapsed_ns = at.monotonic_ns - before.monotonic_ns
        moved_ns = at.utc_ns - before.utc_ns - elapsed_ns
        return abs(moved_ns) > self._limit_ns + elapsed_ns * SLEW_PPM // 1_000_000

    def _carry(self, index: int, at: Instant) -> None:
        since, reading = self._since, (at.offset_ns, at.bound_ns)
        if reading != since.reading:
            since.reading = reading
            since.young.clear()
        since.young.append((index, at.monotonic_ns))
        while since.young[0][1] <= at.monotonic_ns - READING_NS:
            since.young.popleft()

    def _taint_since_reading(self) -> None:
        for index, _ in self._since.young:
            self._add(index)
        self._since = _Since(None, deque())

    def _add(self, index: int) -> None:
        if self._intervals and self._intervals[-1][1] == index:
            self._intervals[-1] = (self._intervals[-1][0], index + 1)
        else:
            self._intervals.append((index, index + 1))


def tainted(exhibits: Iterable[tuple[int, Exhibit]], limit_ns: int = CLOCK_LIMIT_NS) -> Ranges:
    """The tainted records of a log.

    Args:
        exhibits: (index, exhibit), ascending.
        limit_ns: What offset and bound may come to together.
    """
    taint = Taint(limit_ns)
    for index, exhibit in exhibits:
        taint.feed(index, exhibit)
    return taint.ranges()
