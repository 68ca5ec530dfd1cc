# SPDX-License-Identifier: Apache-2.0
"""Which pieces of a torrent hold which registered works (piece -> file -> work).

A bundle holds many works, and one piece can hold the end of one and the start of another. What a
peer sent of a work is therefore counted in bytes of that work's files, never in pieces alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap


@dataclass(frozen=True, slots=True)
class WorkMap:
    """The works of one torrent.

    Attributes:
        bytes_of: work_id -> piece -> bytes of the work in that piece.
        shared: Pieces that hold a byte of a file which the work does not own alone, per work_id.
        sizes: work_id -> bytes of its files.
        unmatched: (work_id, glob) pairs that name no file of content.
    """

    bytes_of: dict[str, dict[int, int]]
    shared: dict[str, frozenset[int]]
    sizes: dict[str, int]
    unmatched: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, piece_map: PieceMap, metainfo: Metainfo, works: Iterable[tuple[str, str | None]]) -> WorkMap:
        """Map works onto pieces.

        Args:
            piece_map: Of the same torrent.
            metainfo: The torrent.
            works: (work_id, glob). None or an empty glob is the whole torrent. A glob is compared,
                letter case counted, with a file's path below the torrent's name and with the path
                that starts with the name; `*` and `?` also match `/`, so `Season 1/*` takes
                every file below. Rows of one work_id add up.
        """
        files: dict[str, set[int]] = {}
        unmatched = []
        for work_id, glob in works:
            found = _matching(metainfo, glob)
            if not found:
                unmatched.append((work_id, glob or ""))
            files.setdefault(work_id, set()).update(found)
        owners = _owners(files)
        bytes_of = {work: _bytes_by_piece(piece_map, own) for work, own in files.items()}
        shared = {
            work: frozenset(piece for piece in bytes_of[work] if not _alone(piece_map, piece, work, owners))
            for work in files
        }
        sizes = {work: sum(metainfo.files[file].size for file in own) for work, own in files.items()}
        return cls(bytes_of, shared, sizes, tuple(unmatched))

    def works_of(self, piece: int) -> tuple[str, ...]:
        """The works of which this piece holds a byte, in the order they were given."""
        return tuple(work for work, pieces in self.bytes_of.items() if piece in pieces)

    def pieces_of(self, work_id: str) -> frozenset[int]:
        """The pieces that hold a byte of the work; empty for an unknown work."""
        return frozenset(self.bytes_of.get(work_id, ()))

    def own_pieces_of(self, work_id: str) -> frozenset[int]:
        """The pieces whose every byte of content belongs to that work and to no other work."""
        return self.pieces_of(work_id) - self.shared.get(work_id, frozenset())

    def covered(self, work_id: str, pieces: frozenset[int]) -> int:
        """Bytes of the work that these pieces hold."""
        held = self.bytes_of.get(work_id, {})
        return sum(size for piece, size in held.items() if piece in pieces)

    def size(self, work_id: str) -> int:
        """Bytes of the work's files; 0 for an unknown work."""
        return self.sizes.get(work_id, 0)


def _matching(metainfo: Metainfo, glob: str | None) -> list[int]:
    content = [(at, file) for at, file in enumerate(metainfo.files) if not file.pad and file.symlink is None]
    if not glob:
        return [at for at, _ in content]
    return [
        at
        for at, file in content
        if fnmatchcase("/".join(file.path), glob) or fnmatchcase("/".join((metainfo.name, *file.path)), glob)
    ]


def _owners(files: dict[str, set[int]]) -> dict[int, set[str]]:
    owners: dict[int, set[str]] = {}
    for work, own in files.items():
        for file in own:
            owners.setdefault(file, set()).add(work)
    return owners


def _bytes_by_piece(piece_map: PieceMap, files: set[int]) -> dict[int, int]:
    held: dict[int, int] = {}
    for piece in sorted({piece for file in files for piece in piece_map.pieces_of(file)}):
        held[piece] = sum(span.length for span in piece_map.files_of(piece) if span.file in files)
    return held


def _alone(piece_map: PieceMap, piece: int, work: str, owners: dict[int, set[str]]) -> bool:
    return all(owners.get(span.file) == {work} for span in piece_map.files_of(piece))
