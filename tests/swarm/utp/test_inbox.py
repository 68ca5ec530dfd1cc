# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.utp.inbox import CAPACITY_BYTES, MAX_AHEAD, Inbox
from swarmwitness.swarm.utp.sequence import MASK, ahead


def test_order_is_made_across_the_wrap() -> None:
    inbox = Inbox(65_535)
    assert inbox.take(0, b"b") == b""
    assert inbox.take(1, b"c") == b""
    assert (inbox.n_held, inbox.held_bytes, inbox.last) == (2, 2, 65_534)
    assert inbox.take(65_535, b"a") == b"abc"
    assert (inbox.n_held, inbox.held_bytes, inbox.last) == (0, 0, 1)


def test_what_comes_twice_brings_nothing_and_the_first_counts() -> None:
    inbox = Inbox(1)
    assert inbox.take(2, b"first") == b""
    assert inbox.take(2, b"other") is None
    assert inbox.take(1, b"") == b"first"
    assert inbox.take(1, b"other") is None
    assert inbox.take(2, b"other") is None


def test_too_far_ahead_is_refused() -> None:
    inbox = Inbox(1)
    assert inbox.take(1 + MAX_AHEAD, b"x") == b""
    assert inbox.take(2 + MAX_AHEAD, b"x") is None
    assert inbox.take(40_000, b"x") is None


def test_memory_is_bounded_but_the_next_packet_always_fits() -> None:
    inbox = Inbox(0)
    taken = sum(inbox.take(seq, bytes(1400)) is not None for seq in range(1, MAX_AHEAD))
    assert taken == CAPACITY_BYTES // 1400
    assert inbox.held_bytes <= CAPACITY_BYTES
    assert inbox.window_bytes == CAPACITY_BYTES - inbox.held_bytes
    added = inbox.take(0, bytes(CAPACITY_BYTES))
    assert added is not None
    assert len(added) == CAPACITY_BYTES + taken * 1400


def test_a_goodbye_ends_the_stream_when_all_before_it_is_here() -> None:
    inbox = Inbox(1)
    assert inbox.take(4, b"beyond") == b""
    assert inbox.take(3, b"", fin=True) == b""
    assert inbox.held_bytes == 0, "what stands behind the end is nothing"
    assert inbox.take(2, b"b") == b""
    assert not inbox.eof
    assert inbox.take(5, b"", fin=True) is None
    assert inbox.take(1, b"a") == b"ab"
    assert inbox.eof
    assert inbox.take(4, b"more") is None


def test_the_bits_of_what_waits() -> None:
    inbox = Inbox(10)
    assert inbox.selective_ack() == b""
    inbox.take(11, b"x")
    inbox.take(13, b"x")
    assert inbox.selective_ack() == bytes([0b101, 0, 0, 0])
    inbox.take(11 + 32, b"x")
    assert inbox.selective_ack() == bytes([0b101, 0, 0, 0, 1, 0, 0, 0])


@given(st.integers(0, 65_535), st.lists(st.binary(max_size=5), max_size=60), st.integers(0, 2**32))
def test_any_order_gives_the_stream(first: int, packets: list[bytes], seed: int) -> None:
    order = [*range(len(packets)), *range(len(packets))]
    random.Random(seed).shuffle(order)
    inbox = Inbox(first)
    read = b"".join(inbox.take(first + at & 0xFFFF, packets[at]) or b"" for at in order)
    assert read == b"".join(packets)
    assert inbox.n_held == 0


def test_the_bits_of_what_waits_are_those_of_its_numbers() -> None:
    rng = random.Random(5)
    for _ in range(200):
        first = rng.randrange(1 << 16)
        inbox, end = Inbox(first), rng.choice((None, 20, 40))
        for _ in range(120):
            number = rng.randrange(64)
            inbox.take(first + number & MASK, b"x", fin=number == end)
            held = [ahead(seq, inbox.next) - 1 for seq in inbox._held]
            assert int.from_bytes(inbox.selective_ack(), "little") == sum(1 << bit for bit in held)
            assert len(inbox.selective_ack()) % 4 == 0
