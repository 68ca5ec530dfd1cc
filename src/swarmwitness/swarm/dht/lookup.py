# SPDX-License-Identifier: Apache-2.0
"""Looking up one target in one family: ask whoever is nearest, hear of nearer ones, until none is nearer.

Theory of operation (BEP 5): candidates are kept in the order of their distance. The nearest that were not
asked are asked, a few at a time; it is over when the K nearest that live have answered. Liars are met by
bounds, not by trust: one answer adds few candidates, one network holds few of them, all questions
together are limited, and a node whose id does not fit its address (BEP 42) is asked but is not
counted among the K.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from swarmwitness.swarm.pace import network_of
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.wire.krpc import NodeInfo, Response
from swarmwitness.wire.nodeid import IdFit, distance, fit_of


class _State(IntEnum):
    FRESH = 0
    ASKED = 1
    ANSWERED = 2
    SILENT = 3


@dataclass(frozen=True, slots=True)
class LookupLimits:
    """How hard to look.

    Attributes:
        alpha: Questions under way at once.
        k: So many of the nearest living nodes end it.
        stalled_ns: A question that waits this long no longer keeps another from being asked.
        timeout_ns: Then it counts as not answered.
        max_queries: Questions in all.
        max_candidates: Nodes remembered, the nearest.
        per_answer: Nodes taken from one answer, the nearest; BEP 5 has 8.
        per_network: Candidates of one network that is globally routable.
    """

    alpha: int = 5
    k: int = 8
    stalled_ns: int = 1_000_000_000
    timeout_ns: int = 4_000_000_000
    max_queries: int = 160
    max_candidates: int = 256
    per_answer: int = 16
    per_network: int = 4


@dataclass(slots=True, eq=False)
class Candidate:
    """A node that may be asked; in order of distance.

    Attributes:
        node_id: As it was named, or as it answered; None = known by its endpoint alone, as far as can be.
        fits: BEP 42, of what it answered.
    """

    distance: int
    endpoint: Endpoint
    node_id: bytes | None = None
    state: _State = _State.FRESH
    asked_ns: int = 0
    token: bytes | None = None
    fits: IdFit | None = None

    def __lt__(self, other: Candidate) -> bool:
        return self.distance < other.distance

    @property
    def counts(self) -> bool:
        """Whether it is one of those whose answers end a look-up."""
        return self.state is _State.ANSWERED and self.fits in (IdFit.YES, IdFit.EXEMPT)


FARTHEST = 1 << 160


class Lookup:
    """One traversal.

    Attributes:
        asked, answered: Nodes, as far as they were and did.
    """

    def __init__(self, target: bytes, limits: LookupLimits) -> None:
        self.target = target
        self._limits = limits
        self._order: list[Candidate] = []
        self._by_endpoint: dict[Endpoint, Candidate] = {}
        self._networks: Counter[int] = Counter()
        self._waiting: dict[Endpoint, Candidate] = {}
        self.asked = 0
        self.answered = 0

    def offer(self, endpoint: Endpoint, node_id: bytes | None) -> None:
        """A node that may be asked."""
        if endpoint in self._by_endpoint:
            return
        far = FARTHEST if node_id is None else distance(node_id, self.target)
        if len(self._order) >= self._limits.max_candidates and not self._make_room(far):
            return
        network = network_of(endpoint)
        if endpoint.ip.is_global and self._networks[network] >= self._limits.per_network:
            return
        candidate = Candidate(far, endpoint, node_id)
        self._networks[network] += 1
        self._by_endpoint[endpoint] = candidate
        insort(self._order, candidate)

    def due(self, at: Instant) -> Iterator[Candidate]:
        """Whom to ask now, nearest first; who is asked must be told by `was_asked` before the next."""
        room = min(self._limits.alpha - self._in_flight(at), self._limits.max_queries - self.asked)
        until = self.asked + room
        for candidate in self._leading() if room > 0 else ():
            if candidate.state is _State.FRESH:
                yield candidate
                if self.asked >= until:
                    return

    def was_asked(self, candidate: Candidate, at: Instant) -> None:
        """The question is on its way."""
        candidate.state, candidate.asked_ns = _State.ASKED, at.monotonic_ns
        self._waiting[candidate.endpoint] = candidate
        self.asked += 1

    def refuse(self, candidate: Candidate) -> None:
        """It may not be asked."""
        candidate.state = _State.SILENT

    def heard(self, endpoint: Endpoint, response: Response, named: Iterable[NodeInfo]) -> None:
        """An answer to a question of this look-up, and those of its nodes that belong to the family."""
        candidate = self._by_endpoint.get(endpoint)
        if candidate is None or candidate.state is _State.ANSWERED:
            return
        self._waiting.pop(endpoint, None)
        candidate.state, candidate.token = _State.ANSWERED, response.token
        self.answered += 1
        self._place(candidate, response.node_id)
        nearest = sorted(named, key=lambda node: distance(node.node_id, self.target))
        for node in nearest[: self._limits.per_answer]:
            self.offer(node.endpoint, node.node_id)

    def failed(self, endpoint: Endpoint) -> None:
        """It refused, or the question could not be sent."""
        candidate = self._waiting.pop(endpoint, None)
        if candidate is not None:
            candidate.state = _State.SILENT

    def expire(self, at: Instant) -> list[Endpoint]:
        """Those whose time is up."""
        since = at.monotonic_ns - self._limits.timeout_ns
        late = [endpoint for endpoint, each in self._waiting.items() if each.asked_ns <= since]
        for endpoint in late:
            self.failed(endpoint)
        return late

    @property
    def over(self) -> bool:
        """Whether the K nearest that live have answered, or nobody is left to ask."""
        exhausted = self.asked >= self._limits.max_queries
        for candidate in self._leading():
            if candidate.state is _State.ASKED or (candidate.state is _State.FRESH and not exhausted):
                return False
        return True

    def nearest_answered(self) -> list[Candidate]:
        """The K nearest that answered and fit: those to announce to."""
        return [each for each in self._order if each.counts][: self._limits.k]

    def _leading(self) -> Iterator[Candidate]:
        """Candidates in order, up to the K-th that answered and fits."""
        answered = 0
        for candidate in tuple(self._order):
            if candidate.counts:
                answered += 1
                if answered >= self._limits.k:
                    return
            if candidate.state is not _State.SILENT:
                yield candidate

    def _in_flight(self, at: Instant) -> int:
        since = at.monotonic_ns - self._limits.stalled_ns
        return sum(each.asked_ns > since for each in self._waiting.values())

    def _place(self, candidate: Candidate, node_id: bytes | None) -> None:
        """What it answers of its id counts, not what others said."""
        candidate.fits = None if node_id is None else fit_of(node_id, candidate.endpoint.ip)
        if node_id == candidate.node_id:
            return
        self._order.remove(candidate)
        candidate.node_id = node_id
        candidate.distance = FARTHEST if node_id is None else distance(node_id, self.target)
        insort(self._order, candidate)

    def _make_room(self, far: int) -> bool:
        """Drop the farthest that was never asked, if it is farther than this."""
        for candidate in reversed(self._order):
            if candidate.distance <= far:
                return False
            if candidate.state is _State.FRESH:
                self._order.remove(candidate)
                del self._by_endpoint[candidate.endpoint]
                self._networks[network_of(candidate.endpoint)] -= 1
                return True
        return False
