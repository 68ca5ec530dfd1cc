# SPDX-License-Identifier: Apache-2.0
"""From sightings to counts: fold, attribute, lease, resolve the sets, count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution import Networks
from swarmwitness.case.config import AddressSet
from swarmwitness.case.inputs import Inputs
from swarmwitness.case.results.findings import Count, CountKey
from swarmwitness.case.results.sets import members_of
from swarmwitness.relations import Engine, count, downloads, fold, lease, series
from swarmwitness.relations.answers import Held, first_splits, held_by, n_splits_claimed
from swarmwitness.relations.holders import attribute
from swarmwitness.relations.leases import Leased
from swarmwitness.relations.rows import Folded
from swarmwitness.relations.standing import Standing, standing
from swarmwitness.terms.instant import EPOCH

ALL_RUNGS = tuple(range(10))
SHOWN_SPLITS = 50
"""Addresses whose disagreement is shown; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Every count of a case, and the tables that they were made from.

    Attributes:
        rows: Parquet file of rows with their leases.
        downloads: Parquet file of the distinct (work, address) pairs.
        leased: The leases: a file, and what is told of all of them.
        standing: How the sources stand to all addresses and days.
        counts: By (set, scope, rung_min), rungs 0 to 9.
        months: Per set, scope and month: sightings, downloads, works.
        disagreements: What each source says of the first addresses on which sources differ, in text
            order, on the first such day of each; `standing` counts them all.
        watched_us: Half-open period in which swarms were watched; None = nothing was seen or stated.
        duplicates: Rows that told a sighting again, folded.
        rung_basis: asserted, replayed or mixed, of all rows.
    """

    rows: Path
    leased: Leased
    standing: Standing
    downloads: Path
    members: pa.Table
    counts: dict[CountKey, Count]
    months: pa.Table
    disagreements: pa.Table
    watched_us: tuple[int, int] | None
    duplicates: int
    rung_basis: str
    warnings: tuple[str, ...]

    @property
    def leases_by_agreement(self) -> dict[str, int]:
        """How many leases the sources agree on, and how."""
        return self.leased.by_agreement


def count_case(engine: Engine, inputs: Inputs, work: Path) -> Counted:
    """Count a case."""
    folded = fold(engine, inputs.sightings, inputs.registry, work / "rows.parquet")
    attributed, leased = work / "attributed.parquet", work / "leased.parquet"
    holdings = inputs.networks.holdings()
    attribute(engine, folded.rows, holdings, attributed)
    leases = lease(engine, folded.rows, attributed, leased, work / "leases.parquet")
    members = members_of(inputs.config, partial(_held, engine, inputs.networks, holdings, attributed))
    pairs = work / "downloads.parquet"
    downloads(engine, leased, pairs)
    counts = count(engine, leased, members.table, ALL_RUNGS)
    return Counted(
        rows=leased,
        leased=leases,
        standing=standing(engine, folded.rows, attributed, leases.leases),
        downloads=pairs,
        members=members.table,
        counts={_key(row): row for row in cast("list[Count]", counts.to_pylist())},
        months=series(engine, leased, members.table).months,
        disagreements=inputs.networks.disagreements(first_splits(engine, attributed, SHOWN_SPLITS)),
        watched_us=_watched(inputs, leases),
        duplicates=folded.n_duplicates,
        rung_basis=_basis(leases),
        warnings=(*members.warnings, *_about_rows(folded)),
    )


def _held(engine: Engine, networks: Networks, holdings: pa.Table, attributed: Path, of: AddressSet) -> Held:
    """What a set's organisation held, and how many addresses sources dispute, one of them for it."""
    days = (of.valid_from, of.valid_to)
    held = held_by(engine, attributed, of.org_id, *days)
    n = n_splits_claimed(engine, attributed, networks.claims(of.org_id, holdings), *days)
    return replace(held, unsure=held.unsure | {"split": n}) if n else held


def _about_rows(folded: Folded) -> Iterator[str]:
    """What folding did that a reader of counts must know."""
    yield from folded.warnings
    if folded.n_duplicates:
        yield f"{folded.n_duplicates} rows told a sighting again and were folded"
    if folded.n_odd_claims:
        yield f"{folded.n_odd_claims} bitfields do not fit their bundle's torrent and show no work"
    if folded.n_flags:
        yield f"{folded.n_flags} sightings bear rung 10 or 11: these are flags and enter no count"


def _key(row: Count) -> CountKey:
    return str(row["set"]), str(row["scope"]), int(str(row["rung_min"]))


def _watched(inputs: Inputs, leased: Leased) -> tuple[int, int] | None:
    """From coverage.csv and what our own logs tell; without coverage.csv also from the first to the last
    sighting of anybody, since what others watched they did not say."""
    spans = []
    if inputs.coverage.num_rows:
        spans.append(_stated(inputs.coverage))
    if not inputs.coverage_stated and leased.first_us is not None and leased.last_us is not None:
        spans.append((leased.first_us, leased.last_us + 1))
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def _stated(coverage: pa.Table) -> tuple[int, int]:
    low, high = pc.min(coverage.column("watched_from")).as_py(), pc.max(coverage.column("watched_to")).as_py()
    return _micros(cast("dt.datetime", low)), _micros(cast("dt.datetime", high))


def _micros(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def _basis(leased: Leased) -> str:
    bases = leased.bases
    return bases[0] if len(bases) == 1 else "mixed" if bases else "asserted"
