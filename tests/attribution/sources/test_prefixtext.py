# SPDX-License-Identifier: Apache-2.0
"""Prefixes, addresses and ranges as text."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution.sources.prefixtext import prefix_of, prefixes_of, range_of


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.0.2.0/24", ["192.0.2.0/24"]),
        ("192.0.2.1", ["192.0.2.1/32"]),
        ("2001:DB8::/32", ["2001:db8::/32"]),
        ("2001:db8::1", ["2001:db8::1/128"]),
        ("::ffff:192.0.2.0/120", ["192.0.2.0/24"]),
        ("::ffff:192.0.2.1", ["192.0.2.1/32"]),
        ("192.0.2.0-192.0.2.255", ["192.0.2.0/24"]),
        ("192.0.2.1 - 192.0.2.2", ["192.0.2.1/32", "192.0.2.2/32"]),
        ("2001:db8:: - 2001:db8::1", ["2001:db8::/127"]),
    ],
)
def test_what_is_read(text: str, wanted: list[str]) -> None:
    assert [str(prefix) for prefix in prefixes_of(text)] == wanted


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not an address"),
        ("192.0.2.1/24", "host bits"),
        ("192.0.2.0/255.255.255.0", "BITS"),
        ("192.0.2.0/33", "not a prefix"),
        ("192.0.2.0/٢٤", "BITS"),
        ("192.0.2.0/24/24", "BITS"),
        ("192.0.02.0/24", "not a prefix"),
        ("fe80::1%eth0", "zone"),
        ("0.0.0.0/0", "default route"),
        ("::/0", "default route"),
        ("0.0.0.0-255.255.255.255", "default route"),
        ("::ffff:0.0.0.0/96", "default route"),
        ("192.0.2.2-192.0.2.1", "before it begins"),
        ("192.0.2.2-2001:db8::", "IPv4 to IPv6"),
        ("192.0.2.2-", "not an address"),
        ("1" * 5000, "not an address"),
        ("example.com", "not an address"),
        ("3221225985", "not an address"),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        prefixes_of(text)


@given(st.integers(1, 2**32 - 1), st.integers(0, 2**16))
def test_a_range_is_covered_exactly(first: int, more: int) -> None:
    last = min(first + more, 2**32 - 1)
    found = range_of(str(ipaddress.ip_address(first)), str(ipaddress.ip_address(last)))
    at = first
    for prefix in found:
        assert int(prefix.network_address) == at
        at += prefix.num_addresses
    assert at == last + 1


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert prefix_of(text).prefixlen > 0
    except ValueError as error:
        assert str(error)  # noqa: PT017  # either outcome is right; it has words
