# SPDX-License-Identifier: Apache-2.0
"""Filters of BEP 33 against its test vector."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bloom import FILTER_BYTES, BloomFilter

VECTOR = bytes.fromhex("""
 F6C3F5EA A07FFD91 BDE89F77 7F26FB2B FF37BDB8 FB2BBAA2 FD3DDDE7 BACFFF75 EE7CCBAE
 FE5EEDB1 FBFAFF67 F6ABFF5E 43DDBCA3 FD9B9FFD F4FFD3E9 DFF12D1B DF59DB53 DBE9FA5B
 7FF3B8FD FCDE1AFB 8BEDD7BE 2F3EE71E BBBFE93B CDEEFE14 8246C2BC 5DBFF7E7 EFDCF24F
 D8DC7ADF FD8FFFDF DDFFF7A4 BBEEDF5C B95CE81F C7FCFF1F F4FFFFDF E5F7FDCB B7FD79B3
 FA1FC77B FE07FFF9 05B7B7FF C7FEFEFF E0B8370B B0CD3F5B 7F2BD93F EB4386CF DD6F7FD5
 BFAF2E9E BFFFFEEC D67ADBF7 C67F17EF D5D75EBA 6FFEBA7F FF47A91E B1BFBB53 E8ABFB57
 62ABE8FF 237279BF EFBFEEF5 FFC5FEBF DFE5ADFF ADFEE1FB 737FFFFB FD9F6AEF FEEE76B6
 FD8F72EF""")
ADDRESSES = [ip_address("192.0.2.0") + n for n in range(256)] + [
    ip_address("2001:db8::") + n for n in range(0x3E8)
]


def test_the_vector_of_the_bep() -> None:
    made = BloomFilter.of(ADDRESSES)
    assert made.to_wire() == VECTOR
    assert made == BloomFilter.from_wire(VECTOR)
    assert made.estimate is not None
    assert round(made.estimate, 4) == 1224.9309, "the BEP cuts: 1224.9308"
    assert all(made.may_hold(address) for address in ADDRESSES)
    assert not made.overfull


def test_a_union_is_the_filter_of_both() -> None:
    assert BloomFilter.of(ADDRESSES[:700]) | BloomFilter.of(ADDRESSES[500:]) == BloomFilter.of(ADDRESSES)


def test_empty_and_full() -> None:
    assert BloomFilter().estimate == 0.0
    assert not BloomFilter().may_hold(ADDRESSES[0])
    full = BloomFilter(b"\xff" * FILTER_BYTES)
    assert full.estimate is None
    assert full.overfull
    assert BloomFilter(b"\xff" * (FILTER_BYTES - 1) + b"\xfe").overfull


@given(st.lists(st.ip_addresses(), max_size=40))
def test_a_no_is_certain(addresses) -> None:
    made = BloomFilter.of(addresses)
    assert all(made.may_hold(address) for address in addresses)
    assert made.zero_bits >= 2048 - 2 * len(set(addresses))


@pytest.mark.parametrize("size", [0, 1, 255, 257, 512])
def test_another_length_is_none(size: int) -> None:
    with pytest.raises(MalformedMessage):
        BloomFilter.from_wire(bytes(size))
    with pytest.raises(ValueError, match="256"):
        BloomFilter(bytes(size))
