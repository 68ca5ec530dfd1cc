# SPDX-License-Identifier: Apache-2.0
"""When a peer is challenged (challenge.py): a few ranges, a while apart, and the first one once more later.

One question is under way at a time. What the answer is worth is judged by the reader (leaves.py),
not here.
"""

from __future__ import annotations

from swarmwitness.swarm.challenge import pick, request_for
from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.facts import ChallengeFailed, ChallengeMet, ChallengeRefused, Fact
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant
from swarmwitness.wire.hashes import HashRequest

SECOND = 1_000_000_000
MAX_RANGES = 3
PAUSE_NS = 120 * SECOND
AGAIN_NS = 600 * SECOND
"""From the first question to its repetition: a peer that still answers still has it, after a restart too."""
PATIENCE_NS = 60 * SECOND
ANSWERS = (ChallengeMet, ChallengeRefused, ChallengeFailed)
_STRIDE = 0x9E3779B97F4A7C15
"""Odd, so that the choices of one conversation are spread over all pieces."""


class Examiner:
    """The questions to one peer on one connection."""

    def __init__(self, torrent: Torrent, choice: int) -> None:
        self._torrent = torrent
        self._choice = choice
        self._asked: list[HashRequest] = []
        self._waiting = False
        self._repeated = False
        self._first_ns = 0
        self._last_ns = 0

    def look(self, claims: Claims, at: Instant) -> list[HashRequest]:
        """The question that is due, if any."""
        now = at.monotonic_ns
        if self._waiting and now - self._last_ns <= PATIENCE_NS:
            return []
        if self._asked and not self._repeated and now - self._first_ns >= AGAIN_NS:
            self._repeated = True
            return self._ask(self._asked[0], now)
        if len(self._asked) >= MAX_RANGES or (self._asked and now - self._last_ns < PAUSE_NS):
            return []
        request = pick(self._torrent, claims, self._choice + len(self._asked) * _STRIDE)
        return [] if request is None or request in self._asked else self._ask(request, now)

    def before(self, piece: int, at: Instant) -> list[HashRequest]:
        """The leaves of a piece that is about to be asked for, so that each of its blocks verifies alone."""
        request = request_for(self._torrent, piece)
        return [] if request is None or request in self._asked else self._ask(request, at.monotonic_ns)

    def answered(self, fact: Fact) -> None:
        """The peer answered, or refused."""
        self._waiting = self._waiting and not isinstance(fact, ANSWERS)

    def _ask(self, request: HashRequest, now: int) -> list[HashRequest]:
        if not self._asked:
            self._first_ns = now
        if request not in self._asked:
            self._asked.append(request)
        self._last_ns = now
        self._waiting = True
        return [request]
