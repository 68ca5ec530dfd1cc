# SPDX-License-Identifier: Apache-2.0
"""The rule that is measured is the rule that runs."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.machines import FAMILIES
from swarmwitness.lab.leasing.rules import V1, leases
from swarmwitness.lab.leasing.worlds import UNKNOWN, Sightings, world
from swarmwitness.relations.engine import collect, engine_of
from swarmwitness.relations.leasedays import held, numbered_stays, stays
from swarmwitness.relations.schema import schema

BEGIN = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
ROWS = schema(
    observed_at="timestamp", ip="text", port="int", source="text", rung="int", rung_basis="text",
    peer_id="text", counts_all="int", bytes_received="int",
)  # fmt: skip
OUT = schema(net="text", port_cluster="int", day="date", split_no="int")


def ip_of(number: int, six: bool) -> str:
    return f"2001:db8:{number:x}::1" if six else f"198.18.{number // 256}.{number % 256}"


def rows_of(seen: Sightings, six: bool) -> pa.Table:
    rows = [
        {
            "observed_at": BEGIN + dt.timedelta(microseconds=int(seen.at[n])),
            "ip": ip_of(int(seen.address[n]), six),
            "port": int(seen.port[n]) or 40000 + n % 1000,
            "source": "tracker" if seen.port[n] else "inbound",
            "rung": 0 if seen.family[n] == UNKNOWN else 2,
            "rung_basis": "asserted",
            "peer_id": peer_id(int(seen.family[n]), int(seen.version[n]), int(seen.start[n])),
            "counts_all": 1,
            "bytes_received": 0,
        }
        for n in range(len(seen))
    ]
    return pa.Table.from_pylist(rows, ROWS)


def peer_id(family: int, version: int, start: int) -> str:
    return "" if family == UNKNOWN else f"-{FAMILIES[family]}{version:04d}-{start:012d}".encode().hex()


def attributed_of(rows: pa.Table, seen: Sightings) -> pa.Table:
    org = {}
    for ip, at, number in zip(
        rows.column("ip").to_pylist(), rows.column("observed_at").to_pylist(), seen.org.tolist(), strict=True
    ):
        org[ip, at.date()] = f"org{number}"
    return pa.Table.from_pylist(
        [
            {"ip": ip, "day": day, "org_id": name, "org_kind": seen.kind, "org_agreement": "unanimous"}
            for (ip, day), name in org.items()
        ],
        schema(ip="text", day="date", org_id="text", org_kind="text", org_agreement="text"),
    )


@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.name)
def test_the_kernel_gives_the_leases_that_were_measured(of, tmp_path):
    rng = np.random.default_rng(11)
    seen = world(rng, of, draw(rng, of))
    rows = rows_of(seen, of.six)
    pq.write_table(rows, tmp_path / "rows.parquet")
    pq.write_table(attributed_of(rows, seen), tmp_path / "attributed.parquet")
    engine = engine_of("duckdb")
    engine.store(stays(engine.scan(tmp_path / "rows.parquet")), tmp_path / "stays.parquet")
    days = numbered_stays(held(engine, tmp_path / "stays.parquet", tmp_path / "attributed.parquet"))
    got = collect(engine, days, OUT, OUT.names[:3])
    n_leases = len({(row["net"], row["port_cluster"], row["split_no"]) for row in got.to_pylist()})
    number = leases(seen, V1)
    assert n_leases == len(np.unique(number))
    of_day = {}
    for n in range(len(seen)):
        key = ip_of(int(seen.address[n]), of.six), int(seen.port[n]), int(seen.at[n]) // 86_400_000_000
        of_day[key] = int(number[n])
    expected, first = [], {}
    for (ip, port, _), lease in sorted(of_day.items()):
        expected.append(lease - first.setdefault((ip, port), lease))
    told = {
        (row["net"], row["port_cluster"], (row["day"] - BEGIN.date()).days): row["split_no"]
        for row in got.to_pylist()
    }
    nets = {ip: f"20010db8{ip.split(':')[2].zfill(4)}0000" if of.six else ip for ip, _, _ in of_day}
    assert [told[nets[ip], port, day] for ip, port, day in sorted(of_day)] == expected
