# SPDX-License-Identifier: Apache-2.0
"""Counting what was done in this second, for the limits that conduct.py sets."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from swarmwitness.terms import Endpoint, Instant

SECOND = 1_000_000_000


@dataclass(slots=True)
class PerSecond:
    """How often something was done since the second began, by whom or what it was done to.

    Memory is bounded by what one second can hold.
    """

    _second: int = -1
    _counts: dict[Hashable, int] = field(default_factory=dict)

    def used(self, key: Hashable, at: Instant) -> int:
        """How often in the second of `at` (monotonic)."""
        second = at.monotonic_ns // SECOND
        if second != self._second:
            self._second = second
            self._counts.clear()
        return self._counts.get(key, 0)

    def take(self, key: Hashable, limit: int, at: Instant) -> bool:
        """Whether once more is within `limit`; a yes is counted."""
        used = self.used(key, at)
        if used >= limit:
            return False
        self._counts[key] = used + 1
        return True


def network_of(endpoint: Endpoint) -> int:
    """The /24 or /48 as a number; the two families stay apart (a leading 1 bit marks IPv6)."""
    number = int(endpoint.ip)
    return number >> 8 if endpoint.ip.version == 4 else (1 << 48) | (number >> 80)
