# SPDX-License-Identifier: Apache-2.0
from ipaddress import ip_address
from itertools import islice

import pytest

from swarmwitness.swarm.allowed_fast import allowed_fast, masked, rules_fit

ADDRESS, INFO_HASH = ip_address("80.4.4.200"), b"\xaa" * 20
BEP6_NINE = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]


def row(address, rule, n_pieces=1313):
    return list(islice(allowed_fast(masked(ip_address(address))[rule], INFO_HASH, n_pieces), 9))


def test_the_example_of_bep_6() -> None:
    """80.4.4.200, info_hash 0xaa x 20, 1313 pieces: the sets of seven and of nine that BEP 6 prints."""
    assert row("80.4.4.200", "bep6")[:7] == BEP6_NINE[:7]
    assert row("80.4.4.200", "bep6") == BEP6_NINE


def test_the_last_byte_counts_or_not() -> None:
    assert row("80.4.4.1", "bep6") == BEP6_NINE
    assert row("80.4.4.1", "whole_address") != row("80.4.4.200", "whole_address") != BEP6_NINE


def test_few_pieces_come_each_once() -> None:
    assert sorted(allowed_fast(ADDRESS.packed, INFO_HASH, 3)) == [0, 1, 2]
    assert list(allowed_fast(ADDRESS.packed, INFO_HASH, 0)) == []


@pytest.mark.parametrize(
    ("allowed", "address", "n_pieces", "expected"),
    [
        ((1059, 431, 808), "80.4.4.200", 1313, ("bep6",)),
        ((508, 353), "80.4.4.200", 1313, ("bep6",)),
        (tuple(row("80.4.4.200", "whole_address")), "80.4.4.200", 1313, ("whole_address",)),
        ((1059, 1, 2), "80.4.4.200", 1313, ()),
        ((1059,), "80.4.5.200", 1313, ()),
        ((0, 1, 2), "80.4.4.200", 3, ("bep6", "whole_address")),
        ((), "80.4.4.200", 1313, None),
        ((1,), "80.4.4.200", 0, None),
        (tuple(row("2001:db8::1", "whole_address")), "2001:db8::1", 1313, ("whole_address",)),
    ],
)
def test_which_rules_fit(allowed, address, n_pieces, expected) -> None:
    assert rules_fit(allowed, ip_address(address), INFO_HASH, n_pieces) == expected
