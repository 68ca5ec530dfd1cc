# SPDX-License-Identifier: Apache-2.0
"""Fetching one whole piece of one registered work from one peer, and nothing more.

The piece is asked of this peer alone, so that a piece that verifies was given by it alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.conduct import MAX_REQUEST_BYTES
from swarmwitness.swarm.facts import BlockSeen, RejectSeen
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant
from swarmwitness.wire import peerwire

PIPELINE = 16
"""Requests under way at once: 256 KiB, enough for a home line's round trip."""
AHEAD_BYTES = PIPELINE * MAX_REQUEST_BYTES
"""Nothing further behind a block that is missing is asked for: who holds it back fills no memory."""
MAX_REFUSALS = 64
"""Then the peer is not asked again."""

Block = tuple[int, int]
"""(begin, length)"""


class Errand:
    """The state of the one piece."""

    def __init__(self, torrent: Torrent, choice: int) -> None:
        self._torrent = torrent
        self._choice = choice
        self._choked = True
        self._allowed: set[int] = set()
        self._interested = False
        self._over = False
        self._refusals = 0
        self._piece: int | None = None
        self._missing: list[Block] = []
        self._under_way: dict[Block, None] = {}
        self._moved: Instant | None = None

    def choke(self, choked: bool, *, fast: bool) -> None:
        """The peer stops or starts serving; without the fast extension a choke drops what was asked."""
        self._choked = choked
        if choked and not fast:
            self._missing += self._under_way
            self._under_way.clear()

    def allow(self, piece: int) -> None:
        """The peer serves this piece even while it chokes us (BEP 6); a bounded set is kept."""
        if len(self._allowed) < 64:
            self._allowed.add(piece)

    def arrived(self, block: BlockSeen, at: Instant) -> list[peerwire.Message]:
        """One more block is here: ask for the next ones; after the last one nothing is wanted any more."""
        asked = self._under_way.pop((block.begin, block.length), 0) is None
        self._moved = at
        if asked and not self._missing and not self._under_way:
            return self.finished()
        return self._pump(PIPELINE, at)

    def rejected(self, reject: RejectSeen) -> None:
        """The peer refused one block: it may be asked for again, a bounded number of times."""
        block = (reject.begin, reject.length)
        if reject.piece != self._piece or block not in self._under_way:
            return
        del self._under_way[block]
        self._missing.append(block)
        self._allowed.discard(reject.piece)
        self._refusals += 1
        self._over = self._over or self._refusals >= MAX_REFUSALS

    def pursue(self, claims: Claims, reqq: int | None, at: Instant) -> list[peerwire.Message]:
        """What to say now towards the piece: interest, requests, or nothing."""
        if self._over:
            return []
        words: list[peerwire.Message] = []
        if not self._interested and next(self._wanted(claims), None) is not None:
            self._interested = True
            words.append(peerwire.Interested())
        if self._piece is None and self._interested:
            self._choose(claims)
        return words + self._pump(min(PIPELINE, max(1, reqq or PIPELINE)), at)

    def finished(self) -> list[peerwire.Message]:
        """The piece is whole, true or false: want no more."""
        self._over = True
        self._missing.clear()
        self._under_way.clear()
        interested, self._interested = self._interested, False
        return [peerwire.NotInterested()] if interested else []

    def stalled(self, at: Instant, block_ns: int) -> bool:
        """Whether a request has waited longer than `block_ns` for any block."""
        return bool(self._under_way) and _since(self._moved, at) > block_ns

    def give_up(self) -> list[peerwire.Message]:
        """Take the requests back; the connection is held on."""
        piece = self._piece
        words: list[peerwire.Message] = []
        if piece is not None:
            words += [peerwire.Cancel(piece, begin, length) for begin, length in self._under_way]
        return words + self.finished()

    def _pump(self, depth: int, at: Instant) -> list[peerwire.Message]:
        if self._piece is None or (self._choked and self._piece not in self._allowed):
            return []
        words: list[peerwire.Message] = []
        while len(self._under_way) < depth and (block := self._next()) is not None:
            self._missing.remove(block)
            if not self._under_way:
                self._moved = at
            self._under_way[block] = None
            words.append(peerwire.Request(self._piece, *block))
        return words

    def _next(self) -> Block | None:
        """The block to ask for: in order, those that were refused last, unless the gap grows too wide."""
        if not self._missing:
            return None
        gap = min((*self._missing, *self._under_way))[0]
        block = self._missing[0]
        if block[0] - gap >= AHEAD_BYTES:
            block = min(self._missing)
        return block if block[0] - gap < AHEAD_BYTES else None

    def _choose(self, claims: Claims) -> None:
        """Any wanted piece once unchoked, an allowed one before; `choice` picks, so that peers differ."""
        wanted = sorted(self._wanted(claims))
        if self._choked:
            wanted = [piece for piece in wanted if piece in self._allowed]
        if not wanted or self._torrent.metainfo is None:
            return
        self._piece = wanted[self._choice % len(wanted)]
        size = self._torrent.metainfo.piece_size(self._piece)
        starts = range(0, size, MAX_REQUEST_BYTES)
        self._missing = [(start, min(MAX_REQUEST_BYTES, size - start)) for start in starts]

    def _wanted(self, claims: Claims) -> Iterator[int]:
        """Pieces that the peer claims and that may be asked for."""
        return (piece for piece in self._torrent.askable if piece in claims)


def _since(start: Instant | None, now: Instant) -> int:
    return 0 if start is None else now.monotonic_ns - start.monotonic_ns
