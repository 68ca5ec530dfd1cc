# SPDX-License-Identifier: Apache-2.0
"""Rows -> leases: an address, a port cluster, an interval without evidence of reassignment. Rule v0.

1. The address is the IPv4 address, or the /64 of an IPv6 address (a household or a machine is given a
   /64, RFC 6177); the address shown is the one seen first.
2. The port cluster is the port, since a client keeps its listening port; it is 0 where the port is
   unknown, and for `inbound` sightings, whose port is that of one connection.
3. Days (UTC) of one (address, port cluster) follow each other in one lease until (a) more than
   `SILENCE` passes between the last sighting and the next, or (b) the attributed organisation is
   another one than on the last day that had any. Days of unknown or disputed organisation part
   nothing. If addresses of one /64 have several organisations on a day, that day has none.
4. `lease_id` is the first 16 hex digits of the SHA-256 of `IP|PORT_CLUSTER|FIRST_SEEN` in ASCII: the
   address shown in canonical text, the port in decimal, the time as 2025-03-20T12:00:00.000000Z.

The error of the rule is not measured yet; Step 4 of the plan measures it in simulation.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.leasedays import AGREEMENTS, DAYS, keyed, numbered_days
from swarmwitness.relations.rows import ROWS
from swarmwitness.relations.schema import schema
from swarmwitness.terms.instant import EPOCH, micros_to_text

METHOD_VERSION = "0"
_UNKNOWN, _SPLIT = AGREEMENTS.index("unknown"), AGREEMENTS.index("split")
SCHEMA = schema(
    lease_id="text",
    ip="text",
    port_cluster="int",
    first_seen="timestamp",
    last_seen="timestamp",
    n_sightings="int",
    n_works="int",
    org_id="text",
    org_kind="text",
    org_agreement="text",
    max_rung="int",
    rung_basis="text",
    progressed="bool",
    given_bytes="int",
)
_KEY = ["net", "port_cluster", "lease_no"]


def address_days(engine: Engine, rows: Path) -> pa.Table:
    """The distinct (ip, day) pairs of the rows, in order: what attribution is asked."""
    pairs = engine.scan(rows).select("ip", nw.col("observed_at").dt.date().alias("day")).unique()
    return collect(engine, pairs, schema(ip="text", day="date"), ["ip", "day"])


def lease(engine: Engine, rows: Path, attributed: pa.Table, into: Path) -> pa.Table:
    """Group rows into leases.

    Args:
        engine: Whichever.
        rows: As `fold` wrote them.
        attributed: ip, day, org_id, org_kind, org_agreement of every (ip, day) of the rows; what is
            missing is unknown.
        into: Parquet file to write: the rows and their `lease_id`.

    Returns:
        `leases` (interchange), by first_seen, ip, port_cluster. n_sightings counts sightings, n_works
        distinct works; max_rung is over rungs 0-9 (10 and 11 are flags and not "more"); progressed =
        some row of rung 4, since a piece given (rung 7) is no growth that was watched; given_bytes =
        bytes received at rungs 6-9.
    """
    by_key = keyed(engine, rows)
    # Days are few beside rows; as a table they are worked out once for the three readers below.
    days = engine.table(collect(engine, numbered_days(engine, by_key, attributed), DAYS, DAYS.names[:3]))
    numbered = by_key.join(days.select("net", "port_cluster", "day", "lease_no"), on=[*_KEY[:2], "day"])
    grouped = collect(engine, _grouped(numbered, days), _GROUPED, _KEY)
    table, ids = _identified(grouped, _first_addresses(engine, numbered))
    engine.store(numbered.join(engine.table(ids), on=_KEY).select(*ROWS, "lease_id"), into)
    return table


_GROUPED = schema(
    net="text",
    port_cluster="int",
    lease_no="int",
    first_seen="timestamp",
    last_seen="timestamp",
    n_sightings="int",
    n_works="int",
    max_rung="int",
    n_progressed="int",
    given_bytes="int",
    basis_low="text",
    basis_high="text",
    org="text",
    kind_low="text",
    kind_high="text",
    firmness="int",
    firmness_all="int",
)


def _grouped(numbered: Frame, days: Frame) -> Frame:
    rung, own = nw.col("rung"), nw.col("counts_all")
    given = (rung >= 6) & (rung <= 9)
    zero = nw.lit(0).cast(nw.Int64)
    sums = (
        numbered.with_columns(
            ladder=nw.when(rung <= 9).then(rung).otherwise(zero),
            progress=nw.when(rung == 4).then(own).otherwise(zero),
            given=nw.when(given).then(nw.col("bytes_received") * own).otherwise(zero),
        )
        .group_by(*_KEY)
        .agg(
            nw.col("observed_at").min().alias("first_seen"),
            nw.col("observed_at").max().alias("last_seen"),
            nw.col("counts_all").sum().cast(nw.Int64).alias("n_sightings"),
            nw.col("work_id").n_unique().cast(nw.Int64).alias("n_works"),
            nw.col("ladder").max().alias("max_rung"),
            nw.col("progress").sum().cast(nw.Int64).alias("n_progressed"),
            nw.col("given").sum().cast(nw.Int64).alias("given_bytes"),
            nw.col("rung_basis").min().alias("basis_low"),
            nw.col("rung_basis").max().alias("basis_high"),
        )
    )
    firm = nw.when(~nw.col("org").is_null()).then(nw.col("firmness"))
    holders = (
        days.with_columns(firm=firm)
        .group_by(*_KEY)
        .agg(
            nw.col("org").min().alias("org"),
            nw.col("kind_").min().alias("kind_low"),
            nw.col("kind_").max().alias("kind_high"),
            nw.col("firm").max().alias("firmness"),
            nw.col("firmness").max().alias("firmness_all"),
        )
    )
    return sums.join(holders, on=_KEY)


_SEEN = schema(net="text", port_cluster="int", lease_no="int", seen="timestamp", ip="text")


def _first_addresses(engine: Engine, numbered: Frame) -> dict[tuple[str, int, int], str]:
    """The IPv6 address that each lease of a /64 was first seen at; of two at once the lesser text."""
    seen = (
        numbered.filter(nw.col("ip").str.contains(":", literal=True))
        .group_by(*_KEY, "ip")
        .agg(nw.col("observed_at").min().alias("seen"))
    )
    first: dict[tuple[str, int, int], str] = {}
    for row in collect(engine, seen, _SEEN, [*_KEY, "seen", "ip"]).to_pylist():
        first.setdefault((row["net"], row["port_cluster"], row["lease_no"]), row["ip"])
    return first


_Lease = dict[str, str | int | bool | dt.datetime | None]


def _identified(
    grouped: pa.Table, first_addresses: dict[tuple[str, int, int], str]
) -> tuple[pa.Table, pa.Table]:
    leases: list[_Lease] = []
    ids: list[str] = []
    for row in grouped.to_pylist():
        key = (row["net"], row["port_cluster"], row["lease_no"])
        ip = first_addresses.get(key, row["net"])
        lease_id = lease_id_of(ip, row["port_cluster"], row["first_seen"])
        ids.append(lease_id)
        leases.append({**row, **_holder(row), "lease_id": lease_id, "ip": ip})
    by_time = sorted(leases, key=lambda one: (one["first_seen"], one["ip"], one["port_cluster"]))
    table = pa.Table.from_pylist(by_time, SCHEMA)
    return table, grouped.select(_KEY).append_column("lease_id", pa.array(ids, pa.string()))


def lease_id_of(ip: str, port_cluster: int, first_seen: dt.datetime) -> str:
    """The lease's name (rule 4)."""
    micros = (first_seen - EPOCH) // dt.timedelta(microseconds=1)
    text = f"{ip}|{port_cluster}|{micros_to_text(micros)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _holder(row: _Lease) -> _Lease:
    named = row["org"] is not None
    unnamed = _SPLIT if row["firmness_all"] == _SPLIT else _UNKNOWN
    firmness = row["firmness"] if named else unnamed
    one_kind = row["kind_low"] is not None and row["kind_low"] == row["kind_high"]
    basis = str(row["basis_low"])
    return {
        "org_id": row["org"] if named else "",
        "org_kind": row["kind_low"] if named and one_kind else "unknown",
        "org_agreement": AGREEMENTS[int(str(firmness))],
        "rung_basis": basis if basis == row["basis_high"] else "mixed",
        "progressed": bool(row["n_progressed"]),
    }
