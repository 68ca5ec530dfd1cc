# SPDX-License-Identifier: Apache-2.0
"""A piece on its way: the blocks in front are hashed and let go, those behind a gap wait.

So a piece of 16 MiB costs as much memory as what came out of order, and thousands of peers can each be in the
midst of one.
"""

from __future__ import annotations

from hashlib import sha1, sha256

from swarmwitness.wire.merkle import BLOCK_BYTES
from swarmwitness.wire.metainfo import Metainfo


class Partial:
    """The blocks of one piece from one peer.

    Attributes:
        lengths: Begin -> length of each block that was taken.
        total: Their sum; with overlapping blocks it reaches the size before the piece is whole.
    """

    __slots__ = ("_front", "_leaves", "_metainfo", "_piece", "_rest", "_sha1", "_waiting", "lengths", "total")

    def __init__(self, metainfo: Metainfo, piece: int) -> None:
        self._metainfo = metainfo
        self._piece = piece
        self._sha1 = sha1() if metainfo.v1 is not None else None  # noqa: S324 - the hash of BEP 3
        self._rest = bytearray()
        self._leaves: list[bytes] = []
        self._waiting: dict[int, bytes] = {}
        self._front = 0
        self.lengths: dict[int, int] = {}
        self.total = 0

    @property
    def held_bytes(self) -> int:
        """What waits behind a gap."""
        return sum(map(len, self._waiting.values()))

    def take(self, begin: int, data: bytes) -> None:
        """One more block; each begin once."""
        self.lengths[begin] = len(data)
        self.total += len(data)
        self._waiting[begin] = data
        while (block := self._waiting.pop(self._front, None)) is not None:
            self._front += len(block)
            self._hash(block)

    def true(self) -> bool:
        """Whether the blocks are the piece, without gap or overlap, and verify."""
        if self._front != self._metainfo.piece_size(self._piece) or self._waiting:
            return False
        if self._sha1 is not None:
            return self._metainfo.verify_sha1(self._piece, self._sha1.digest())
        rest = [sha256(self._rest).digest()] if self._rest else []
        return self._metainfo.verify_leaves(self._piece, self._leaves + rest)

    def _hash(self, block: bytes) -> None:
        if self._sha1 is not None:
            self._sha1.update(block)
            return
        self._rest += block
        while len(self._rest) >= BLOCK_BYTES:
            self._leaves.append(sha256(self._rest[:BLOCK_BYTES]).digest())
            del self._rest[:BLOCK_BYTES]
