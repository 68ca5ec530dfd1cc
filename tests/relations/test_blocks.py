# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime as dt
import ipaddress
import itertools

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmwitness.relations.blocks import BLOCKS, SCHEMA, n_leases_by_block
from swarmwitness.relations.engine import engine_of
from swarmwitness.relations.schema import schema

START = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
ROWS = schema(observed_at="timestamp", ip="text", source="text", port="int", counts_all="int")


def row(ip, day=0, port=6881, source="tracker", own=1):
    at = START + dt.timedelta(days=day)
    return {"observed_at": at, "ip": ip, "source": source, "port": port, "counts_all": own}


def naive(rows):
    told = []
    for length in BLOCKS:
        seen = {}
        for each in rows:
            if ":" not in each["ip"]:
                continue
            net = ipaddress.ip_network((each["ip"], length), strict=False)
            port = 0 if each["source"] == "inbound" else each["port"]
            seen.setdefault((net, port), []).append(each)
        n_leases = len(seen)
        for of_key in seen.values():
            days = {}
            for each in of_key:
                days.setdefault(each["observed_at"].date(), []).append(each["observed_at"])
            spans = [(min(times), max(times)) for _, times in sorted(days.items())]
            n_leases += sum(b[0] - a[1] > dt.timedelta(days=90) for a, b in itertools.pairwise(spans))
        told.append(
            {
                "block": length,
                "n_blocks": len({net for net, _ in seen}),
                "n_leases": n_leases,
                "n_sightings": sum(e["counts_all"] for of_key in seen.values() for e in of_key),
            }
        )
    return told


def counted(engine, rows):
    return n_leases_by_block(engine, engine.table(pa.Table.from_pylist(rows, ROWS)))


def test_a_household_is_more_addresses_than_blocks(engine):
    rows = [
        row("2001:db8::1"),
        row("2001:db8::2"),
        row("2001:db8:0:1::1"),
        row("2001:db8:0:100::1", 1),
        row("2001:db8:0:100::1", 95),
        row("192.0.2.1"),
        row("2001:db8::1", port=40000, source="inbound", own=0),
    ]
    table = counted(engine, rows)
    assert table.schema == SCHEMA
    assert table.to_pylist() == naive(rows)
    assert [(r["n_blocks"], r["n_leases"]) for r in table.to_pylist()] == [(1, 3), (2, 4), (3, 5), (4, 6)]


def test_without_ipv6_all_is_nought(engine):
    assert [list(r.values()) for r in counted(engine, [row("192.0.2.1")]).to_pylist()] == [
        [length, 0, 0, 0] for length in BLOCKS
    ]


IPS = [
    "2001:db8::1",
    "2001:db8::1:0:0:1",
    "2001:db8:0:1::",
    "2001:db8:0:100::5",
    "2001:db8:1::",
    "192.0.2.1",
    "::1",
]
DRAWN = st.builds(
    row,
    st.sampled_from(IPS),
    st.sampled_from([0, 0.5, 1, 90, 91, 95, 200, 290]),
    st.sampled_from([0, 6881, 6882]),
    st.sampled_from(["tracker", "inbound", ""]),
    st.integers(0, 1),
)


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(DRAWN, max_size=20))
def test_it_is_what_loops_say(name, rows):
    assert counted(engine_of(name), rows).to_pylist() == naive(rows)
