# SPDX-License-Identifier: Apache-2.0
"""Every kernel of relations in the order of a run, over a world that is generated from a seed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.intake import WorkRegistry
from swarmwitness.lab.multitude import works_table, write_sightings
from swarmwitness.relations import Engine, count, downloads, fold, lease, series, write_support
from swarmwitness.relations.activity import EVENTS, daily, events, weekly
from swarmwitness.relations.anchored import anchored, anchors_of_members
from swarmwitness.relations.answers import first_splits, held_by
from swarmwitness.relations.blocks import n_leases_by_block
from swarmwitness.relations.candidates import candidates
from swarmwitness.relations.engine import collect
from swarmwitness.relations.holders import ATTRIBUTED, HOLDINGS, attribute
from swarmwitness.relations.leaserows import LEASED
from swarmwitness.relations.names import full_names
from swarmwitness.relations.rows import ROWS
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import MEMBERS, in_sets
from swarmwitness.relations.support import INDEX

RUNGS = (0, 2, 5)
_N_WORKS = 2_000
_N_MEMBERS = 60
_TURN = dt.date(2024, 5, 17)
"""The day on which half of the blocks change hands."""
_KINDS = dict.fromkeys(ROWS, "text") | {
    "observed_at": "timestamp",
    "released_at": "timestamp",
    "registered": "bool",
    **dict.fromkeys(("port", "rung", "bytes_received", "counts_all", "counts_case"), "int"),
}
ROWS_SCHEMA = schema(**_KINDS)
_LEASED_KINDS = {name: _KINDS.get(name, "text") for name in LEASED if name != "lease_no"}
LEASED_SCHEMA = schema(**_LEASED_KINDS)


@dataclass(frozen=True, slots=True)
class Made:
    """What a kernel made, in a total order."""

    kernel: str
    table: pa.Table


@dataclass(frozen=True, slots=True)
class World:
    """What the kernels are given."""

    sightings: Path
    registry: WorkRegistry
    holdings: pa.Table
    members: pa.Table

    @classmethod
    def made(cls, n_rows: int, seed: int, folder: Path) -> World:
        """The same for the same numbers."""
        file = folder / "sightings.parquet"
        write_sightings(file, n_rows, seed=seed, n_works=_N_WORKS)
        registry = WorkRegistry.of(works_table(_N_WORKS, seed=seed), {})
        return cls(file, registry, _holdings(), _members(file))


def _holdings() -> pa.Table:
    """Three /8 of four, and a sixteenth of 2000::/3, to one holder each; the odd ones change hands once."""
    rows = []
    for number in range(1, 224):
        if number % 4:
            rows += _held(f"{number:03}{'000' * 3}", f"{number:03}{'255' * 3}", number)
    for number in range(0x20, 0x40, 2):
        rows += _held(f"{number:02x}{'0' * 30}", f"{number:02x}{'f' * 30}", number)
    return pa.Table.from_pylist(rows, HOLDINGS)


def _held(first: str, last: str, number: int) -> list[dict[str, str | dt.date | None]]:
    kind = ("corporate", "residential", "datacentre", "vpn", "mobile", "unknown")[number // 4 % 6]
    agreement = ("unanimous", "majority", "stale", "split")[number // 2 % 4]
    org = "" if agreement == "split" else f"O{number}"
    told: dict[str, str | dt.date | None] = {
        "first": first,
        "last": last,
        "org_kind": kind,
        "org_agreement": agreement,
    }
    if number % 2:
        return [
            {**told, "from_day": None, "to_day": _TURN, "org_id": org},
            {**told, "from_day": _TURN, "to_day": None, "org_id": org.replace("O", "P")},
        ]
    return [{**told, "from_day": None, "to_day": None, "org_id": org}]


def _members(sightings: Path) -> pa.Table:
    """Two sets of the least addresses in text order; one of them changes with the years."""
    ips = pc.unique(pq.read_table(sightings, columns=["ip"]).column("ip").cast(pa.string()))
    least = ips.take(pc.array_sort_indices(ips)[:_N_MEMBERS]).to_pylist()
    turn = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    rows: list[dict[str, object]] = [
        {"set": "always", "ip": ip, "valid_from": None, "valid_to": None} for ip in least[::2]
    ]
    rows += [{"set": "until", "ip": ip, "valid_from": None, "valid_to": turn} for ip in least]
    return pa.Table.from_pylist(rows, MEMBERS)


def every_kernel(engine: Engine, world: World, folder: Path) -> Iterator[Made]:
    """Run them one after the other; files come and go in `folder`."""
    yield from _rows_and_leases(engine, world, folder)
    yield from _figures(engine, world, folder / "leased.parquet", folder)
    yield from _links(engine, world, folder / "leased.parquet", folder)


def _rows_and_leases(engine: Engine, world: World, folder: Path) -> Iterator[Made]:
    rows, attributed, leased = (folder / f"{name}.parquet" for name in ("rows", "attributed", "leased"))
    names = full_names(engine, [world.sightings], world.registry)
    yield Made("names", pa.table({"info_hash": pa.array(names, pa.string())}))
    fold(engine, [world.sightings], world.registry, rows)
    yield _file("fold", engine, rows, ROWS_SCHEMA)
    attribute(engine, rows, world.holdings, attributed)
    yield _file("attribute", engine, attributed, ATTRIBUTED)
    leases = folder / "leases.parquet"
    lease(engine, rows, attributed, leased, leases)
    yield _file("lease rows", engine, leased, LEASED_SCHEMA)
    yield _written("leases", leases)
    yield Made("blocks", n_leases_by_block(engine, engine.scan(rows)))
    yield Made("first splits", first_splits(engine, attributed, 999))
    yield from (Made(f"held by O{n}", held_by(engine, attributed, f"O{n}").runs) for n in range(3))


def _figures(engine: Engine, world: World, rows: Path, folder: Path) -> Iterator[Made]:
    chosen = in_sets(engine, engine.scan(rows), world.members).select("set", *LEASED_SCHEMA.names)
    in_set = schema(set="text", **_LEASED_KINDS)
    yield Made("in_sets", collect(engine, chosen, in_set, in_set.names))
    counted = count(engine, rows, world.members, RUNGS)
    yield Made("count", counted)
    downloads(engine, rows, folder / "downloads.parquet")
    yield _written("downloads", folder / "downloads.parquet")
    told = series(engine, rows, world.members)
    yield Made("series months", told.months)
    yield Made("series years", told.years)
    index = counted.append_column("finding_id", counted.column("scope"))
    index = index.append_column("count_index", counted.column("rung_min")).select(INDEX.names)
    first = write_support(engine, rows, world.members, index, folder / "support.parquet")
    yield Made("support first", first)
    yield _written("support", folder / "support.parquet")


def _links(engine: Engine, world: World, rows: Path, folder: Path) -> Iterator[Made]:
    found, happened = folder / "candidates.parquet", folder / "events.parquet"
    candidates(engine, rows, found)
    yield _written("candidates", found)
    events(engine, rows, happened)
    yield _file("events", engine, happened, EVENTS)
    for name, kernel in (("daily", daily), ("weekly", weekly)):
        kernel(engine, happened, folder / f"{name}.parquet")
        yield _written(name, folder / f"{name}.parquet")
    anchors = anchors_of_members(engine, rows, world.members)
    yield Made("anchors", anchors)
    near, shared = folder / "anchored.parquet", folder / "shared.parquet"
    anchored(engine, happened, anchors, near, works_into=shared)
    yield _written("anchored", near)
    yield _written("anchored works", shared)


def _file(kernel: str, engine: Engine, file: Path, columns: pa.Schema) -> Made:
    """What an engine stored in no order, in the order of all its columns."""
    return Made(kernel, collect(engine, engine.scan(file), columns, columns.names))


def _written(kernel: str, file: Path) -> Made:
    """A file that a kernel wrote in an order of its own."""
    return Made(kernel, pq.read_table(file))
