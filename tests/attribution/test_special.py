# SPDX-License-Identifier: Apache-2.0
"""Special ranges have their names."""

from __future__ import annotations

import ipaddress

import pytest

from swarmwitness.attribution.special import RANGES, special_range


@pytest.mark.parametrize(
    ("ip", "name"),
    [
        ("10.1.2.3", "private (RFC 1918)"),
        ("100.64.0.1", "carrier NAT (RFC 6598)"),
        ("127.0.0.1", "loopback (RFC 1122)"),
        ("192.0.2.1", "documentation (RFC 5737)"),
        ("198.19.255.255", "benchmarking (RFC 2544)"),
        ("255.255.255.255", "broadcast (RFC 919)"),
        ("8.8.8.8", ""),
        ("2001:0:c000:201::3fff:fdfe", "Teredo (RFC 4380), server 192.0.2.1, client 192.0.2.1"),
        ("2001:db8::1", "documentation (RFC 3849)"),
        ("2002:c000:201::1", "6to4 (RFC 3056), for 192.0.2.1"),
        ("64:ff9b::192.0.2.1", "NAT64 (RFC 6052), for 192.0.2.1"),
        ("fe80::1", "link-local (RFC 4291)"),
        ("2a00:1450::1", ""),
    ],
)
def test_names(ip: str, name: str) -> None:
    assert special_range(ipaddress.ip_address(ip)) == name


def test_no_special_range_is_called_global_by_the_standard_library() -> None:
    # The registry's own exceptions, and a range that is too new for some libraries.
    exceptions = (
        "6to4",
        "multicast",
        "NAT64",
        "RFC 9637",
        "IPv4-",
        "RFC 9602",
        "site-local",
        "RFC 9780",
        "RFC 9374",
    )
    for prefix, name in RANGES:
        if not any(word in name for word in exceptions):
            assert not prefix.network_address.is_global, name
