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

The error of the rule is not measured yet.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, cast

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.leasedays import AGREEMENTS, DAYS, keyed, numbered_days
from swarmwitness.relations.rows import ROWS
from swarmwitness.relations.schema import schema
from swarmwitness.terms.instant import micros_to_text

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


def _identified(
    grouped: pa.Table, first_addresses: dict[tuple[str, int, int], str]
) -> tuple[pa.Table, pa.Table]:
    """The leases in order, and (net, port_cluster, lease_no) -> lease_id."""
    nets, ports, numbers = (cast("list[Any]", grouped.column(name).to_pylist()) for name in _KEY)
    micros = cast("list[int]", grouped.column("first_seen").cast(pa.int64()).to_pylist())
    keys = zip(nets, ports, numbers, strict=True)
    ips = [first_addresses.get(key, key[0]) for key in keys]
    ids = [lease_id_of(*each) for each in zip(ips, ports, micros, strict=True)]
    own = {"lease_id": pa.array(ids, pa.string()), "ip": pa.array(ips, pa.string()), **_holders(grouped)}
    columns = [own[name] if name in own else grouped.column(name) for name in SCHEMA.names]
    order = sorted(range(len(ids)), key=lambda at: (micros[at], ips[at], ports[at]))
    table = pa.Table.from_arrays(columns, schema=SCHEMA).take(pa.array(order, pa.int64()))
    return table, grouped.select(_KEY).append_column("lease_id", own["lease_id"])


def lease_id_of(ip: str, port_cluster: int, first_seen_us: int) -> str:
    """The lease's name (rule 4); the time in µs since the epoch."""
    text = f"{ip}|{port_cluster}|{micros_to_text(first_seen_us)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _holders(grouped: pa.Table) -> dict[str, pa.Array[Any]]:
    """What the days of each lease say of its holder, and on whose word its rows rest."""
    names = ("org", "kind_low", "kind_high", "firmness", "firmness_all", "basis_low", "basis_high")
    told = zip(*(cast("list[Any]", grouped.column(name).to_pylist()) for name in names), strict=True)
    org_ids, kinds, agreements, bases = [], [], [], []
    for org, kind, other_kind, firmness, firmness_all, basis, other_basis in told:
        org_ids.append(org or "")
        kinds.append(kind if org and kind and kind == other_kind else "unknown")
        agreements.append(AGREEMENTS[firmness if org else _SPLIT if firmness_all == _SPLIT else _UNKNOWN])
        bases.append(basis if basis == other_basis else "mixed")
    return {
        "org_id": pa.array(org_ids, pa.string()),
        "org_kind": pa.array(kinds, pa.string()),
        "org_agreement": pa.array(agreements, pa.string()),
        "rung_basis": pa.array(bases, pa.string()),
        "progressed": pc.greater(grouped.column("n_progressed"), pa.scalar(0)),
    }
