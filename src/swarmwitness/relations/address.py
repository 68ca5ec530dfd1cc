# SPDX-License-Identifier: Apache-2.0
"""The block that an address is counted under: itself for IPv4, its /64 for IPv6."""

from __future__ import annotations

import ipaddress

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.schema import schema

_IP = schema(ip="text")


def net_of(ip: str) -> str:
    """`2001:db8:1:2::/64` for an IPv6 address, the address itself for IPv4."""
    if ":" not in ip:
        return ip
    return str(ipaddress.IPv6Network((int(ipaddress.IPv6Address(ip)) >> 64 << 64, 64)))


def with_net(engine: Engine, rows: Frame) -> Frame:
    """Rows with a column `net`. Engines do not agree on IPv6 text, so Python reads the distinct ones."""
    six = rows.filter(nw.col("ip").str.contains(":", literal=True)).select("ip").unique()
    ips = [str(ip) for ip in collect(engine, six, _IP, ["ip"]).column("ip").to_pylist()]
    nets = pa.table(
        {"ip": pa.array(ips, pa.string()), "net": pa.array([net_of(ip) for ip in ips], pa.string())}
    )
    joined = rows.join(engine.table(nets), on="ip", how="left")
    return joined.with_columns(net=nw.coalesce("net", "ip"))
