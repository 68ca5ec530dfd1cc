# SPDX-License-Identifier: Apache-2.0
"""Keys and blocks of addresses, the same from every engine."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.relations.address import key_of, net_of, with_keys, with_net
from swarmwitness.relations.engine import Engine, collect
from swarmwitness.relations.schema import schema

NETS = [
    ("192.0.2.1", "192.0.2.1"),
    ("2001:db8::1", "20010db800000000"),
    ("2001:db8:0:1:ffff:ffff:ffff:ffff", "20010db800000001"),
    ("::1", "0000000000000000"),
]
ODD = ["0.0.0.0", "255.255.255.255", "::", "1::", "1:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:0"]
groups = st.lists(st.sampled_from([0, 0, 1, 0xFF, 0xFFFF]), min_size=8, max_size=8)
sixes = groups.map(lambda g: str(ipaddress.IPv6Address(b"".join(x.to_bytes(2, "big") for x in g))))
fours = st.ip_addresses(v=4).map(str)


@pytest.mark.parametrize(("ip", "net"), NETS)
def test_nets(ip: str, net: str) -> None:
    assert net_of(ip) == net


def test_a_key_orders_as_the_address_does() -> None:
    assert key_of("192.0.2.1") == "192000002001"
    assert key_of("2001:db8::1") == "20010db8000000000000000000000001"
    for ips in (["9.0.0.0", "10.0.0.0", "192.0.2.9", "192.0.2.10"], ["::9", "::a", "::10", "1::"]):
        assert sorted(ips, key=key_of) == ips


def keys(engine: Engine, ips: list[str]) -> list[tuple[str, str, str]]:
    rows = with_net(with_keys(engine.table(pa.table({"ip": ips}))))
    got = collect(engine, rows, schema(ip="text", key="text", net="text"), ["ip"])
    return [(row["ip"], row["key"], row["net"]) for row in got.to_pylist()]


def test_rows_get_their_key_and_net(engine) -> None:
    ips = sorted([ip for ip, _ in NETS] * 2 + ODD)
    assert keys(engine, ips) == [(ip, key_of(ip), net_of(ip)) for ip in ips]


@settings(max_examples=20, deadline=None)
@given(st.lists(fours | sixes.filter(lambda ip: "." not in ip), unique=True, min_size=1, max_size=60))
def test_every_address_has_the_key_that_python_gives(engine, ips: list[str]) -> None:
    assert keys(engine, sorted(ips)) == [(ip, key_of(ip), net_of(ip)) for ip in sorted(ips)]
