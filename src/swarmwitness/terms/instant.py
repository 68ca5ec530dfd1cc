# SPDX-License-Identifier: Apache-2.0
"""When: a point in UTC with what is known of the clock that read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_LIMIT_NS = 10_000_000
"""A clock that may be wrong by more taints what it dates (the best rule stated elsewhere is 40 ms)."""
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-]\d\d:\d\d))", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Instant:
    """A reading of a vantage's clocks.

    Attributes:
        utc_ns: Nanoseconds since 1970-01-01T00:00:00Z, as the system clock said.
        monotonic_ns: The steady clock of the same machine; only differences mean anything.
        offset_ns: Known error of the system clock (true = utc_ns - offset_ns); 0 if none is known.
        bound_ns: Bound on what remains of the error; -1 = unknown (the clock is unsynchronised).
    """

    utc_ns: int
    monotonic_ns: int = 0
    offset_ns: int = 0
    bound_ns: int = -1

    def to_text(self) -> str:
        """RFC 3339 with microseconds, as every table prints it."""
        return micros_to_text(self.utc_us)

    @property
    def utc_us(self) -> int:
        """Microseconds since the epoch, cut (not rounded): the precision of the tables."""
        return self.utc_ns // 1000

    @property
    def sound(self) -> bool:
        """Whether the clock was known to be within `CLOCK_LIMIT_NS`."""
        return self.bound_ns >= 0 and abs(self.offset_ns) + self.bound_ns <= CLOCK_LIMIT_NS

    @property
    def error_s(self) -> float | None:
        """|offset| + bound in seconds; None when the clock's error is unknown."""
        if self.bound_ns < 0:
            return None
        return (abs(self.offset_ns) + self.bound_ns) / 1e9


def micros_to_text(utc_us: int) -> str:
    """Microseconds since the epoch -> `2025-03-20T12:00:00.000000Z`."""
    moment = EPOCH + timedelta(microseconds=utc_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def micros_from_text(text: str) -> int:
    """RFC 3339 with a zone -> microseconds since the epoch; finer digits are cut.

    Raises:
        ValueError: no zone (a local time is no instant), or not a date that exists.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time with a zone: {text!r}")
    day, clock, fraction, zone = match.groups()
    moment = datetime.fromisoformat(f"{day}T{clock}{zone or '+00:00'}")
    whole = (moment - EPOCH) // timedelta(microseconds=1)
    return whole + int((fraction or "0").ljust(6, "0")[:6])
