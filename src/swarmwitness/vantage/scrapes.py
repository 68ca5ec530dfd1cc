# SPDX-License-Identifier: Apache-2.0
"""When trackers are asked how many are in a swarm (BEP 48, and `scrape` of BEP 15).

Theory of operation: a count is asked for only of a tracker that took our announce in, and once for each
swarm, however many peers of ours it knows there. Many trackers do not count for others: one that does
not answer is left alone but for a probe now and then, and that is not held against its announces.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Protocol

from swarmwitness.swarm.announce import HttpTracker, Tracker, UdpTracker
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Instant
from swarmwitness.vantage.sources import SECOND, Now, Rounds

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


class ScrapeRounds(Rounds[Counting]):
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
        self._every_ns = int(every_s * SECOND)
        super().__init__(conduct, most, now, self._pause_ns(LOOK_AGAIN_S))
        self._sound = sound

    def add(self, swarm: Counting, at: Instant) -> None:
        """The trackers of a swarm, each once; of two peers of ours at one tracker the first asks."""
        asked: dict[str, Tracker] = {}
        for tracker in swarm.trackers:
            asked.setdefault(tracker.url, tracker)
        for tracker in asked.values():
            if self._every_ns and counts(tracker):
                self._push(swarm, tracker, at.monotonic_ns + self._pause_ns(FIRST_S))

    def _ready(self, tracker: Tracker, host: str, at: Instant) -> bool:
        return tracker.started and self._sound(host)

    async def _ask(self, swarm: Counting, tracker: Tracker) -> None:
        answered, asked_ns = False, self._now().monotonic_ns
        try:
            answered = await swarm.count(tracker)
        finally:
            self._over(tracker, self._now(), answered=answered)
            self._push(swarm, tracker, asked_ns + self._every_ns)

    def _pause_ns(self, seconds: float) -> int:
        return min(int(seconds * SECOND), self._every_ns)


def counts(tracker: Tracker) -> bool:
    """Whether there is a way to scrape it: over HTTP its URL must follow the convention of BEP 48."""
    try:
        return isinstance(tracker, UdpTracker) or (
            isinstance(tracker, HttpTracker) and tracker.scrape_url is not None
        )
    except ValueError:
        return False
