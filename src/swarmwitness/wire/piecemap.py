# SPDX-License-Identifier: Apache-2.0
"""Which bytes of which files a piece holds, and the other way round."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from swarmwitness.wire.metainfo import Metainfo


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes of one file.

    Attributes:
        file: Index in `Metainfo.files`.
        offset: First byte, counted in the file.
        length: Bytes, at least one.
    """

    file: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class PieceMap:
    """Pieces and files of one torrent. Pad files and empty files hold no content: no span names them.

    Attributes:
        starts, ends: Span of each file in the byte stream, pads counted.
        pads: Whether each file is a pad file.
        piece_length: Bytes of a full piece.
        n_pieces: How many pieces there are.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    pads: tuple[bool, ...]
    piece_length: int
    n_pieces: int

    @classmethod
    def of(cls, metainfo: Metainfo) -> PieceMap:
        """The map of a torrent, v1, v2 or hybrid: the byte stream of its files numbers the pieces."""
        return cls(
            starts=tuple(file.offset for file in metainfo.files),
            ends=tuple(file.offset + file.size for file in metainfo.files),
            pads=tuple(file.pad for file in metainfo.files),
            piece_length=metainfo.piece_length,
            n_pieces=metainfo.n_pieces,
        )

    def files_of(self, piece: int) -> tuple[Span, ...]:
        """The runs of content in a piece, in their order; empty for a piece of nothing but padding.

        Raises:
            ValueError: no such piece.
        """
        if not 0 <= piece < self.n_pieces:
            raise ValueError(f"piece {piece} of {self.n_pieces}")
        begin = piece * self.piece_length
        end = begin + self.piece_length
        first = bisect_right(self.ends, begin)
        spans = []
        for file in range(first, len(self.starts)):
            start = self.starts[file]
            if start >= end:
                break
            low, high = max(start, begin), min(self.ends[file], end)
            if low < high and not self.pads[file]:
                spans.append(Span(file, low - start, high - low))
        return tuple(spans)

    def pieces_of(self, file_index: int) -> range:
        """The pieces that hold a byte of this file; empty for an empty file.

        Raises:
            ValueError: no such file.
        """
        if not 0 <= file_index < len(self.starts):
            raise ValueError(f"file {file_index} of {len(self.starts)}")
        start, end = self.starts[file_index], self.ends[file_index]
        if start == end:
            return range(0)
        return range(start // self.piece_length, (end - 1) // self.piece_length + 1)

    def overlap(self, file_index: int, piece: int) -> int:
        """Bytes of this file in this piece, whether it is a pad file or not."""
        begin = piece * self.piece_length
        low = max(self.starts[file_index], begin)
        return max(min(self.ends[file_index], begin + self.piece_length) - low, 0)
