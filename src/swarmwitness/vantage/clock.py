# SPDX-License-Identifier: Apache-2.0
"""Reading the machine's clocks, and what the kernel knows of their error."""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from swarmwitness.terms import Instant

STA_UNSYNC = 0x0040
STA_NANO = 0x2000
TIME_ERROR = 5
UNKNOWN = (0, -1)
REFRESH_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Discipline:
    """What adjtimex(2) said: return state, status bits, offset (µs; ns with STA_NANO), maxerror (µs)."""

    state: int
    status: int
    offset: int
    maxerror_us: int


class _Timex(ctypes.Structure):
    """struct timex of Linux."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time_sec", ctypes.c_long),
        ("time_usec", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_byte * 128),
    )


def read_discipline() -> Discipline | None:
    """Ask the kernel, changing nothing; None where it cannot be asked (not Linux, forbidden)."""
    if sys.platform != "linux":
        return None
    timex = _Timex()
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else Discipline(state, timex.status, timex.offset, timex.maxerror)


def error_of(discipline: Discipline | None) -> tuple[int, int]:
    """(offset_ns, bound_ns) as `Instant` means them; bound -1 unless the kernel calls itself synchronised.

    The kernel's offset is what it still has to add, so the clock is late by it: true = utc - offset_ns
    makes offset_ns its negative.
    """
    if discipline is None or discipline.state == TIME_ERROR or discipline.status & STA_UNSYNC:
        return UNKNOWN
    unit_ns = 1 if discipline.status & STA_NANO else 1000
    return -discipline.offset * unit_ns, discipline.maxerror_us * 1000


class Clock:
    """The clocks of this machine; the kernel is asked for their error every `REFRESH_NS`."""

    def __init__(self, discipline: Callable[[], Discipline | None] = read_discipline) -> None:
        self._discipline = discipline
        self._due_ns = 0
        self._error = UNKNOWN

    def read(self) -> Instant:
        """Now."""
        monotonic = time.monotonic_ns()
        if monotonic >= self._due_ns:
            self._error = error_of(self._discipline())
            self._due_ns = monotonic + REFRESH_NS
        return Instant(time.time_ns(), monotonic, *self._error)
