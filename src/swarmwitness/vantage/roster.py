# SPDX-License-Identifier: Apache-2.0
"""The endpoints of one swarm: whom to dial when, and how far each has climbed."""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, Instant, Rung
from swarmwitness.vantage.settings import WatchSettings

SECOND = 1_000_000_000
HOPELESS = frozenset({"self_connection", "wrong_info_hash", "flood", "framing", "fault"})
"""Outcomes after which an endpoint is not dialled again."""
SHY = frozenset({"eof", "reset"})
"""Outcomes that, before a handshake, suggest a client that hangs up on whoever speaks first."""


@dataclass(slots=True)
class Entry:
    """What is known of one endpoint in this swarm.

    Attributes:
        rested_ns: Since when it is neither queued nor dialled; None while it is, or is never to be.
    """

    attempts: int = 0
    rested_ns: int | None = None
    listen_first: bool = False
    top: Rung = Rung.LISTED


class Roster:
    """Bounded by `settings.max_endpoints`; each endpoint is in the queue at most once."""

    def __init__(self, settings: WatchSettings, conduct: Conduct) -> None:
        self._settings = settings
        self._conduct = conduct
        self._entries: dict[Endpoint, Entry] = {}
        self._queue: list[tuple[int, int, Endpoint]] = []
        self._sequence = 0
        self.undialled: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    def listed(self, endpoint: Endpoint, at: Instant) -> None:
        """A tracker named it: news, or after a long rest a reason to try once more."""
        known = self._entries.get(endpoint)
        if known is not None:
            self._wake(endpoint, known, at)
            return
        if len(self._entries) >= self._settings.max_endpoints:
            self.undialled["too_many"] += 1
            return
        self._entries[endpoint] = Entry()
        unfit = self._conduct.fit_to_dial(endpoint)
        if unfit is not None:
            self.undialled[unfit] += 1
            return
        self._push(endpoint, at.monotonic_ns)

    def next_due(self, at: Instant) -> tuple[Endpoint, Entry] | None:
        """Take the endpoint whose turn it is off the queue."""
        if not self._queue or self._queue[0][0] > at.monotonic_ns:
            return None
        endpoint = heapq.heappop(self._queue)[2]
        return endpoint, self._entries[endpoint]

    def postpone(self, endpoint: Endpoint, at: Instant) -> None:
        """Manners forbid it now: a second later."""
        self._push(endpoint, at.monotonic_ns + SECOND)

    def over(self, endpoint: Endpoint, outcome: str, top: Rung | None, at: Instant) -> None:
        """The attempt or connection ended: note how far it came, and plan the next one if any."""
        entry = self._entries[endpoint]
        entry.attempts += 1
        entry.top = max(entry.top, top or Rung.LISTED)
        if outcome in HOPELESS:
            return
        if entry.attempts > self._settings.max_redials:
            entry.rested_ns = at.monotonic_ns
            return
        if outcome in SHY and entry.top < Rung.HANDSHAKEN:
            entry.listen_first = not entry.listen_first
        pause_s = self._settings.redial_pause_s * 2 ** (entry.attempts - 1)
        self._push(endpoint, at.monotonic_ns + int(pause_s * SECOND))

    def _wake(self, endpoint: Endpoint, entry: Entry, at: Instant) -> None:
        pause_ns = self._settings.relist_pause_s * SECOND
        if entry.rested_ns is not None and at.monotonic_ns >= entry.rested_ns + pause_ns:
            entry.rested_ns = None
            self._push(endpoint, at.monotonic_ns)

    def tops(self) -> dict[Endpoint, Rung]:
        """How far each endpoint had come in the connections that are over."""
        return {endpoint: entry.top for endpoint, entry in self._entries.items()}

    def _push(self, endpoint: Endpoint, due_ns: int) -> None:
        self._sequence += 1
        heapq.heappush(self._queue, (due_ns, self._sequence, endpoint))
