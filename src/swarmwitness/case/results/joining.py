# SPDX-License-Identifier: Apache-2.0
"""Rows of callers under the port by which others know them: one machine is one peer of a swarm.

Two passes: who called from where, then what else is known at those addresses alone, so memory grows with
callers and not with rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.observation.callers import Callers, Place
from swarmwitness.terms import Rung
from swarmwitness.terms.rung import RungBasis
from swarmwitness.wire.ltep import ExtensionHandshake

AT_ONCE = 1 << 20
INBOUND = "inbound"
PEER = ("info_hash", "ip", "port")
_READ = [*PEER, "rung", "source", "peer_id", "ltep"]


def replayed(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.Table]:
    """Our own rows, batch by batch; asserted ones are passed over."""
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(AT_ONCE, columns=[*columns, "rung_basis"]):
            table = pa.Table.from_batches([batch])
            ours = table.filter(pc.field("rung_basis") == RungBasis.REPLAYED.value)
            if ours.num_rows:
                yield ours


def joined_callers(files: Sequence[Path]) -> pa.Table | None:
    """Each caller that is counted as another endpoint of its address.

    Returns:
        info_hash, ip, port, joined (the port of that endpoint); None = there are none.
    """
    callers = Callers()
    for batch in replayed(files, _READ):
        for row in _rows(batch.filter(pc.field("source") == INBOUND)):
            callers.called(_place(row), _raw(row["peer_id"]), _says(row["ltep"]))
    if not callers.addresses:
        return None
    ips = pa.array(sorted({str(cast("tuple[str, str]", each)[1]) for each in callers.addresses}))
    for batch in replayed(files, _READ):
        others = batch.filter((pc.field("source") != INBOUND) & pc.is_in(pc.field("ip"), ips))
        for row in _rows(others):
            answered = row["rung"] >= Rung.REACHABLE
            callers.met(_place(row), _raw(row["peer_id"]), answered=answered)
    return _table(callers.joined(), files[0])


def as_joined(rows: pa.Table, joined: pa.Table | None) -> pa.Table:
    """Rows with the port of the peer that each is counted as; their order is no longer told."""
    if joined is None:
        return rows
    both = rows.join(joined, list(PEER), join_type="left outer")
    port = pc.coalesce(both.column("joined"), both.column("port"))
    place = both.schema.get_field_index("port")
    return both.set_column(place, rows.schema.field("port"), port).select(rows.schema.names)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    yield from (row for row in table.to_pylist() if row["port"] is not None)


def _place(row: dict[str, Any]) -> Place:
    return (row["info_hash"], row["ip"]), row["port"]


def _raw(text: str | None) -> bytes | None:
    return None if text is None else bytes.fromhex(text)


def _says(ltep: str | None) -> int | None:
    return None if ltep is None else ExtensionHandshake.from_wire(bytes.fromhex(ltep)).p


def _table(joined: dict[Place, Place], file: Path) -> pa.Table | None:
    if not joined:
        return None
    schema = pq.read_schema(file)
    types = {name: schema.field(name).type for name in PEER}
    made = [
        {**dict(zip(PEER, (*cast("tuple[str, str]", address), port), strict=True)), "joined": other}
        for (address, port), (_, other) in joined.items()
    ]
    return pa.Table.from_pylist(made, pa.schema([*types.items(), ("joined", types["port"])]))
