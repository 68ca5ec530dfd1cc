# SPDX-License-Identifier: Apache-2.0
"""The block an address is counted under."""

from __future__ import annotations

import pyarrow as pa
import pytest

from swarmwitness.relations.address import net_of, with_net
from swarmwitness.relations.engine import collect
from swarmwitness.relations.schema import schema

NETS = [
    ("192.0.2.1", "192.0.2.1"),
    ("2001:db8::1", "2001:db8::/64"),
    ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
    ("::1", "::/64"),
]


@pytest.mark.parametrize(("ip", "net"), NETS)
def test_nets(ip: str, net: str) -> None:
    assert net_of(ip) == net


def test_rows_get_their_net(engine) -> None:
    rows = engine.table(pa.table({"ip": [ip for ip, _ in NETS] * 2}))
    got = collect(engine, with_net(engine, rows), schema(ip="text", net="text"), ["ip"])
    assert [tuple(row.values()) for row in got.to_pylist()] == sorted(NETS * 2)
