# SPDX-License-Identifier: Apache-2.0
"""Which pieces of a torrent hold which registered works (piece -> file -> work).

A bundle holds many works, and one piece can hold the end of one and the start of another. What a
peer sent of a work is therefore counted in bytes of that work's files, never in pieces alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate

from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap


@dataclass(frozen=True, slots=True)
class WorkMap:
    """The works of one torrent.

    Attributes:
        bytes_of: work_id -> piece -> bytes of the work in that piece.
        works_in: piece -> the works of which it holds a byte, in the order they were given.
        shared: Pieces that hold a byte of a file which is of no work or of two.
        sizes: work_id -> bytes of its files.
        unmatched: (work_id, glob) pairs that name no file of content.
    """

    bytes_of: Mapping[str, Mapping[int, int]]
    works_in: Mapping[int, tuple[str, ...]]
    shared: frozenset[int]
    sizes: Mapping[str, int]
    unmatched: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, piece_map: PieceMap, metainfo: Metainfo, works: Iterable[tuple[str, str | None]]) -> WorkMap:
        """Map works onto pieces.

        Args:
            piece_map: Of the same torrent.
            metainfo: The torrent.
            works: (work_id, glob). None or an empty glob is the whole torrent. A glob that is a
                file's path, letter by letter, is that file, whatever brackets its name has.
                Any other is compared as `fnmatch` does, letter case counted, with each path
                below the torrent's name and with the path that starts with that name; `*`
                and `?` also match `/`, so `Season 1/*` takes every file below. Rows of one
                work_id add up.
        """
        paths = _Paths(metainfo)
        files: dict[str, set[int]] = {}
        unmatched = []
        for work_id, glob in works:
            found = paths.matching(glob)
            if not found:
                unmatched.append((work_id, glob or ""))
            files.setdefault(work_id, set()).update(found)
        bytes_of = {work: _bytes_by_piece(piece_map, own) for work, own in files.items()}
        sizes = {work: sum(metainfo.files[file].size for file in own) for work, own in files.items()}
        works_in = _inverted(bytes_of)
        shared = _shared(piece_map, works_in, _owned_once(files))
        return cls(bytes_of, works_in, shared, sizes, tuple(unmatched))

    def works_of(self, piece: int) -> tuple[str, ...]:
        """The works of which this piece holds a byte, in the order they were given."""
        return self.works_in.get(piece, ())

    def pieces_of(self, work_id: str) -> frozenset[int]:
        """The pieces that hold a byte of the work; empty for an unknown work."""
        return frozenset(self.bytes_of.get(work_id, ()))

    def own_pieces_of(self, work_id: str) -> frozenset[int]:
        """The pieces whose every byte of content belongs to that work and to no other work."""
        return self.pieces_of(work_id) - self.shared

    def covered(self, work_id: str, pieces: frozenset[int]) -> int:
        """Bytes of the work that these pieces hold."""
        held = self.bytes_of.get(work_id, {})
        return sum(size for piece, size in held.items() if piece in pieces)

    def size(self, work_id: str) -> int:
        """Bytes of the work's files; 0 for an unknown work."""
        return self.sizes.get(work_id, 0)


class _Paths:
    """The paths of a torrent's content: an exact look-up first, since bundles list thousands of files."""

    def __init__(self, metainfo: Metainfo) -> None:
        self.content = tuple(
            (at, "/".join(file.path), "/".join((metainfo.name, *file.path)))
            for at, file in enumerate(metainfo.files)
            if not file.pad and file.symlink is None
        )
        self.exact = {full: at for at, _, full in self.content} | {path: at for at, path, _ in self.content}

    def matching(self, glob: str | None) -> set[int]:
        if not glob:
            return {at for at, _, _ in self.content}
        if glob in self.exact:
            return {self.exact[glob]}
        matches = re.compile(translate(glob)).match
        return {at for at, path, full in self.content if matches(path) or matches(full)}


def _bytes_by_piece(piece_map: PieceMap, files: set[int]) -> dict[int, int]:
    held: dict[int, int] = {}
    for file in sorted(files):
        for piece in piece_map.pieces_of(file):
            held[piece] = held.get(piece, 0) + piece_map.overlap(file, piece)
    return held


def _inverted(bytes_of: Mapping[str, Mapping[int, int]]) -> dict[int, tuple[str, ...]]:
    works_in: dict[int, list[str]] = {}
    for work, pieces in bytes_of.items():
        for piece in pieces:
            works_in.setdefault(piece, []).append(work)
    return {piece: tuple(works) for piece, works in works_in.items()}


def _owned_once(files: Mapping[str, set[int]]) -> frozenset[int]:
    """Files that belong to exactly one work."""
    owners: dict[int, int] = {}
    for own in files.values():
        for file in own:
            owners[file] = owners.get(file, 0) + 1
    return frozenset(file for file, count in owners.items() if count == 1)


def _shared(
    piece_map: PieceMap, works_in: Mapping[int, tuple[str, ...]], owned_once: frozenset[int]
) -> frozenset[int]:
    return frozenset(
        piece
        for piece, works in works_in.items()
        if len(works) > 1 or any(span.file not in owned_once for span in piece_map.files_of(piece))
    )
