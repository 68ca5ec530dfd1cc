# SPDX-License-Identifier: Apache-2.0
"""When to ask whom who is in a swarm: trackers at their intervals, the DHT at ours.

Theory of operation: what is to be asked waits in a heap, so that a look costs as much as is due. A
tracker that fails for one swarm fails for a thousand: after `DOUBTFUL` failures in a row its others wait
for a probe now and then, so that dead trackers do not hold the places of living ones.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from swarmwitness.swarm.announce import Tracker
from swarmwitness.swarm.announce.place import name_of
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage.dht import DhtNode

SECOND = 1_000_000_000
DOUBTFUL = 3
PROBE_S = 60.0
LOOK_AGAIN_S = 5.0
"""How often a tracker is looked at whether its interval is over."""
NO_NODES_PAUSE_S = 10.0

Work = Coroutine[None, None, None]
Now = Callable[[], Instant]


class Asking(Protocol):
    """A swarm, as its sources need it."""

    @property
    def torrent(self) -> Torrent: ...
    @property
    def private(self) -> bool: ...
    @property
    def trackers(self) -> list[Tracker]: ...
    async def ask(self, tracker: Tracker, event: str | None = None) -> bool:
        """Announce once; whether the tracker answered."""

    def listed(self, endpoints: Iterable[Endpoint], source: str, at: Instant) -> None:
        """A source names these."""


@dataclass(slots=True)
class Standing:
    """One tracker for all swarms: how it did lately."""

    failures: int = 0
    probe_ns: int = 0

    def open(self, at: Instant) -> bool:
        """Whether to ask it now; while in doubt a yes is for one question."""
        if self.failures < DOUBTFUL:
            return True
        if at.monotonic_ns < self.probe_ns:
            return False
        self.probe_ns = at.monotonic_ns + int(PROBE_S * SECOND)
        return True

    def ended(self, *, answered: bool, at: Instant) -> None:
        self.failures = 0 if answered else self.failures + 1
        self.probe_ns = at.monotonic_ns + int(PROBE_S * SECOND)


Swarm = TypeVar("Swarm")


class Rounds(ABC, Generic[Swarm]):
    """Questions to the trackers of all swarms, one tracker's within limits that all swarms share.

    Args:
        most: Questions under way at once.
        now: The clock.
        look_ns: How often a tracker that is not to be asked yet is looked at.
    """

    def __init__(self, conduct: Conduct, most: int, now: Now, look_ns: int) -> None:
        self._conduct = conduct
        self._most = most
        self._now = now
        self._look_ns = look_ns
        self._heap: list[tuple[int, int, Swarm, Tracker]] = []
        self._hosts: dict[str, Standing] = {}
        self._sequence = 0
        self.under_way = 0

    def due(self, at: Instant) -> Iterator[Work]:
        """Questions to begin."""
        while self._heap and self._heap[0][0] <= at.monotonic_ns and self.under_way < self._most:
            _, _, swarm, tracker = heapq.heappop(self._heap)
            host = host_of(tracker.url)
            if not self._ready(tracker, host, at) or not self._of(host).open(at):
                self._push(swarm, tracker, at.monotonic_ns + self._look_ns)
            elif not self._conduct.may_ask(host, at):
                self._push(swarm, tracker, at.monotonic_ns + SECOND)
            else:
                self.under_way += 1
                yield self._ask(swarm, tracker)

    @abstractmethod
    def _ready(self, tracker: Tracker, host: str, at: Instant) -> bool:
        """Whether this tracker is to be asked now."""

    @abstractmethod
    async def _ask(self, swarm: Swarm, tracker: Tracker) -> None:
        """Ask, and say when the next question is due."""

    def _over(self, tracker: Tracker, at: Instant, *, answered: bool) -> None:
        self.under_way -= 1
        self._of(host_of(tracker.url)).ended(answered=answered, at=at)

    def _of(self, host: str) -> Standing:
        return self._hosts.setdefault(host, Standing())

    def _push(self, swarm: Swarm, tracker: Tracker, due_ns: int) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (due_ns, self._sequence, swarm, tracker))


class TrackerRounds(Rounds[Asking]):
    """Announces to all trackers of all swarms.

    Args:
        most: Announces under way at once.
        now: The clock.
        look_s: How often a tracker is looked at.
    """

    def __init__(self, conduct: Conduct, most: int, now: Now, look_s: float = LOOK_AGAIN_S) -> None:
        super().__init__(conduct, most, now, int(look_s * SECOND))

    def add(self, swarm: Asking, at: Instant) -> None:
        """All trackers of a swarm, to be asked now."""
        for tracker in swarm.trackers:
            self._push(swarm, tracker, at.monotonic_ns)

    def sound(self, host: str) -> bool:
        """Whether a tracker answered lately, or was not asked often enough to tell."""
        return self._of(host).failures < DOUBTFUL

    def _ready(self, tracker: Tracker, host: str, at: Instant) -> bool:
        return tracker.due(at)

    async def _ask(self, swarm: Asking, tracker: Tracker) -> None:
        answered = False
        try:
            answered = await swarm.ask(tracker)
        finally:
            at = self._now()
            self._over(tracker, at, answered=answered)
            self._push(swarm, tracker, at.monotonic_ns + self._look_ns)


class LookupRounds:
    """Swarms that one DHT node is asked for, in turn.

    Args:
        most: Look-ups under way at once.
        every_s: Between two about one swarm.
        outcomes: Counts how they ended.
    """

    def __init__(self, node: DhtNode, most: int, every_s: float, now: Now, outcomes: Counter[str]) -> None:
        self._node = node
        self._most = most
        self._every_ns = int(every_s * SECOND)
        self._now = now
        self._outcomes = outcomes
        self._heap: list[tuple[int, int, Asking, bool]] = []
        self._sequence = 0
        self.under_way = 0

    def add(self, swarm: Asking, at: Instant, *, announce: bool) -> None:
        """To be asked for now.

        Args:
            announce: Whether nodes are told that we listen.
        """
        self._push(swarm, at.monotonic_ns, announce=announce)

    def due(self, at: Instant) -> Iterator[Work]:
        """Look-ups to begin; a torrent that turned out private is asked for no more (BEP 27)."""
        while self._heap and self._heap[0][0] <= at.monotonic_ns and self.under_way < self._most:
            _, _, swarm, announce = heapq.heappop(self._heap)
            if not swarm.private:
                self.under_way += 1
                yield self._look_up(swarm, announce=announce)

    async def _look_up(self, swarm: Asking, *, announce: bool) -> None:
        pause_ns = self._every_ns
        try:
            answer = await self._node.get_peers(swarm.torrent, announce=announce)
            self._outcomes[answer.outcome] += 1
            if answer.outcome == "no_nodes":
                pause_ns = min(pause_ns, int(NO_NODES_PAUSE_S * SECOND))
            swarm.listed((peer.endpoint for peer in answer.listed), "dht", self._now())
        finally:
            self.under_way -= 1
            self._push(swarm, self._now().monotonic_ns + pause_ns, announce=announce)

    def _push(self, swarm: Asking, due_ns: int, *, announce: bool) -> None:
        self._sequence += 1
        heapq.heappush(self._heap, (due_ns, self._sequence, swarm, announce))


def host_of(url: str) -> str:
    """Scheme, host and port of a tracker; the URL itself where it is none."""
    return name_of(url) or url
