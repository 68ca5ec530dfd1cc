# SPDX-License-Identifier: Apache-2.0
"""When trackers are asked how many are in a swarm (BEP 48, and `scrape` of BEP 15).

Theory of operation: a count is asked for only of a tracker that took our announce in, and once for each
swarm, however many peers of ours it knows there. Many trackers do not count for others: one that does
not answer is left alone but for a probe now and then, and that is not held against its announces.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine, Iterator
from typing import Protocol

from swarmwitness.swarm.announce import HttpTracker, Tracker, UdpTracker
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Instant
from swarmwitness.vantage.sources import SECOND, Now, Standing, Work, host_of

FIRST_S = 5.0
"""Announces have their turn first."""
LOOK_AGAIN_S = 60.0
"""Where the tracker has not taken us in, or is in doubt."""


class Counting(Protocol):
    """A swarm, as whoever asks for its counts needs it."""

    @property
    def trackers(self) -> list[Tracker]: ...
    def count(self, tracker: Tracker) -> Coroutine[None, None, bool]:
        """Scrape once; whether the tracker answered."""


class ScrapeRounds:
    """All trackers of all swarms that can be scraped.

    Args:
        most: Scrapes under way at once.
        every_s: Between two about one swarm at one tracker; 0 = nobody is asked.
        now: The clock.
        sound: Whether a tracker answers announces, by its scheme, host and port.
    """

    def __init__(
        self, conduct: Conduct, most: int, every_s: float, now: Now, sound: Callable[[str], bool]
    ) -> None:
        self._conduct = conduct
        self._most = most
        self._every_ns = int(every_s * SECOND)
        self._now = now
        self._sound = sound
        self._heap: list[tuple[int, int, Counting, Tracker]] = []
        self._hosts: dict[str, Standing] = {}
        self._sequence = 0
        self.under_way = 0

    def add(self, swarm: Counting, at: Instant) -> None:
        """The trackers of a swarm, each once; of two peers of ours at one tracker the first asks."""
        asked: dict[str, Tracker] = {}
        for tracker in swarm.trackers:
            asked.setdefault(tracker.url, tracker)
        for tracker in asked.values():
            if self._every_ns and counts(tracker):
                self._push(swarm, tracker, at.monotonic_ns + self._pause_ns(FIRST_S))

    def due(self, at: Instant) -> Iterator[Work]:
        """Scrapes to begin."""
        while self._heap and self._heap[0][0] <= at.monotonic_ns and self.under_way < self._most:
            _, _, swarm, tracker = heapq.heappop(self._heap)
            host = host_of(tracker.url)
            if not tracker.started or not self._sound(host) or not self._of(host).open(at):
                self._push(swarm, tracker, at.monotonic_ns + self._pause_ns(LOOK_AGAIN_S))
            elif not self._conduct.may_ask(host, at):
                self._push(swarm, tracker, at.monotonic_ns + SECOND)
            else:
                self.under_way += 1
                yield self._ask(swarm, tracker)

    async def _ask(self, swarm: Counting, tracker: Tracker) -> None:
        answered, asked_ns = False, self._now().monotonic_ns
        try:
            answered = await swarm.count(tracker)
        finally:
            self.under_way -= 1
            self._of(host_of(tracker.url)).ended(answered=answered, at=self._now())
            self._push(swarm, tracker, asked_ns + self._every_ns)

    def _pause_ns(self, seconds: float) -> int:
        return min(int(seconds * SECOND), self._every_ns)

    def _of(self, host: str) -> Standing:
        return self._hosts.setdefault(host, Standing())

    def _push(self, swarm: Counting, tracker: Tracker, due_ns: int) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (due_ns, self._sequence, swarm, tracker))


def counts(tracker: Tracker) -> bool:
    """Whether there is a way to scrape it: over HTTP its URL must follow the convention of BEP 48."""
    try:
        return isinstance(tracker, UdpTracker) or (
            isinstance(tracker, HttpTracker) and tracker.scrape_url is not None
        )
    except ValueError:
        return False
