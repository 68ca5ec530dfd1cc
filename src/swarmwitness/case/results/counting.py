# SPDX-License-Identifier: Apache-2.0
"""From sightings to counts: fold, attribute, lease, resolve the sets, count."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.case.inputs import Inputs
from swarmwitness.case.results.findings import Count, CountKey
from swarmwitness.case.results.sets import members_of
from swarmwitness.relations import Engine, address_days, count, downloads, fold, lease, series
from swarmwitness.relations.rows import Folded
from swarmwitness.terms.instant import EPOCH

ALL_RUNGS = tuple(range(10))


@dataclass(frozen=True, slots=True)
class Counted:
    """Every count of a case, and the tables that they were made from.

    Attributes:
        rows: Parquet file of rows with their leases.
        counts: By (set, scope, rung_min), rungs 0 to 9.
        months: Per set, scope and month: sightings, downloads, works.
        disagreements: What each source says of each address and day on which sources differ.
        watched_us: Half-open period in which swarms were watched; None = nothing was seen or stated.
        duplicates: Rows that told a sighting again, folded.
        rung_basis: asserted, replayed or mixed, of all rows.
    """

    rows: Path
    leases: pa.Table
    downloads: pa.Table
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
        found = Counter(cast("list[str]", self.leases.column("org_agreement").to_pylist()))
        return dict(sorted(found.items()))


def count_case(engine: Engine, inputs: Inputs, work: Path) -> Counted:
    """Count a case."""
    folded = fold(engine, inputs.sightings, inputs.registry, work / "rows.parquet")
    pairs = address_days(engine, folded.rows)
    attributed = inputs.networks.attribute_days(pairs)
    leased = work / "leased.parquet"
    leases = lease(engine, folded.rows, attributed, leased)
    disagreements = inputs.networks.disagreements(pairs)
    members = members_of(inputs.config, attributed, disagreements)
    counts = count(engine, leased, members.table, ALL_RUNGS)
    return Counted(
        rows=leased,
        leases=leases,
        downloads=downloads(engine, leased),
        members=members.table,
        counts={_key(row): row for row in cast("list[Count]", counts.to_pylist())},
        months=series(engine, leased, members.table).months,
        disagreements=disagreements,
        watched_us=_watched(inputs, leases),
        duplicates=folded.n_duplicates,
        rung_basis=_basis(leases),
        warnings=(*members.warnings, *_about_rows(folded)),
    )


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


def _watched(inputs: Inputs, leases: pa.Table) -> tuple[int, int] | None:
    """From coverage.csv and what our own logs tell; without coverage.csv also from the first to the last
    sighting of anybody, since what others watched they did not say."""
    spans = []
    if inputs.coverage.num_rows:
        spans.append(_span(inputs.coverage, "watched_from", "watched_to", 0))
    if not inputs.coverage_stated and leases.num_rows:
        spans.append(_span(leases, "first_seen", "last_seen", 1))
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None


def _span(table: pa.Table, first: str, last: str, more_us: int) -> tuple[int, int]:
    low, high = pc.min(table.column(first)).as_py(), pc.max(table.column(last)).as_py()
    return _micros(cast("dt.datetime", low)), _micros(cast("dt.datetime", high)) + more_us


def _micros(moment: dt.datetime) -> int:
    return (moment - EPOCH) // dt.timedelta(microseconds=1)


def _basis(leases: pa.Table) -> str:
    bases = set(leases.column("rung_basis").to_pylist())
    return str(bases.pop()) if len(bases) == 1 else "mixed" if bases else "asserted"
