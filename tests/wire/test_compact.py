# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint
from swarmwitness.wire.compact import V4_BYTES, V6_BYTES, from_compact, to_compact

TABLE = [
    (V4_BYTES, [], b""),
    (V4_BYTES, [Endpoint.of("192.0.2.7", 6881)], bytes((192, 0, 2, 7, 0x1A, 0xE1))),
    (V4_BYTES, [Endpoint.of("0.0.0.0", 0), Endpoint.of("255.255.255.255", 65535)], bytes(6) + b"\xff" * 6),
    (V6_BYTES, [Endpoint.of("2001:db8::1", 1)], bytes.fromhex("20010db8000000000000000000000001") + b"\0\1"),
]


@pytest.mark.parametrize(("size", "peers", "packed"), TABLE)
def test_both_directions(size: int, peers: list[Endpoint], packed: bytes) -> None:
    assert from_compact(packed, size) == (peers, b"")
    assert to_compact(peers) == ((packed, b"") if size == V4_BYTES else (b"", packed))


@pytest.mark.parametrize("size", [V4_BYTES, V6_BYTES])
def test_what_is_behind_the_last_whole_entry_is_handed_back(size: int) -> None:
    whole = bytes(range(1, size + 1))
    for end in range(2 * size):
        peers, rest = from_compact((whole * 2)[:end], size)
        assert len(peers) == end // size
        assert rest == (whole * 2)[end - end % size : end]


def test_a_mapped_address_is_the_ipv4_one() -> None:
    packed = bytes(10) + b"\xff\xff" + bytes((192, 0, 2, 7)) + b"\0\1"
    assert from_compact(packed, V6_BYTES)[0] == [Endpoint.of("192.0.2.7", 1)]


@given(st.lists(st.builds(Endpoint, st.ip_addresses(v=4), st.integers(0, 65535)), max_size=20))
def test_round_trip(peers: list[Endpoint]) -> None:
    assert from_compact(to_compact(peers)[0], V4_BYTES) == (peers, b"")


@given(st.binary(max_size=100), st.sampled_from([V4_BYTES, V6_BYTES]))
def test_any_bytes_are_read(data: bytes, size: int) -> None:
    peers, rest = from_compact(data, size)
    assert len(peers) * size + len(rest) == len(data)
