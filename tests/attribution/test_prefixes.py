# SPDX-License-Identifier: Apache-2.0
"""Which rows hold an address."""

from __future__ import annotations

import datetime as dt
import ipaddress

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution.prefixes import NetworkRow, PrefixIndex, covering, prefixes_of
from swarmwitness.terms.endpoint import Prefix


def row(prefix: Prefix) -> NetworkRow:
    return NetworkRow(prefix, str(prefix), "", frozenset(), "unknown", None, None, None, "s", "")


def test_a_row_from_its_cells() -> None:
    cells = {
        "prefix": "2001:db8::/32",
        "org_id": "x",
        "org_name": None,
        "asn": "64500 64496",
        "kind": None,
        "valid_from": dt.date(2020, 1, 1),
        "valid_to": None,
        "as_of": None,
        "source": None,
        "exhibit": "file:00#1",
    }
    made = NetworkRow.of(cells)
    assert (made.asn, made.kind, made.source, made.valid_from) == (
        {64496, 64500},
        "unknown",
        "",
        dt.date(2020, 1, 1),
    )
    assert made.exhibit == "file:00#1"


addresses4 = st.ip_addresses(v=4, network="192.0.2.0/24")
prefixes = st.tuples(st.ip_addresses(v=4, network="192.0.2.0/24"), st.integers(0, 32)).map(
    lambda pair: ipaddress.IPv4Network((int(pair[0]), pair[1]), strict=False)
)


@given(st.lists(prefixes, max_size=20), addresses4)
def test_every_holding_prefix_is_found_longest_first(
    networks: list[Prefix], address: ipaddress.IPv4Address
) -> None:
    found = [each.prefix for each in PrefixIndex.of(map(row, networks)).holding(address)]
    assert sorted(map(str, found)) == sorted(str(each) for each in networks if address in each)
    assert [each.prefixlen for each in found] == sorted((each.prefixlen for each in found), reverse=True)


@given(st.integers(0, 128), st.ip_addresses(v=6))
def test_ipv6_and_ipv4_do_not_mix(length: int, address: ipaddress.IPv6Address) -> None:
    network = ipaddress.IPv6Network((int(address), length), strict=False)
    index = PrefixIndex.of([row(network), row(ipaddress.ip_network("0.0.0.0/0"))])
    assert [each.prefix for each in index.holding(address)] == [network]


def test_only_rows_that_hold_an_address_can_answer() -> None:
    held = ["192.0.2.0/24", "192.0.2.7/32", "0.0.0.0/0", "::/0", "2001:db8::/32", "198.51.100.0/24"]
    networks = pa.table({"prefix": held})
    for text in ("192.0.2.7", "192.0.2.200", "198.51.100.1", "203.0.113.9", "2001:db8::1", "2001:db9::"):
        address = ipaddress.ip_address(text)
        wanted = [prefix for prefix in held if address in ipaddress.ip_network(prefix)]
        assert covering(networks, [address]).column("prefix").to_pylist() == wanted
    both = covering(networks, [ipaddress.ip_address(text) for text in ("198.51.100.1", "2001:db8::1")])
    assert both.column("prefix").to_pylist() == held[2:]
    assert covering(networks, []).num_rows == 0


def test_an_address_has_so_many_prefixes() -> None:
    assert len(list(prefixes_of(ipaddress.ip_address("192.0.2.7")))) == 33
    found = list(prefixes_of(ipaddress.ip_address("2001:db8::7")))
    assert (len(found), str(found[0]), str(found[-1])) == (129, "2001:db8::7/128", "::/0")
