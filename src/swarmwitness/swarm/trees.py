# SPDX-License-Identifier: Apache-2.0
"""The SHA-256 trees of a torrent's files (BEP 52), as far as their shape goes."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.wire.merkle import BLOCK_BYTES, power_of_two_at_least
from swarmwitness.wire.metainfo import Metainfo

MAX_LENGTH = 512
"""BEP 52: a request should not ask for more hashes."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree of one file.

    Attributes:
        root: `pieces root`.
        blocks: Leaves that stand for content, at least one.
        piece_blocks: Leaves below one hash of the row of the pieces.
        first_piece: Of the file, in the torrent.
    """

    root: bytes
    blocks: int
    piece_blocks: int
    first_piece: int = 0

    @property
    def depth(self) -> int:
        """Layers between the leaves and the root, the root counted."""
        return power_of_two_at_least(self.blocks).bit_length() - 1

    @property
    def secret(self) -> bool:
        """Whether its leaves are in no torrent: they are neither the root nor the row of the pieces."""
        return self.blocks > 1 and self.piece_blocks > 1

    @property
    def tellable(self) -> bool:
        """Whether one question brings all leaves of a piece."""
        return self.secret and self.piece_blocks <= MAX_LENGTH


def trees_of(metainfo: Metainfo) -> dict[bytes, Tree]:
    """The trees of a torrent by their root; nothing of a v1 torrent."""
    piece_blocks = max(metainfo.piece_length // BLOCK_BYTES, 1)
    return {
        file.pieces_root: Tree(
            file.pieces_root,
            -(-file.size // BLOCK_BYTES),
            piece_blocks,
            file.offset // metainfo.piece_length,
        )
        for file in metainfo.files
        if file.pieces_root is not None and file.size
    }


def pieces_below(tree: Tree, first: int, leaves: int) -> range:
    """The pieces, in the torrent, of which a range of leaves holds at least one block."""
    end = min(first + leaves, tree.blocks)
    start = tree.first_piece + first // tree.piece_blocks
    return range(start, tree.first_piece + -(-end // tree.piece_blocks))
