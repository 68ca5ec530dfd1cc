# SPDX-License-Identifier: Apache-2.0
"""Blocks of a piece in every order: what is in front is let go, and the judgement is that of the whole."""

from __future__ import annotations

import random

import pytest

from swarmwitness.swarm.partial import Partial

B = 16384


def blocks(data: bytes, size: int = B) -> list[tuple[int, bytes]]:
    return [(at, data[at : at + size]) for at in range(0, len(data), size)]


@pytest.mark.parametrize("size", [B, 1000, 7777])
@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_in_any_order_it_is_the_same_piece(sample, v2_sample, kind: str, size: int) -> None:
    which = sample if kind == "v1" else v2_sample
    metainfo, data = which.torrent.metainfo, which.piece(1)
    rng = random.Random(size)
    for _ in range(20):
        partial, order = Partial(metainfo, 1), blocks(data, size)
        rng.shuffle(order)
        for begin, block in order:
            assert not partial.true()
            partial.take(begin, block)
        assert partial.true()
        assert (partial.held_bytes, partial.total) == (0, len(data))


@pytest.mark.parametrize("kind", ["v1", "v2"])
def test_one_wrong_bit_a_gap_or_an_overlap_is_not_the_piece(sample, v2_sample, kind: str) -> None:
    which = sample if kind == "v1" else v2_sample
    metainfo, data = which.torrent.metainfo, bytearray(which.piece(1))
    data[-1] ^= 1
    wrong, overlapping = Partial(metainfo, 1), Partial(metainfo, 1)
    for begin, block in blocks(bytes(data)):
        wrong.take(begin, block)
    assert not wrong.true()
    for begin in (0, 100):
        overlapping.take(begin, which.piece(1)[begin : begin + B])
    assert not overlapping.true()
    assert overlapping.held_bytes == B


def test_blocks_in_order_hold_no_memory(sample) -> None:
    partial = Partial(sample.torrent.metainfo, 1)
    partial.take(0, sample.piece(1)[:B])
    assert partial.held_bytes == 0
