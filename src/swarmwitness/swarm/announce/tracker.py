# SPDX-License-Identifier: Apache-2.0
"""What trackers of every kind share: what we tell them, whether they took us in, when to ask again."""

from __future__ import annotations

from functools import cached_property

from swarmwitness.swarm.announce.answer import Answer
from swarmwitness.swarm.announce.place import Place
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant
from swarmwitness.wire.tracker_answer import NEVER

DEFAULT_INTERVAL_S = 1800
MAX_INTERVAL_S = 86_400
FIRST_RETRY_S = 60
MAX_RETRY_S = 1800
UNKNOWN_SIZE_LEFT = 1 << 30
"""`left` while the size is unknown: a round number that says no more than that we are not complete.

0 would name us a seed, which we never are. There is no word for "unknown"; libtorrent says 16 KiB.
"""
SECOND = 1_000_000_000
_FOR_EVER_NS = 1 << 62


class Tracker:
    """Announcing one torrent to one tracker, again and again.

    We tell it the truth: nothing uploaded, everything left, and `port`, which is 0 while we do not listen.

    Args:
        peer_id: Our own, 20 bytes.
        numwant: How many peers to ask for.
        key: 32 bits that tell us from others behind our address; 0 = none.
    """

    def __init__(
        self,
        torrent: Torrent,
        url: str,
        *,
        peer_id: bytes,
        conduct: Conduct,
        port: int = 0,
        numwant: int = 200,
        key: int = 0,
    ) -> None:
        self.torrent = torrent
        self.url = url
        self.conduct = conduct
        self._peer_id = peer_id
        self._port = port
        self._numwant = numwant
        self._key = key
        self._tracker_id: bytes | None = None
        self._started = False
        self._failures = 0
        self._due_ns = 0

    @cached_property
    def place(self) -> Place:
        """Where it is.

        Raises:
            BadUrl: nowhere that a tracker can be.
        """
        return Place.of(self.url)

    @property
    def started(self) -> bool:
        """Whether the tracker took us in, so that it is owed a `stopped`."""
        return self._started

    def due(self, at: Instant) -> bool:
        """Whether it is time to ask (again)."""
        return at.monotonic_ns >= self._due_ns

    def took(self, answer: Answer, at: Instant, event: str | None = None) -> None:
        """An announce with this event came to this: set the time of the next."""
        if answer.outcome != "answered":
            self._started = self._started and answer.outcome != "denied"
            self._failed(answer, at)
            return
        self._started = event != "stopped"
        self._failures = 0
        self._tracker_id = answer.tracker_id or self._tracker_id
        interval_s = answer.interval or 0
        wish_s = max(interval_s if interval_s > 0 else DEFAULT_INTERVAL_S, answer.min_interval or 0)
        self._wait(min(wish_s, MAX_INTERVAL_S), at)

    def _failed(self, answer: Answer, at: Instant) -> None:
        """Ask again later, ever more rarely, and not before the tracker wishes it (BEP 31)."""
        if answer.retry_in == NEVER:
            self._due_ns = _FOR_EVER_NS
            return
        wish_s = min((answer.retry_in or 0) * 60, MAX_INTERVAL_S)
        self._wait(max(wish_s, min(FIRST_RETRY_S << min(self._failures, 10), MAX_RETRY_S)), at)
        self._failures += 1

    def _wait(self, seconds: float, at: Instant) -> None:
        wait_s = max(seconds, self.conduct.min_announce_interval_s)
        self._due_ns = at.monotonic_ns + int(wait_s * SECOND)

    def _event(self, event: str | None) -> str | None:
        return event or (None if self._started else "started")

    def _left(self) -> int:
        metainfo = self.torrent.metainfo
        return UNKNOWN_SIZE_LEFT if metainfo is None else max(metainfo.total_size, 1)


class UnspokenTracker(Tracker):
    """A tracker behind a transport that we do not speak (WebSocket): asked once, which fails, and no more."""

    def took(self, answer: Answer, at: Instant, event: str | None = None) -> None:
        """It stays as it is."""
        self._due_ns = _FOR_EVER_NS
