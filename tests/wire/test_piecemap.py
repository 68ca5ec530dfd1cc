# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap, Span


def metainfo_of(sizes: list[tuple[int, bool]], piece_length: int) -> Metainfo:
    files: list[Encodable] = [
        {b"length": size, b"path": [b"%d" % at]} | ({b"attr": b"p"} if pad else {})
        for at, (size, pad) in enumerate(sizes)
    ]
    n_pieces = -(-sum(size for size, _ in sizes) // piece_length)
    info = {b"files": files, b"name": b"t", b"piece length": piece_length, b"pieces": bytes(20 * n_pieces)}
    return Metainfo.from_wire(encode({b"info": info}))


def test_a_piece_holds_the_end_of_one_file_and_the_start_of_the_next() -> None:
    pieces = PieceMap.of(metainfo_of([(25, False), (0, False), (5, True), (7, False)], 10))
    assert [pieces.files_of(piece) for piece in range(4)] == [
        (Span(0, 0, 10),),
        (Span(0, 10, 10),),
        (Span(0, 20, 5),),
        (Span(3, 0, 7),),
    ]
    assert [pieces.pieces_of(file) for file in range(4)] == [range(3), range(0), range(2, 3), range(3, 4)]
    assert [pieces.overlap(0, piece) for piece in range(4)] == [10, 10, 5, 0]
    assert pieces.overlap(2, 2) == 5


@pytest.mark.parametrize("piece", [-1, 4])
def test_no_such_piece(piece: int) -> None:
    pieces = PieceMap.of(metainfo_of([(37, False)], 10))
    with pytest.raises(ValueError, match="of 4"):
        pieces.files_of(piece)


@pytest.mark.parametrize("file", [-1, 1])
def test_no_such_file(file: int) -> None:
    pieces = PieceMap.of(metainfo_of([(37, False)], 10))
    with pytest.raises(ValueError, match="of 1"):
        pieces.pieces_of(file)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=12).filter(
        lambda sizes: any(size for size, _ in sizes)
    ),
    st.integers(1, 20),
)
def test_spans_tile_files_byte_by_byte(sizes: list[tuple[int, bool]], piece_length: int) -> None:
    metainfo = metainfo_of(sizes, piece_length)
    pieces = PieceMap.of(metainfo)
    stream = [(file, at) for file, (size, _) in enumerate(sizes) for at in range(size)]
    for piece in range(metainfo.n_pieces):
        expected = [
            byte
            for byte in stream[piece * piece_length : (piece + 1) * piece_length]
            if not sizes[byte[0]][1]
        ]
        found = [
            (span.file, span.offset + at) for span in pieces.files_of(piece) for at in range(span.length)
        ]
        assert found == expected
    for file, (size, _) in enumerate(sizes):
        assert sum(pieces.overlap(file, piece) for piece in pieces.pieces_of(file)) == size
