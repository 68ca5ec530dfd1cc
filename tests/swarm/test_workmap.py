# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.swarm.workmap import WorkMap
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap

PIECE = 10
# Bytes 0-24 a, 25-29 pad, 30-36 b, 37-56 c, 57 nfo
FILES = [
    ("S1/[Grp] a.mkv", 25, ""),
    (".pad/5", 5, "p"),
    ("S1/b.mkv", 7, ""),
    ("S2/c.mkv", 20, ""),
    ("x.nfo", 1, ""),
]


def metainfo_of(files: list[tuple[str, int, str]]) -> Metainfo:
    entries: list[Encodable] = [
        {b"length": size, b"path": path.split("/"), b"attr": attr} for path, size, attr in files
    ]
    n_pieces = -(-sum(size for _, size, _ in files) // PIECE)
    info = {b"files": entries, b"name": b"Pack", b"piece length": PIECE, b"pieces": bytes(20 * n_pieces)}
    return Metainfo.from_wire(encode({b"info": info}))


def works(*given_works: tuple[str, str | None], files: list[tuple[str, int, str]] = FILES) -> WorkMap:
    metainfo = metainfo_of(files)
    return WorkMap.of(PieceMap.of(metainfo), metainfo, given_works)


def test_a_piece_can_hold_two_works() -> None:
    found = works(("a", "S1/[Grp] a.mkv"), ("b", "S1/b.mkv"), ("c", "S2/*"))
    assert [found.works_of(piece) for piece in range(7)] == [
        ("a",),
        ("a",),
        ("a",),
        ("b", "c"),
        ("c",),
        ("c",),
        (),
    ]
    assert found.pieces_of("a") == {0, 1, 2}
    assert found.own_pieces_of("a") == {0, 1, 2}
    assert found.own_pieces_of("b") == frozenset()
    # Piece 5 ends with the .nfo, which is of no work.
    assert found.own_pieces_of("c") == {4}
    assert [found.size(work) for work in "abc"] == [25, 7, 20]
    assert found.unmatched == ()


def test_coverage_is_counted_in_bytes_of_the_work() -> None:
    found = works(("b", "S1/b.mkv"), ("c", "S2/*"))
    assert found.covered("b", frozenset({3})) == 7
    assert found.covered("c", frozenset({3, 5, 99})) == 3 + 7
    assert found.covered("c", frozenset(range(7))) == found.size("c")
    assert found.covered("c", frozenset()) == 0


def test_the_whole_torrent_is_one_work() -> None:
    for glob in (None, "", "*", "Pack/*"):
        found = works(("all", glob))
        assert found.size("all") == 53
        assert found.pieces_of("all") == frozenset(range(6))
        assert found.own_pieces_of("all") == frozenset(range(6))


@pytest.mark.parametrize(
    ("glob", "size"),
    [
        ("S1/*", 32),
        ("S1/*.mkv", 32),
        ("Pack/S1/b.mkv", 7),
        ("*.mkv", 52),
        ("S?/c.mkv", 20),
        ("S[12]/*", 52),
        ("S1/[[]Grp] a.mkv", 25),
        ("S1/[Grp] a.mkv", 25),
        ("Pack/S1/[Grp] a.mkv", 25),
        ("*/x.nfo", 1),
    ],
)
def test_globs(glob: str, size: int) -> None:
    assert works(("w", glob)).size("w") == size


@pytest.mark.parametrize("glob", ["s1/*", "S1", "S1/", "b.mkv", ".pad/5", "nothing", "Pack"])
def test_a_glob_that_names_nothing_is_reported(glob: str) -> None:
    found = works(("w", glob), ("a", "S1/b.mkv"))
    assert found.unmatched == (("w", glob),)
    assert found.size("w") == 0
    assert found.pieces_of("w") == frozenset()


def test_rows_of_one_work_add_up_and_works_may_share_a_file() -> None:
    found = works(("w", "S1/b.mkv"), ("w", "x.nfo"), ("v", "x.nfo"), ("w", "gone"))
    assert found.size("w") == 8
    assert found.works_of(5) == ("w", "v")
    assert found.own_pieces_of("w") == frozenset()
    assert found.unmatched == (("w", "gone"),)


def test_a_piece_of_a_file_that_two_works_claim_is_nobodys_own() -> None:
    found = works(("w", "S1/[Grp] a.mkv"), ("v", "*.mkv"))
    assert found.own_pieces_of("w") == frozenset()
    assert found.own_pieces_of("v") == {3, 4}


def test_an_unknown_work_holds_nothing() -> None:
    found = works(("a", None))
    assert (found.size("z"), found.pieces_of("z"), found.own_pieces_of("z")) == (0, frozenset(), frozenset())
    assert found.covered("z", frozenset({1})) == 0


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), min_size=1, max_size=10).filter(
        lambda files: any(size for size, _ in files)
    )
)
def test_works_agree_with_a_count_byte_by_byte(files: list[tuple[int, int]]) -> None:
    """Files belong to work 1-3, or to none (0)."""
    listed = [(f"{owner}/{at}", size, "") for at, (size, owner) in enumerate(files)]
    found = works(*((str(owner), f"{owner}/*") for owner in (1, 2, 3)), files=listed)
    stream = [str(owner) for size, owner in files for _ in range(size)]
    pieces = [stream[at : at + PIECE] for at in range(0, len(stream), PIECE)]
    for work in "123":
        assert found.size(work) == stream.count(work)
        assert found.pieces_of(work) == {at for at, piece in enumerate(pieces) if work in piece}
        assert found.own_pieces_of(work) == {at for at, piece in enumerate(pieces) if set(piece) == {work}}
        for at, piece in enumerate(pieces):
            assert found.covered(work, frozenset({at})) == piece.count(work)
    assert [set(found.works_of(at)) for at in range(len(pieces))] == [set(piece) - {"0"} for piece in pieces]
