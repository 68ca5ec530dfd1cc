# SPDX-License-Identifier: Apache-2.0
"""What one peer says it has, as it grows. Bounded whatever the peer says."""

from __future__ import annotations

import re

from swarmwitness.terms import Bitfield

UNKNOWN_TORRENT_MAX_PIECES = 1 << 20
"""Pieces remembered for a torrent whose metainfo we lack: 128 KiB of bits."""

_SOME = re.compile(rb"[^\0]")


class Claims:
    """The declared pieces of one peer on one connection.

    Args:
        n_pieces: None while the metainfo is unknown; the bits then grow with what is said.
    """

    __slots__ = ("_bits", "_lost", "count", "n_pieces")

    def __init__(self, n_pieces: int | None) -> None:
        self.n_pieces = n_pieces
        self._bits = bytearray(0 if n_pieces is None else (n_pieces + 7) // 8)
        self._lost = bytearray()
        self.count = 0

    @property
    def max_pieces(self) -> int:
        """Indices below this can be claimed."""
        return UNKNOWN_TORRENT_MAX_PIECES if self.n_pieces is None else self.n_pieces

    @property
    def bitfield(self) -> Bitfield | None:
        """The claim now, spare bits as they arrived; None for an unknown torrent."""
        return None if self.n_pieces is None else Bitfield(bytes(self._bits), self.n_pieces)

    @property
    def share(self) -> float | None:
        """Claimed pieces / all pieces, 0-1; None for an unknown torrent."""
        if self.n_pieces is None:
            return None
        return self.count / self.n_pieces if self.n_pieces else 0.0

    def __contains__(self, piece: int) -> bool:
        return _has(self._bits, piece)

    def declare(self, raw: bytes) -> None:
        """A bitfield message; pieces claimed one by one before it stay claimed.

        Raises:
            ValueError: not the length that the torrent needs.
        """
        if self.n_pieces is None:
            self._grow(len(raw))
        elif len(raw) != len(self._bits):
            raise ValueError(f"{self.n_pieces} pieces need {len(self._bits)} bytes, got {len(raw)}")
        if self.count:
            for at, byte in enumerate(raw):
                self._bits[at] |= byte
        else:
            self._bits[: len(raw)] = raw
        self.count = self._counted()

    def declare_all(self) -> None:
        """Every piece; of an unknown torrent at least one, so that counts as 1 and names none."""
        if self.n_pieces is None:
            self.count = max(self.count, 1)
            return
        self._bits[:] = Bitfield.full(self.n_pieces).raw
        self.count = self.n_pieces

    def have(self, piece: int) -> bool:
        """Claim one piece; whether it was never claimed before: a lost piece that comes back is not new.

        Raises:
            ValueError: no such piece.
        """
        if not 0 <= piece < self.max_pieces:
            raise ValueError(f"piece {piece} of {self.n_pieces}")
        self._grow((piece >> 3) + 1)
        if piece in self:
            return False
        self._bits[piece >> 3] |= 0x80 >> (piece & 7)
        self.count += 1
        return not _has(self._lost, piece)

    def lose(self, piece: int) -> bool:
        """Take a claim back (BEP 54); whether there was one.

        Raises:
            ValueError: no such piece.
        """
        if not 0 <= piece < self.max_pieces:
            raise ValueError(f"piece {piece} of {self.n_pieces}")
        if piece not in self:
            return False
        self._bits[piece >> 3] &= ~(0x80 >> (piece & 7)) & 0xFF
        self.count -= 1
        self._lost.extend(bytes(len(self._bits) - len(self._lost)))
        self._lost[piece >> 3] |= 0x80 >> (piece & 7)
        return True

    def next_claimed(self, start: int) -> int | None:
        """The first claimed piece from `start` on, round to the front; None if there is none."""
        for piece in range(start, min((start | 7) + 1, self.max_pieces)):
            if piece in self:
                return piece
        for begin in ((start >> 3) + 1, 0):
            found = _SOME.search(self._bits, begin)
            if found is not None:
                piece = found.start() * 8 + 8 - self._bits[found.start()].bit_length()
                if piece < self.max_pieces:
                    return piece
        return None

    def _grow(self, length: int) -> None:
        if length > len(self._bits):
            self._bits.extend(bytes(length - len(self._bits)))

    def _counted(self) -> int:
        counted = int.from_bytes(self._bits, "big")
        # Bits behind the last piece claim nothing.
        return (counted if self.n_pieces is None else counted >> -self.n_pieces % 8).bit_count()


def _has(bits: bytearray, piece: int) -> bool:
    at = piece >> 3
    return 0 <= at < len(bits) and bool(bits[at] & (0x80 >> (piece & 7)))
