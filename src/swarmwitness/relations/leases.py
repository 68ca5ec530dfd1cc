# SPDX-License-Identifier: Apache-2.0
"""Rows -> leases: an address, a port cluster, an interval without evidence of reassignment. Rule v1.

1. The address is the IPv4 address, or the /64 of an IPv6 address (a household or a machine is given a
   /64, RFC 6177); the address shown is the one seen first.
2. The port cluster is the port, since a client keeps its listening port; it is 0 where the port is
   unknown, and for `inbound` sightings, whose port is that of one connection.
3. Days (UTC) of one (address, port cluster) follow each other in one lease until (a) more than
   `SILENCE` passes between the last sighting and the next (`BRIEF_SILENCE` where the last day of known
   kind was of `BRIEF_KINDS`, whether or not its organisation is known), or (b) the attributed
   organisation is another one than on the last day that had any, or (c) the client is: the two
   characters of its peer id that name it, in the form `-XX1234-`, from rung 2 up. Days of unknown or
   disputed organisation, of no or of two clients, part nothing by (b) or (c). If addresses of one /64
   have several organisations, or several kinds, on a day, it has none.
4. `lease_id` is the first 16 hex digits of the SHA-256 of `IP|PORT_CLUSTER|FIRST_SEEN` in ASCII: the
   address shown in canonical text, the port in decimal, the time as 2025-03-20T12:00:00.000000Z.

How often the rule mixes two subscribers, and parts one, is measured in simulation: docs/method/07-leases.md.

Theory of operation. Rows are read three times, and everything between is of the size of days: rows are
summed to stays and those numbered by lease (leasedays.py); leases are named in order, in batches; then
rows find their lease by address, port cluster and the days from its first to its last (leaserows.py);
and what remains, how many works a lease has, is counted over pairs of numbers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.relations.engine import Engine, Frame, ordered
from swarmwitness.relations.engines.files import removed
from swarmwitness.relations.keptfile import write_ordered
from swarmwitness.relations.leasedays import AGREEMENTS, held, is_six, numbered_stays, restless, stays
from swarmwitness.relations.leaserows import KEY, n_works, spans, with_leases
from swarmwitness.relations.schema import schema
from swarmwitness.terms.instant import micros_to_text

METHOD_VERSION = "1"
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
_ORDER = ["first_seen", "ip", "port_cluster"]
"""The total order of leases."""


@dataclass(frozen=True, slots=True)
class Leased:
    """What `lease` wrote.

    Attributes:
        rows: The rows, but for what only their sightings say, with their `lease_id` and the place of their
            lease in `leases` (`lease_no`, from 0).
        leases: Parquet file, `SCHEMA`, by first_seen, ip, port_cluster.
        by_agreement: How many leases the sources agree on, and how.
        first_us: The first sighting of any lease (UTC, microseconds); None = there are no leases.
        last_us: The last one.
        bases: On whose word leases rest: asserted, replayed, mixed; what occurs, in text order.
    """

    rows: Path
    leases: Path
    n_leases: int
    by_agreement: dict[str, int]
    first_us: int | None
    last_us: int | None
    bases: tuple[str, ...]


def lease(engine: Engine, rows: Path, attributed: Path, into: Path, leases_into: Path) -> Leased:
    """Group rows into leases.

    Args:
        engine: Whichever.
        rows: As `fold` wrote them.
        attributed: Parquet: ip, day, org_id, org_kind, org_agreement of every (ip, day) of the rows; what
            is missing is unknown.
        into: Parquet to write: the rows with their `lease_id` and `lease_no` (`LEASED`). Others
            whose names begin with this one's come and go beside it.
        leases_into: Parquet file to write: `leases` (interchange), by first_seen, ip, port_cluster.
            n_sightings counts sightings, n_works distinct works; max_rung is over rungs 0-9 (10 and 11
            are flags and not "more"); progressed = some row of rung 4, since a piece given (rung 7) is no
            growth that was watched; given_bytes = bytes received at rungs 6-9.
    """
    names = (".stays", ".held", ".restless", ".numbered", ".named", ".spans")
    beside = [into.with_name(into.name + name) for name in names]
    stayed, known, several, numbered, named, spanned = beside
    try:
        engine.store(stays(engine.scan(rows)), stayed)
        engine.store(held(engine, stayed, attributed), known)
        engine.store(restless(engine.scan(known)), several)
        engine.store(numbered_stays(engine.scan(known), engine.scan(several)), numbered)
        _name(engine, _grouped(engine.scan(numbered)), named)
        by_lease = engine.scan(named)
        engine.store(spans(engine.scan(numbered), by_lease), spanned)
        engine.store(with_leases(engine, rows, numbered, spanned), into)
        counted = by_lease.join(n_works(engine, into), on="lease_no", how="left")
        counted = counted.with_columns(n_works=nw.col("n_works").fill_null(0))
        write_ordered(engine, [counted], SCHEMA, _ORDER, leases_into)
    finally:
        for file in beside:
            removed(file)
    return _leased(into, leases_into)


_GROUPED = schema(
    net="text",
    port_cluster="int",
    split_no="int",
    ip="text",
    first_seen="timestamp",
    last_seen="timestamp",
    n_sightings="int",
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


def _grouped(numbered: Frame) -> Frame:
    """One row per lease. `split_no` counts the leases of a block and port cluster."""
    named = nw.when(~nw.col("org").is_null()).then(nw.col("firmness"))
    grouped = (
        numbered.with_columns(firm=named)
        .group_by(*KEY)
        .agg(
            nw.col("first").min().alias("first_seen"),
            nw.col("last").max().alias("last_seen"),
            nw.col("n_sightings").sum().cast(nw.Int64),
            nw.col("max_rung").max(),
            nw.col("n_progressed").sum().cast(nw.Int64),
            nw.col("given_bytes").sum().cast(nw.Int64),
            nw.col("basis_low").min(),
            nw.col("basis_high").max(),
            nw.col("org").min(),
            nw.col("kind_").min().alias("kind_low"),
            nw.col("kind_").max().alias("kind_high"),
            nw.col("firm").max().alias("firmness"),
            nw.col("firmness").max().alias("firmness_all"),
        )
    )
    shown = _first_addresses(numbered, grouped)
    return grouped.join(shown, on=list(KEY), how="left").with_columns(ip=nw.coalesce("ip", "net"))


def _first_addresses(numbered: Frame, grouped: Frame) -> Frame:
    """The IPv6 address that each lease of a /64 was first seen at; of two at once the lesser text."""
    six = numbered.filter(is_six()).select(*KEY, "ip", "first")
    began = grouped.select(*KEY, "first_seen")
    return (
        six.join(began, on=list(KEY), how="inner")
        .filter(nw.col("first") == nw.col("first_seen"))
        .group_by(*KEY)
        .agg(nw.col("ip").min())
    )


_NAMED = schema(
    net="text",
    port_cluster="int",
    split_no="int",
    lease_no="int",
    **{f.name: "text" for f in SCHEMA if pa.types.is_string(f.type)},
    first_seen="timestamp",
    last_seen="timestamp",
    n_sightings="int",
    max_rung="int",
    progressed="bool",
    given_bytes="int",
)


def _name(engine: Engine, grouped: Frame, into: Path) -> None:
    """Write the leases in order with their names and places."""
    number = 0
    with pq.ParquetWriter(into, _NAMED) as writer:
        for batch in ordered(engine, grouped, _GROUPED, _ORDER):
            writer.write_batch(_named(batch, number))
            number += batch.num_rows


def _named(batch: pa.RecordBatch, number: int) -> pa.RecordBatch:
    columns = {name: batch.column(name) for name in batch.schema.names}
    columns |= _holders(batch)
    columns["lease_id"] = pa.array(_ids(batch), pa.string())
    columns["lease_no"] = pa.array(range(number, number + batch.num_rows), pa.int64())
    return pa.RecordBatch.from_arrays([columns[name] for name in _NAMED.names], schema=_NAMED)


def _ids(batch: pa.RecordBatch) -> Iterator[str]:
    """`lease_id_of` each lease; Arrow writes the texts."""
    seen: Any = batch.column("first_seen").cast(pa.timestamp("us"))
    times = pc.strftime(seen, format="%Y-%m-%dT%H:%M:%SZ")  # of microseconds %S writes six digits
    ports = batch.column("port_cluster").cast(pa.string())
    texts: Any = pc.binary_join_element_wise(batch.column("ip"), ports, times, "|")
    for text in texts.to_pylist():
        yield hashlib.sha256(str(text).encode("ascii")).hexdigest()[:16]


def lease_id_of(ip: str, port_cluster: int, first_seen_us: int) -> str:
    """The lease's name (rule 4); the time in µs since the epoch."""
    text = f"{ip}|{port_cluster}|{micros_to_text(first_seen_us)}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]


def _holders(batch: pa.RecordBatch) -> dict[str, pa.Array[Any]]:
    """What the days of each lease say of its holder, and on whose word its rows rest."""
    org: Any = batch.column("org")
    kind: Any = batch.column("kind_low")
    kinds: Any = batch.column("kind_high")
    basis: Any = batch.column("basis_low")
    known: Any = org.is_valid()
    same: Any = pc.fill_null(pc.and_(known, pc.equal(kind, kinds)), False)
    worst: Any = batch.column("firmness_all")
    split: Any = pc.fill_null(pc.equal(worst, pa.scalar(_SPLIT)), False)
    nobody: Any = pc.if_else(split, pa.scalar(_SPLIT, pa.int64()), pa.scalar(_UNKNOWN, pa.int64()))
    firmness: Any = pc.if_else(known, batch.column("firmness"), nobody)
    one: Any = pc.equal(basis, batch.column("basis_high"))
    return {
        "org_id": pc.fill_null(org, ""),
        "org_kind": pc.if_else(same, kind, pa.scalar("unknown")),
        "org_agreement": pa.array(AGREEMENTS).take(firmness),
        "rung_basis": pc.if_else(one, basis, pa.scalar("mixed")),
        "progressed": pc.greater(batch.column("n_progressed"), pa.scalar(0)),
    }


def _leased(rows: Path, leases: Path) -> Leased:
    agreements: Counter[str] = Counter()
    with pq.ParquetFile(leases) as file:
        for batch in file.iter_batches(columns=["org_agreement"]):
            agreements.update(cast("list[str]", batch.column(0).to_pylist()))
    words = ["rung_basis"]
    table = pq.read_table(leases, columns=[*words, "first_seen", "last_seen"], read_dictionary=words)
    seen = table.column("first_seen").cast(pa.int64()), table.column("last_seen").cast(pa.int64())
    return Leased(
        rows,
        leases,
        table.num_rows,
        dict(sorted(agreements.items())),
        cast("int | None", pc.min(seen[0]).as_py()),
        cast("int | None", pc.max(seen[1]).as_py()),
        tuple(sorted(str(each) for each in pc.unique(table.column("rung_basis")).to_pylist())),
    )
