# SPDX-License-Identifier: Apache-2.0
"""What was asked of whom: an answer counts only if it comes from where the question went, once, in time.

The same memory serves the node and the replay of what it recorded, with the instants of the record, so
that both believe the same answers.
"""

from __future__ import annotations

from collections import OrderedDict

from swarmwitness.terms import Endpoint, Instant
from swarmwitness.terms.endpoint import fold
from swarmwitness.wire.krpc import ErrorReply, Query, Response

FORGET_NS = 30_000_000_000
"""An answer that comes later answers nothing."""
MOST = 100_000
"""Questions kept; beyond it the oldest is forgotten."""

_Key = tuple[bytes, bytes, int]


class Asked:
    """Open questions, oldest first, by transaction and endpoint."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._open: OrderedDict[_Key, tuple[int, Query]] = OrderedDict()
        self._at: dict[tuple[bytes, int], int] = {}

    def __len__(self) -> int:
        return len(self._open)

    def note(self, query: Query, remote: Endpoint, at: Instant) -> None:
        """This was asked."""
        self._forget(at)
        key = _key(query.transaction, remote)
        if key not in self._open:
            self._at[key[1:]] = self._at.get(key[1:], 0) + 1
        self._open[key] = (at.monotonic_ns, query)
        self._open.move_to_end(key)

    def answered(self, reply: Response | ErrorReply, remote: Endpoint, at: Instant) -> Query | None:
        """The question that this answers, which is then closed; None if there is none."""
        self._forget(at)
        found = self._open.pop(_key(reply.transaction, remote), None)
        if found is None:
            return None
        self._left(_key(reply.transaction, remote))
        return found[1]

    def awaits(self, remote: Endpoint) -> bool:
        """Whether anything that was asked there is open."""
        return (fold(remote.ip).packed, remote.port) in self._at

    def clear(self) -> None:
        """The asker is gone: whatever comes answers nothing."""
        self._open.clear()
        self._at.clear()

    def _forget(self, at: Instant) -> None:
        while self._open:
            key, (when, _) = next(iter(self._open.items()))
            if len(self._open) < self._most and at.monotonic_ns - when <= FORGET_NS:
                return
            del self._open[key]
            self._left(key)

    def _left(self, key: _Key) -> None:
        left = self._at[key[1:]] - 1
        if left:
            self._at[key[1:]] = left
        else:
            del self._at[key[1:]]


def _key(transaction: bytes, remote: Endpoint) -> _Key:
    return transaction, fold(remote.ip).packed, remote.port
