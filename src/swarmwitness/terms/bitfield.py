# SPDX-License-Identifier: Apache-2.0
"""Which pieces a peer says it has (BEP 3: most significant bit first)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bitfield:
    """Claims about `n_pieces` pieces, with the bytes exactly as they arrived.

    Spare bits at the end should be zero; a peer that sets them identifies its client,
    so they are kept and never repaired.
    """

    raw: bytes
    n_pieces: int

    def __post_init__(self) -> None:
        need = (self.n_pieces + 7) // 8
        if len(self.raw) != need:
            raise ValueError(f"{self.n_pieces} pieces need {need} bytes, got {len(self.raw)}")

    @classmethod
    def empty(cls, n_pieces: int) -> Bitfield:
        """No piece."""
        return cls(bytes((n_pieces + 7) // 8), n_pieces)

    @classmethod
    def full(cls, n_pieces: int) -> Bitfield:
        """Every piece, spare bits zero."""
        bits = ((1 << n_pieces) - 1) << (-n_pieces % 8)
        return cls(bits.to_bytes((n_pieces + 7) // 8, "big"), n_pieces)

    @classmethod
    def of(cls, n_pieces: int, pieces: tuple[int, ...]) -> Bitfield:
        """Just these pieces."""
        raw = bytearray((n_pieces + 7) // 8)
        for piece in pieces:
            if not 0 <= piece < n_pieces:
                raise ValueError(f"piece {piece} of {n_pieces}")
            raw[piece >> 3] |= 0x80 >> (piece & 7)
        return cls(bytes(raw), n_pieces)

    def __contains__(self, piece: int) -> bool:
        return 0 <= piece < self.n_pieces and bool(self.raw[piece >> 3] & (0x80 >> (piece & 7)))

    def with_piece(self, piece: int) -> Bitfield:
        """The claims after a HAVE for this piece."""
        if not 0 <= piece < self.n_pieces:
            raise ValueError(f"piece {piece} of {self.n_pieces}")
        raw = bytearray(self.raw)
        raw[piece >> 3] |= 0x80 >> (piece & 7)
        return Bitfield(bytes(raw), self.n_pieces)

    @property
    def spare_bits(self) -> int:
        """The bits behind the last piece, as a number; not 0 = an anomaly worth keeping."""
        spare = -self.n_pieces % 8
        return self.raw[-1] & ((1 << spare) - 1) if spare and self.raw else 0

    @property
    def count(self) -> int:
        """How many pieces are claimed; spare bits do not count."""
        return int.from_bytes(self.raw, "big").bit_count() - self.spare_bits.bit_count()

    @property
    def share(self) -> float:
        """Claimed pieces / all pieces, 0-1; 0 for a torrent without pieces."""
        return self.count / self.n_pieces if self.n_pieces else 0.0

    def pieces(self) -> tuple[int, ...]:
        """The indices of the claimed pieces, ascending."""
        return tuple(p for p in range(self.n_pieces) if self.raw[p >> 3] & (0x80 >> (p & 7)))
