# SPDX-License-Identifier: Apache-2.0
"""Datagrams of a connection that does not stand yet: what they say counts from its `open` note on.

Over uTP the packets that make a connection stand are exhibits of it like any other, and lie before the
note. Most attempts never stand; then `fail` follows, and nothing is read. What a log holds of it is
bounded all the same: in a log from elsewhere neither note need ever come.
"""

from __future__ import annotations

from swarmwitness.observation.rows import Cited

MAX_CONNECTIONS = 8192
MAX_EACH = 64


class EarlyDatagrams:
    """What waits for an `open` note, by connection."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[Cited]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def hold(self, cited: Cited) -> bool:
        """Keep it until its connection stands; False = it belongs to none, or there are too many."""
        number = cited.exhibit.connection
        if not number:
            return False
        waiting = self._waiting.setdefault(number, [])
        if len(self._waiting) > MAX_CONNECTIONS:
            del self._waiting[next(iter(self._waiting))]
        if len(waiting) >= MAX_EACH:
            return False
        waiting.append(cited)
        return True

    def take(self, connection: int) -> list[Cited]:
        """What waited, in order; it waits no longer."""
        return self._waiting.pop(connection, [])

    def clear(self) -> None:
        """Whoever watched was stopped: none of it will ever stand."""
        self._waiting.clear()
