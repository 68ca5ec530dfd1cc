# SPDX-License-Identifier: Apache-2.0
"""Bitfields: the bytes as they arrived, the bits as BEP 3 orders them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Bitfield


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1)))))
def test_pieces_round_trip(case: tuple[int, set[int]]) -> None:
    n_pieces, pieces = case
    field = Bitfield.of(n_pieces, tuple(pieces))
    assert set(field.pieces()) == pieces
    assert field.count == len(pieces)
    assert all((p in field) == (p in pieces) for p in range(-1, n_pieces + 9))


def test_the_first_piece_is_the_highest_bit() -> None:
    assert Bitfield.of(9, (0, 8)).raw == b"\x80\x80"


def test_spare_bits_are_kept_and_not_counted() -> None:
    field = Bitfield(b"\xff\xff", 9)
    assert (field.spare_bits, field.count, field.raw) == (0x7F, 9, b"\xff\xff")


def test_full_and_empty() -> None:
    assert Bitfield.full(11).raw == b"\xff\xe0"
    assert Bitfield.full(11).share == 1.0
    assert Bitfield.empty(0).share == 0.0


def test_a_have_adds_one_piece() -> None:
    grown = Bitfield.empty(10).with_piece(9)
    assert grown.pieces() == (9,)
    with pytest.raises(ValueError, match="piece 10"):
        grown.with_piece(10)


def test_a_wrong_length_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="2 bytes"):
        Bitfield(b"\x00", 9)
