# SPDX-License-Identifier: Apache-2.0
"""Which works of a bundle a bitfield shows: those that a claimed piece holds alone.

A piece that two works share says nothing about either, and a bitfield whose length does not fit the
torrent says nothing at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from swarmwitness.intake import Work, WorkRegistry


@dataclass(frozen=True, slots=True)
class Parts:
    """The bundles whose .torrent file is known.

    Attributes:
        digits: torrent -> hex digits of a bitfield.
        masks: torrent -> (work, bits of the pieces that it holds alone), in the order of the table.
    """

    digits: Mapping[str, int]
    masks: Mapping[str, tuple[tuple[Work, int], ...]]

    @classmethod
    def of(cls, registry: WorkRegistry) -> Parts:
        """Of every bundle in the register."""
        digits = {torrent: 2 * ((n + 7) // 8) for torrent, n in registry.n_pieces.items()}
        return cls(digits, {torrent: _masks(registry, torrent, digits[torrent]) for torrent in digits})

    def shown(self, torrent: str, pieces: str) -> tuple[Work, ...] | None:
        """The works that the bitfield (hex) shows.

        Returns:
            None where nothing can be told: no .torrent file, or a bitfield of another length.
        """
        if torrent not in self.masks or len(pieces) != self.digits[torrent]:
            return None
        claimed = int(pieces, 16)
        return tuple(work for work, mask in self.masks[torrent] if claimed & mask)


def _masks(registry: WorkRegistry, torrent: str, digits: int) -> tuple[tuple[Work, int], ...]:
    first: dict[str, Work] = {}
    for work in registry.parts_of(torrent):
        first.setdefault(work.work_id, work)
    work_map = registry.maps[torrent]
    return tuple(
        (work, _mask(work_map.own_pieces_of(work_id), 4 * digits)) for work_id, work in first.items()
    )


def _mask(pieces: frozenset[int], n_bits: int) -> int:
    """The bitfield of these pieces as a number (BEP 3: most significant bit first)."""
    bits = bytearray(n_bits // 8)
    for piece in pieces:
        bits[piece >> 3] |= 0x80 >> (piece & 7)
    return int.from_bytes(bits, "big")
