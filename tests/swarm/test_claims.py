# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.claims import UNKNOWN_TORRENT_MAX_PIECES, Claims
from swarmwitness.terms import Bitfield


def test_nothing_is_claimed_at_first() -> None:
    claims = Claims(10)
    assert (claims.count, claims.share, claims.bitfield) == (0, 0.0, Bitfield.empty(10))
    assert 3 not in claims


def test_a_bitfield_then_a_have() -> None:
    claims = Claims(10)
    claims.declare(Bitfield.of(10, (0, 9)).raw)
    assert claims.count == 2
    assert claims.have(4)
    assert not claims.have(4)
    assert claims.bitfield == Bitfield.of(10, (0, 4, 9))
    assert claims.share == 0.3


def test_haves_before_the_bitfield_stay() -> None:
    claims = Claims(10)
    claims.have(1)
    claims.declare(Bitfield.of(10, (2,)).raw)
    assert claims.bitfield == Bitfield.of(10, (1, 2))


def test_spare_bits_are_kept_and_not_counted() -> None:
    claims = Claims(4)
    claims.declare(b"\xff")
    assert claims.count == 4
    assert claims.bitfield is not None
    assert claims.bitfield.raw == b"\xff"


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x00\x00"])
def test_a_bitfield_of_the_wrong_length_changes_nothing(raw: bytes) -> None:
    claims = Claims(10)
    claims.have(1)
    with pytest.raises(ValueError, match="10 pieces need 2 bytes"):
        claims.declare(raw)
    assert claims.bitfield == Bitfield.of(10, (1,))


@pytest.mark.parametrize("piece", [-1, 10, 2**32 - 1])
def test_a_piece_that_is_not(piece: int) -> None:
    claims = Claims(10)
    with pytest.raises(ValueError, match="of 10"):
        claims.have(piece)
    assert claims.count == 0


def test_of_an_unknown_torrent_claims_are_seen_and_not_measured() -> None:
    claims = Claims(None)
    claims.have(77)
    claims.declare(b"\x80\x01")
    assert claims.count == 3
    assert claims.share is None
    assert claims.bitfield is None
    assert all(piece in claims for piece in (0, 15, 77))


def test_have_all_of_an_unknown_torrent_is_at_least_one_piece() -> None:
    claims = Claims(None)
    claims.declare_all()
    assert claims.count == 1


def test_memory_is_bounded_for_an_unknown_torrent() -> None:
    claims = Claims(None)
    assert claims.have(UNKNOWN_TORRENT_MAX_PIECES - 1)
    with pytest.raises(ValueError, match="piece"):
        claims.have(UNKNOWN_TORRENT_MAX_PIECES)


def test_a_torrent_without_pieces() -> None:
    claims = Claims(0)
    claims.declare_all()
    assert (claims.count, claims.share) == (0, 0.0)


@given(st.integers(1, 200), st.data())
def test_the_count_is_always_that_of_the_set(n_pieces: int, data: st.DataObject) -> None:
    claims, held = Claims(n_pieces), set()
    pieces = st.integers(0, n_pieces - 1)
    for _ in range(data.draw(st.integers(0, 12))):
        if data.draw(st.booleans()):
            piece = data.draw(pieces)
            assert claims.have(piece) == (piece not in held)
            held.add(piece)
        else:
            several = data.draw(st.sets(pieces))
            claims.declare(Bitfield.of(n_pieces, tuple(several)).raw)
            held |= several
    assert claims.count == len(held)
    assert claims.bitfield == Bitfield.of(n_pieces, tuple(held))


def test_a_lost_piece_makes_the_claim_smaller_and_is_not_new_when_it_comes_back() -> None:
    claims = Claims(10)
    claims.declare(Bitfield.of(10, (0, 9)).raw)
    assert claims.lose(9)
    assert not claims.lose(9)
    assert (claims.count, claims.bitfield) == (1, Bitfield.of(10, (0,)))
    assert not claims.have(9)
    assert claims.count == 2
    assert claims.have(8)


def test_nothing_is_lost_of_another_torrent() -> None:
    for piece in (-1, 10):
        with pytest.raises(ValueError, match="piece"):
            Claims(10).lose(piece)
    unknown = Claims(None)
    assert not unknown.lose(7)
    unknown.have(7)
    assert unknown.lose(7)
    assert not unknown.have(7)


@given(st.integers(1, 200), st.sets(st.integers(0, 199)), st.integers(0, 199), st.integers(0, 255))
def test_the_next_claimed_piece(n, pieces, start, spare) -> None:
    held, start = sorted(piece for piece in pieces if piece < n), start % n
    claims = Claims(n)
    raw = bytearray(Bitfield.of(n, tuple(held)).raw)
    raw[-1] |= spare & ((1 << (-n % 8)) - 1)
    claims.declare(bytes(raw))
    behind = [piece for piece in held if piece >= start]
    assert claims.next_claimed(start) == next(iter(behind + held), None)
