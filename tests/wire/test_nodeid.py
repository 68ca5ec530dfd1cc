# SPDX-License-Identifier: Apache-2.0
"""Ids of the DHT against BEP 42's own examples."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.wire.nodeid import RANDOM_BYTES, IdFit, crc32c, distance, fit_of, id_for

EXAMPLES = [
    ("124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401"),
    ("21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256"),
    ("65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616"),
    ("84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41"),
    ("43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a"),
]


def test_the_checksum() -> None:
    """RFC 3720, appendix B.4: 32 bytes of zeros; and the catalogue's check value."""
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"123456789") == 0xE3069283


@pytest.mark.parametrize(("ip", "node_id"), EXAMPLES)
def test_the_examples_of_the_bep(ip: str, node_id: str) -> None:
    raw = bytes.fromhex(node_id)
    assert fit_of(raw, ip_address(ip)) is IdFit.YES
    assert fit_of(raw, ip_address(ip) + (1 << 16)) is IdFit.NO
    assert id_for(ip_address(ip), raw) == raw, "the free bits are the entropy's"


@pytest.mark.parametrize("bit", range(21))
def test_each_of_the_21_bits_counts(bit: int) -> None:
    ip, node_id = EXAMPLES[0]
    flipped = int(node_id, 16) ^ 1 << 159 - bit
    assert fit_of(flipped.to_bytes(20, "big"), ip_address(ip)) is IdFit.NO


@pytest.mark.parametrize(
    "ip",
    ["10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.9.9", "127.0.0.1", "::1", "fe80::1", "fd00::1"],
)
def test_local_networks_are_exempt(ip: str) -> None:
    assert fit_of(bytes(20), ip_address(ip)) is IdFit.EXEMPT


@given(st.ip_addresses(), st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_an_id_of_our_own_fits(ip, entropy) -> None:
    node_id = id_for(ip, entropy)
    assert len(node_id) == 20
    assert node_id[3:] == entropy[3:]
    assert fit_of(node_id, ip) is not IdFit.NO


def test_ipv6_counts_its_upper_half_alone() -> None:
    node_id = id_for(ip_address("2001:2::1"), bytes(range(20)))
    assert fit_of(node_id, ip_address("2001:2::ffff")) is IdFit.YES
    assert fit_of(node_id, ip_address("2001:2:0:1::1")) is IdFit.NO


@pytest.mark.parametrize("size", [0, 19, 21, 32])
def test_an_id_has_20_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="20 bytes"):
        fit_of(bytes(size), ip_address("192.0.2.1"))
    with pytest.raises(ValueError, match="20 bytes"):
        id_for(ip_address("192.0.2.1"), bytes(size))


@given(*[st.binary(min_size=20, max_size=20)] * 3)
def test_distance_is_one(one: bytes, two: bytes, three: bytes) -> None:
    assert distance(one, one) == 0
    assert distance(one, two) == distance(two, one)
    assert distance(one, three) <= distance(one, two) + distance(two, three)
