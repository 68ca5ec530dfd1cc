# SPDX-License-Identifier: Apache-2.0
from ipaddress import ip_address
from itertools import islice

import pytest

from swarmwitness.swarm.allowed_fast import allowed_fast, unexpected

ADDRESS, INFO_HASH = ip_address("80.4.4.200"), b"\xaa" * 20


def test_the_example_of_bep_6() -> None:
    """80.4.4.200, info_hash 0xaa x 20, 1313 pieces: the sets of seven and of nine that BEP 6 prints."""
    row = list(islice(allowed_fast(ADDRESS, INFO_HASH, 1313), 9))
    assert row[:7] == [1059, 431, 808, 1217, 287, 376, 1188]
    assert row == [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]


def test_the_last_byte_of_the_address_does_not_count() -> None:
    other = list(islice(allowed_fast(ip_address("80.4.4.1"), INFO_HASH, 1313), 9))
    assert other == list(islice(allowed_fast(ADDRESS, INFO_HASH, 1313), 9))


def test_few_pieces_come_each_once() -> None:
    assert sorted(allowed_fast(ADDRESS, INFO_HASH, 3)) == [0, 1, 2]
    assert list(allowed_fast(ADDRESS, INFO_HASH, 0)) == []


@pytest.mark.parametrize(
    ("allowed", "address", "n_pieces", "expected"),
    [
        ((1059, 431, 808), ADDRESS, 1313, ()),
        ((508, 353), ADDRESS, 1313, ()),
        ((1059, 1, 2), ADDRESS, 1313, (1, 2)),
        ((1059,), ip_address("80.4.5.200"), 1313, (1059,)),
        ((), ADDRESS, 1313, None),
        ((1,), ADDRESS, 0, None),
        ((1,), ip_address("2001:db8::1"), 1313, None),
    ],
)
def test_what_is_unexpected(allowed, address, n_pieces, expected) -> None:
    assert unexpected(allowed, address, INFO_HASH, n_pieces) == expected
