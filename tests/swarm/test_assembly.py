# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.swarm import assembly as module
from swarmwitness.swarm.assembly import MAX_ASKED, Assembly
from swarmwitness.swarm.facts import AnomalySeen, BlockSeen, PieceFailed, PieceVerified

B = 16384


@pytest.fixture
def assembly(sample) -> Assembly:
    return Assembly(sample.metainfo)


def oddity(facts) -> str:
    (fact,) = facts
    assert isinstance(fact, AnomalySeen)
    return fact.anomaly.kind


def test_a_whole_piece_from_its_blocks_in_any_order(assembly, sample) -> None:
    data = sample.piece(0)
    assembly.asked(0, 0, B)
    assembly.asked(0, B, B)
    assert assembly.arrived(0, B, data[B:]) == [BlockSeen(0, B, B)]
    assert assembly.arrived(0, 0, data[:B]) == [BlockSeen(0, 0, B), PieceVerified(0, 2 * B)]
    assert assembly.verified == {0}
    assert assembly.outstanding == 0


def test_the_short_last_piece(assembly, sample) -> None:
    assembly.asked(4, 0, 1000)
    assert assembly.arrived(4, 0, sample.piece(4)) == [BlockSeen(4, 0, 1000), PieceVerified(4, 1000)]


def test_one_wrong_bit_and_the_piece_fails(assembly, sample) -> None:
    data = bytearray(sample.piece(4))
    data[500] ^= 1
    assembly.asked(4, 0, 1000)
    assert assembly.arrived(4, 0, bytes(data)) == [BlockSeen(4, 0, 1000), PieceFailed(4, 1000)]
    assert assembly.verified == set()


def test_a_v2_piece_verifies_by_its_merkle_root(v2_sample) -> None:
    assembly, data = Assembly(v2_sample.metainfo), v2_sample.piece(2)
    assembly.asked(2, 0, B)
    assembly.asked(2, B, 20_000 - B)
    assembly.arrived(2, 0, data[:B])
    assert PieceVerified(2, 20_000) in assembly.arrived(2, B, data[B:])


def test_data_that_nobody_asked_for(assembly, sample) -> None:
    assert oddity(assembly.arrived(0, 0, sample.piece(0)[:B])) == "unrequested_block"
    assert oddity(assembly.arrived(5, 0, b"x")) == "block_out_of_range"
    assert oddity(assembly.arrived(2**32 - 1, 0, b"x")) == "block_out_of_range"
    assert oddity(assembly.arrived(4, 999, b"xx")) == "block_out_of_range"
    assert assembly.verified == set()


def test_a_block_longer_or_shorter_than_asked(assembly, sample) -> None:
    assembly.asked(0, 0, B)
    assert oddity(assembly.arrived(0, 0, sample.piece(0)[: B - 1])) == "block_of_wrong_length"
    assert oddity(assembly.arrived(0, 0, sample.piece(0)[: B + 1])) == "block_of_wrong_length"
    assert assembly.arrived(0, 0, sample.piece(0)[:B]) == [BlockSeen(0, 0, B)]


def test_the_same_block_twice(assembly, sample) -> None:
    assembly.asked(0, 0, B)
    assembly.arrived(0, 0, sample.piece(0)[:B])
    assert oddity(assembly.arrived(0, 0, sample.piece(0)[:B])) == "duplicate_block"
    assert oddity(assembly.arrived(0, 100, sample.piece(0)[:B])) == "overlapping_block"


def test_a_block_of_a_piece_that_is_whole(assembly, sample) -> None:
    assembly.asked(4, 0, 1000)
    assembly.arrived(4, 0, sample.piece(4))
    assert oddity(assembly.arrived(4, 0, sample.piece(4))) == "duplicate_block"


def test_asked_twice_answered_twice_verified_once(assembly, sample) -> None:
    assembly.asked(4, 0, 1000)
    assembly.asked(4, 0, 1000)
    assert PieceVerified(4, 1000) in assembly.arrived(4, 0, sample.piece(4))
    assert assembly.arrived(4, 0, sample.piece(4)) == [BlockSeen(4, 0, 1000)]


def test_overlapping_requests_do_not_pass_for_a_whole_piece(assembly, sample) -> None:
    """Two blocks add up to the piece's size and leave a gap."""
    data = sample.piece(0)
    assembly.asked(0, 0, B)
    assembly.asked(0, 100, B)
    assembly.arrived(0, 0, data[:B])
    assert PieceFailed(0, 2 * B) in assembly.arrived(0, 100, data[100 : 100 + B])


def test_what_is_remembered_of_requests_is_bounded(assembly) -> None:
    for begin in range(3 * MAX_ASKED):
        assembly.asked(0, begin, 1)
    assert assembly.outstanding == MAX_ASKED


def test_the_oldest_unfinished_piece_gives_way(assembly, sample, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_BUFFERED_BYTES", B)
    for piece in (0, 1):
        assembly.asked(piece, 0, B)
        assembly.arrived(piece, 0, sample.piece(piece)[:B])
    for piece in (0, 1):
        assembly.asked(piece, B, B)
    assert assembly.arrived(0, B, sample.piece(0)[B:]) == [BlockSeen(0, B, B)]
    assert assembly.verified == set()
