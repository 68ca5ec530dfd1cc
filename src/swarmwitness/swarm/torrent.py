# SPDX-License-Identifier: Apache-2.0
"""A torrent as a conversation knows it: its name, its content if known, the works in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from swarmwitness.swarm.trees import Tree, trees_of
from swarmwitness.swarm.workmap import WorkMap
from swarmwitness.terms import InfoHash
from swarmwitness.terms.infohash import V2_BYTES
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap

MAX_PIECE_BYTES = 16 << 20
"""Larger pieces are not asked for: one piece is evidence enough, and it is held in memory."""

Work = tuple[str, str | None]
"""A work's id and the glob of its files inside the torrent; None = the whole torrent."""


@dataclass(frozen=True, slots=True)
class Torrent:
    """What is watched under one info_hash.

    Attributes:
        info_hash: The name it is asked for by; a hybrid torrent is two of these.
        metainfo: None when only the info_hash is known: claims can then be seen but not measured.
        pieces_allowed: Whether the authority covers asking for content.
        works: The ids of the works in it.
        own_pieces: Per work, the pieces whose content belongs to it alone.
        n_pieces: None while the metainfo is unknown.
        askable: Pieces that may be asked for: of one registered work alone, verifiable (by the torrent, or
            of a v2 torrent without its row of pieces by leaf hashes), not too large.
        trees: The SHA-256 trees of its files by `pieces root`; empty of v1.
    """

    info_hash: InfoHash
    metainfo: Metainfo | None
    pieces_allowed: bool
    n_pieces: int | None
    works: tuple[str, ...]
    own_pieces: dict[str, frozenset[int]]
    askable: frozenset[int]
    work_map: WorkMap | None
    piece_map: PieceMap | None
    trees: Mapping[bytes, Tree] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        info_hash: InfoHash,
        metainfo: Metainfo | None = None,
        works: Sequence[Work] = (),
        pieces_allowed: bool = False,
    ) -> Torrent:
        """Put together; without metainfo no content may be asked for, whatever was allowed."""
        names = tuple(dict.fromkeys(work for work, _ in works))
        if metainfo is None:
            return cls(info_hash, None, False, None, names, {}, frozenset(), None, None)
        piece_map = PieceMap.of(metainfo)
        work_map = WorkMap.of(piece_map, metainfo, works)
        own = {work: frozenset(work_map.own_pieces_of(work)) for work in names}
        trees = trees_of(metainfo)
        by_leaves = len(info_hash.digest) == V2_BYTES and any(tree.tellable for tree in trees.values())
        askable = _askable(metainfo, own, by_leaves) if pieces_allowed else frozenset()
        return cls(
            info_hash,
            metainfo,
            pieces_allowed,
            metainfo.n_pieces,
            names,
            own,
            askable,
            work_map,
            piece_map,
            trees,
        )

    @property
    def speaks_v2(self) -> bool:
        """Whether peers met under this name speak BEP 52: it is the v2 hash, alone or of a hybrid."""
        return len(self.info_hash.digest) == V2_BYTES

    @property
    def private(self) -> bool:
        """BEP 27, as far as the metainfo is known."""
        return self.metainfo is not None and self.metainfo.private

    def content_bytes(self, piece: int) -> int:
        """Bytes of files in a piece; padding is no content."""
        if self.piece_map is None:
            return 0
        return sum(span.length for span in self.piece_map.files_of(piece))

    def content_of_block(self, piece: int, begin: int, length: int) -> int:
        """Bytes of files in a block of a v2 torrent, where a piece belongs to one file."""
        spans = () if self.piece_map is None else self.piece_map.files_of(piece)
        return max(min(spans[0].length - begin, length), 0) if spans else 0


def _askable(metainfo: Metainfo, own: dict[str, frozenset[int]], by_leaves: bool) -> frozenset[int]:
    if metainfo.piece_length > MAX_PIECE_BYTES:
        return frozenset()
    return frozenset(p for pieces in own.values() for p in pieces if by_leaves or metainfo.can_verify(p))


Lookup = Callable[[bytes], Torrent | None]
"""From the 20 bytes of a handshake to the torrent, or None if it is not watched."""
