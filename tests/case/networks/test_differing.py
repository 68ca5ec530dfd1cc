# SPDX-License-Identifier: Apache-2.0
"""What two tables name differently, against a count of every single address."""

import ipaddress

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.case.networks.differing import difference, line_of, owners_of

Rows = list[tuple[str, str]]


def table(rows: Rows, says: str | None = None) -> pa.Table:
    columns = {"prefix": [p for p, _ in rows], "org_id": [o for _, o in rows], "says": [says] * len(rows)}
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def test_prefixes_and_addresses_are_counted() -> None:
    before = table([("192.0.2.0/24", "a"), ("198.51.100.0/24", "b"), ("2001:db8::/48", "a")])
    after = table(
        [("192.0.2.0/24", "a"), ("192.0.2.0/25", "c"), ("203.0.113.0/24", "d"), ("2001:db8::/48", "e")]
    )
    found = difference(before, after)
    assert [(row.change, str(row.prefix)) for row in found.rows] == [
        ("added", "192.0.2.0/25"),
        ("gone", "198.51.100.0/24"),
        ("added", "203.0.113.0/24"),
        ("changed", "2001:db8::/48"),
    ]
    assert (found.same, found.count("added"), found.count("changed")) == (1, 2, 1)
    assert found.ipv4.to_json() == {"named_now": 256, "named_no_more": 256, "other": 128, "same": 128}
    assert found.ipv6.other == 1 << 16


def test_a_row_that_is_no_word_on_whose_it_is_does_not_count() -> None:
    assert difference(table([]), table([("192.0.2.0/24", "list:x")], "kind")).rows == ()


def test_one_prefix_named_twice_is_one_answer() -> None:
    both = table([("192.0.2.0/24", "a"), ("192.0.2.0/24", "b")])
    found = difference(table([("192.0.2.0/24", "a")]), both)
    assert [(row.before, row.after) for row in found.rows] == [(("a",), ("a", "b"))]
    assert found.ipv4.other == 256


def test_long_ipv6_prefixes_count_as_their_block() -> None:
    found = difference(table([]), table([("2001:db8::1/128", "a"), ("2001:db8::2/128", "b")]))
    assert found.ipv6.named == 1
    assert difference(table([]), table([("::/0", "a")])).ipv6.named == 1 << 64


nets = st.builds(
    lambda at, length: str(ipaddress.ip_network((0xC0000200 + at, length), strict=False)),
    st.integers(0, 255),
    st.integers(24, 32),
)
sides = st.lists(st.tuples(nets, st.sampled_from("abc")), max_size=12)


def naive(rows: Rows, address: ipaddress.IPv4Address) -> frozenset[str]:
    holding = [(ipaddress.IPv4Network(p), o) for p, o in rows if address in ipaddress.IPv4Network(p)]
    longest = max((net.prefixlen for net, _ in holding), default=-1)
    return frozenset(org for net, org in holding if net.prefixlen == longest)


@given(sides, sides)
def test_addresses_are_counted_as_if_one_by_one(before: Rows, after: Rows) -> None:
    counts = {"named_now": 0, "named_no_more": 0, "other": 0, "same": 0}
    for address in ipaddress.IPv4Network("192.0.2.0/24"):
        old, new = naive(before, address), naive(after, address)
        if old or new:
            word = (
                "same" if old == new else "other" if old and new else "named_now" if new else "named_no_more"
            )
            counts[word] += 1
    assert difference(table(before), table(after)).ipv4.to_json() == counts


@given(sides)
def test_the_line_ascends(rows: Rows) -> None:
    places = [at for at, _ in line_of(owners_of(table(rows)), 4)]
    assert places == sorted(places)
