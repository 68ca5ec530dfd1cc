# SPDX-License-Identifier: Apache-2.0
"""Whole pieces from the blocks of one peer alone, verified.

Theory of operation: what was asked of the peer is remembered; a block is taken only if it answers
such a request exactly. The blocks of a piece are hashed as they come in order, and let go (partial.py).
So memory is bounded by what was asked out of order, never by what the peer sends.
"""

from __future__ import annotations

from swarmwitness.swarm.facts import AnomalySeen, BlockSeen, Fact, PieceFailed, PieceVerified
from swarmwitness.swarm.partial import Partial
from swarmwitness.terms import Anomaly
from swarmwitness.wire.metainfo import Metainfo

MAX_ASKED = 4096
MAX_BUFFERED_BYTES = 64 << 20
"""Of pieces under way in one conversation; the oldest gives way (reached in captures only)."""

Request = tuple[int, int, int]
"""(piece, begin, length)"""


class Assembly:
    """The blocks of one conversation on their way to pieces."""

    def __init__(self, metainfo: Metainfo) -> None:
        self._metainfo = metainfo
        self._asked: dict[Request, int] = {}
        self._blocks: dict[int, Partial] = {}
        self._buffered = 0
        self.verified: set[int] = set()

    @property
    def outstanding(self) -> int:
        """Requests that no block has answered yet."""
        return len(self._asked)

    def asked(self, piece: int, begin: int, length: int) -> None:
        """The observer's request went out."""
        request = (piece, begin, length)
        if len(self._asked) >= MAX_ASKED and request not in self._asked:
            del self._asked[next(iter(self._asked))]
        self._asked[request] = self._asked.get(request, 0) + 1

    def arrived(self, piece: int, begin: int, data: bytes) -> list[Fact]:
        """A block came in; data not asked for is an anomaly and is not kept."""
        request = (piece, begin, len(data))
        times = self._asked.pop(request, 0)
        if not times:
            return [AnomalySeen(self._oddity(piece, begin, len(data)))]
        if times > 1:
            self._asked[request] = times - 1
        facts: list[Fact] = [BlockSeen(*request)]
        if self._keep(piece, begin, data):
            facts += self._completed(piece)
        return facts

    def _keep(self, piece: int, begin: int, data: bytes) -> bool:
        """Whether the block brings anything new; a piece asked for twice is not hashed twice."""
        if piece in self.verified or begin in self._lengths(piece):
            return False
        if piece not in self._blocks:
            self._blocks[piece] = Partial(self._metainfo, piece)
        self._blocks[piece].take(begin, data)
        self._buffered += len(data)
        while self._buffered > MAX_BUFFERED_BYTES and len(self._blocks) > 1:
            self._forget(next(iter(self._blocks)))
        return piece in self._blocks

    def _completed(self, piece: int) -> list[Fact]:
        partial, size = self._blocks[piece], self._metainfo.piece_size(piece)
        if partial.total < size:
            return []
        self._forget(piece)
        if not self._metainfo.can_verify(piece):
            return []
        # Requests of a third party may overlap, so the sum alone does not prove that no gap is left.
        if partial.true():
            self.verified.add(piece)
            return [PieceVerified(piece, size)]
        return [PieceFailed(piece, size)]

    def _forget(self, piece: int) -> None:
        self._buffered -= self._blocks.pop(piece).total

    def _lengths(self, piece: int) -> dict[int, int]:
        partial = self._blocks.get(piece)
        return {} if partial is None else partial.lengths

    def _oddity(self, piece: int, begin: int, length: int) -> Anomaly:
        """Name what is wrong with a block that answers no request."""
        named = f"piece {piece}, {begin}+{length}"
        metainfo = self._metainfo
        if piece >= metainfo.n_pieces or begin + length > metainfo.piece_size(piece):
            return Anomaly("block_out_of_range", named)
        if any(p == piece and b == begin for p, b, _ in self._asked):
            return Anomaly("block_of_wrong_length", named)
        lengths = self._lengths(piece)
        if piece in self.verified or lengths.get(begin) == length:
            return Anomaly("duplicate_block", named)
        if any(begin < b + size and b < begin + length for b, size in lengths.items()):
            return Anomaly("overlapping_block", named)
        return Anomaly("unrequested_block", named)
