# SPDX-License-Identifier: Apache-2.0
"""Ranges that overlap are named in pairs; the rule is that of a naive comparison of all with all."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution.sources.spans import Spans

prefixes = st.lists(st.tuples(st.integers(0, 63), st.integers(26, 32)), max_size=12).map(
    lambda found: [
        ipaddress.ip_network((0xC0000200 + (at >> 32 - n << 32 - n), n)) for at, n in found
    ]
)  # fmt: skip


def spans_of(found: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> Spans:
    spans = Spans()
    for place, prefix in enumerate(found, 1):
        spans.add(prefix, place)
    return spans


@given(prefixes)
def test_whatever_overlaps_is_named_and_nothing_else(
    found: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
) -> None:
    pairs = spans_of(found).overlaps()
    assert all(found[a - 1].overlaps(found[b - 1]) and a != b for a, b in pairs)
    some = any(one.overlaps(other) for at, one in enumerate(found) for other in found[:at])
    assert bool(pairs) == some
    assert len(pairs) <= max(len(found) - 1, 0)


def test_a_long_range_reaches_over_others() -> None:
    texts = ("192.0.2.0/24", "192.0.2.16/28", "192.0.2.64/28", "198.51.100.0/24")
    found = [ipaddress.ip_network(text) for text in texts]
    assert spans_of(found).overlaps() == [(2, 1), (3, 1)]


def test_of_ipv6_the_first_half_is_looked_at() -> None:
    texts = ("2001:db8::/32", "2001:db8:5::/48", "2001:db9::/64", "2001:db9::1/128", "2001:db9:0:1::/64")
    assert spans_of([ipaddress.ip_network(text) for text in texts]).overlaps() == [(2, 1)]


def test_the_whole_of_both_versions_fits() -> None:
    for text in ("0.0.0.0/0", "::/0"):
        whole = ipaddress.ip_network(text)
        assert spans_of([whole, whole]).overlaps() == [(2, 1)]
