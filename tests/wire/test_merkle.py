# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.wire.merkle import (
    BLOCK_BYTES,
    ZERO_LEAF,
    block_hashes,
    empty_root,
    power_of_two_at_least,
    root_of,
    root_of_layer,
)


def naive(row: list[bytes]) -> bytes:
    while len(row) > 1:
        row = [sha256(row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=20), st.integers(0, 2))
def test_agrees_with_a_tree_that_is_filled_up_first(leaves: list[bytes], more: int) -> None:
    width = power_of_two_at_least(len(leaves)) << more
    assert root_of(leaves, width) == naive(leaves + [ZERO_LEAF] * (width - len(leaves)))


@given(st.integers(1, 9), st.sampled_from([1, 2, 4]))
def test_a_layer_stands_for_its_leaves(pieces: int, per_piece: int) -> None:
    leaves = [bytes([at]) * 32 for at in range(pieces * per_piece)]
    layer = [root_of(leaves[at : at + per_piece], per_piece) for at in range(0, len(leaves), per_piece)]
    assert root_of_layer(layer, per_piece) == root_of(leaves, power_of_two_at_least(pieces) * per_piece)


def test_known_values() -> None:
    assert [power_of_two_at_least(n) for n in (0, 1, 2, 3, 4, 5)] == [1, 1, 2, 4, 4, 8]
    assert empty_root(1) == ZERO_LEAF
    assert empty_root(2) == sha256(bytes(64)).digest()


@pytest.mark.parametrize(
    ("hashes", "width"), [([], 1), ([ZERO_LEAF], 3), ([ZERO_LEAF] * 3, 2), ([ZERO_LEAF], 0)]
)
def test_a_row_that_does_not_fit_is_our_error(hashes: list[bytes], width: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        root_of(hashes, width)


def test_blocks() -> None:
    data = bytes(BLOCK_BYTES) + b"x"
    assert block_hashes(data) == [sha256(bytes(BLOCK_BYTES)).digest(), sha256(b"x").digest()]
    assert block_hashes(b"") == []
