# SPDX-License-Identifier: Apache-2.0
"""Whom to dial next, over all swarms: by urgency, swarms in turn, networks each at their own pace.

Theory of operation: an errand waits until it is due, then stands in the queue of its urgency and
transport; inside one queue swarms take turns, so that a crowd in one swarm does not hold up another.
One errand in `FAIR` is taken from the least urgent end, so that nothing starves. An errand whose
network has had its connections of this second is parked, and comes back with the next seconds, as many
as the pace allows: a network full of dead addresses costs its own time and nobody else's. Each step
costs the same however many swarms and endpoints wait.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from swarmwitness.swarm.pace import network_of
from swarmwitness.terms import Endpoint, Instant

FAIR = 8
SECOND = 1_000_000_000
Owner = TypeVar("Owner", bound=Hashable)


class Urgency(IntEnum):
    """Who goes first."""

    LIVE = 0
    """It has answered before, or somebody says that he is connected to it."""
    FRESH = 1
    """Named, never tried."""
    AGAIN = 2
    """Something answered or refused; another way may do."""
    SILENT = 3
    """Nothing ever answered."""


@dataclass(frozen=True, slots=True)
class Errand(Generic[Owner]):
    """One endpoint of one swarm to be dialled.

    Attributes:
        ticket: The owner's number for it; an errand with an older one was replaced, and is void.
    """

    owner: Owner
    endpoint: Endpoint
    urgency: Urgency
    transport: str
    ticket: int = 0


class Agenda(Generic[Owner]):
    """All errands of a watch."""

    def __init__(self, pace_per_network: int) -> None:
        self._pace = pace_per_network
        self._later: list[tuple[int, int, Errand[Owner]]] = []
        self._ready: dict[tuple[Urgency, str], dict[Owner, deque[Errand[Owner]]]] = {}
        self._parked: dict[int, deque[Errand[Owner]]] = {}
        self._second = -1
        self._sequence = 0
        self._taken = 0
        self._waiting = 0

    def __len__(self) -> int:
        """Errands, due or not, void ones included."""
        return self._waiting

    def put(self, errand: Errand[Owner], due_ns: int) -> None:
        """One more errand."""
        self._waiting += 1
        self._sequence += 1
        heapq.heappush(self._later, (due_ns, self._sequence, errand))

    def wake(self, at: Instant) -> None:
        """What is due by now stands in its queue; a new second frees networks."""
        while self._later and self._later[0][0] <= at.monotonic_ns:
            self._enqueue(heapq.heappop(self._later)[2])
        second = at.monotonic_ns // SECOND
        if second != self._second:
            self._second = second
            self._unpark()

    def take(self, transports: Collection[str], crowded: Callable[[Endpoint], bool]) -> Errand[Owner] | None:
        """The next errand by one of these transports whose network is not crowded; None if there is none."""
        while (errand := self._next(transports)) is not None:
            if not crowded(errand.endpoint):
                self._waiting -= 1
                return errand
            self._park(errand)
        return None

    def waits(self, urgency: Urgency, transport: str) -> bool:
        """Whether such an errand is due."""
        return bool(self._ready.get((urgency, transport)))

    def _enqueue(self, errand: Errand[Owner]) -> None:
        queue = self._ready.setdefault((errand.urgency, errand.transport), {})
        queue.setdefault(errand.owner, deque()).append(errand)

    def _next(self, transports: Collection[str]) -> Errand[Owner] | None:
        self._taken += 1
        order = list(Urgency)
        if self._taken % FAIR == 0:
            order.reverse()
        for urgency in order:
            for transport in transports:
                queue = self._ready.get((urgency, transport))
                if queue:
                    return _turn(queue)
        return None

    def _park(self, errand: Errand[Owner]) -> None:
        parked = self._parked.setdefault(network_of(errand.endpoint), deque())
        if errand.urgency is Urgency.LIVE:
            parked.appendleft(errand)
        else:
            parked.append(errand)

    def _unpark(self) -> None:
        for network in list(self._parked):
            for errand in self._freed(network):
                self._enqueue(errand)

    def _freed(self, network: int) -> Iterator[Errand[Owner]]:
        parked = self._parked[network]
        for _ in range(min(self._pace, len(parked))):
            yield parked.popleft()
        if not parked:
            del self._parked[network]


def _turn(queue: dict[Owner, deque[Errand[Owner]]]) -> Errand[Owner]:
    """The first errand of the owner whose turn it is, who then goes to the end of the line."""
    owner = next(iter(queue))
    errands = queue.pop(owner)
    errand = errands.popleft()
    if errands:
        queue[owner] = errands
    return errand
