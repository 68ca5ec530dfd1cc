# SPDX-License-Identifier: Apache-2.0
"""The sets of case.toml as members: (set, address, half-open interval)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.case.config import AddressSet, CaseConfig
from swarmwitness.relations.answers import RUNS, SURE, Held
from swarmwitness.relations.sets import MEMBERS

Member = tuple[str, str, dt.datetime | None, dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs to which set, when.

    Attributes:
        table: Schema `MEMBERS`; null = unbounded. An address's intervals in one set don't overlap.
        warnings: What was left out, for people.
    """

    table: pa.Table
    warnings: tuple[str, ...]


Asked = Callable[[AddressSet], Held]
"""What a set's organisation held within the set's days."""


def members_of(config: CaseConfig, held: Asked) -> Members:
    """Resolve every set.

    A set named by its organisation holds an address on exactly the days on which the sources agree that
    the organisation held it.
    """
    tables: list[pa.Table] = [MEMBERS.empty_table()]
    warnings: list[str] = []
    for address_set in config.sets:
        if address_set.org_id:
            found = held(address_set)
            tables.append(_held(address_set, found.runs))
            warnings += _left_out(address_set, found)
        else:
            tables.append(_listed(address_set))
    return Members(pa.concat_tables(tables).combine_chunks(), tuple(warnings))


def held_in(attributed: pa.Table) -> Asked:
    """The answers from a table in memory: ip, day, org_id, org_agreement; nobody's claims are in it."""
    return lambda address_set: _of_table(address_set, attributed)


def _of_table(address_set: AddressSet, attributed: pa.Table) -> Held:
    own = attributed.filter(pc.field("org_id") == address_set.org_id)
    days: dict[str, list[dt.date]] = {}
    unsure: set[tuple[str, str]] = set()
    for ip, day, agreement in _columns(own):
        if _within(day, address_set):
            if agreement in SURE:
                days.setdefault(ip, []).append(day)
            else:
                unsure.add((ip, agreement))
    rows = [
        {"ip": ip, "first": first, "last": last}
        for ip in sorted(days)
        for first, last in _runs(sorted(days[ip]))
    ]
    counts = Counter(agreement for _, agreement in unsure)
    return Held(pa.Table.from_pylist(rows, RUNS), dict(counts), own.num_rows > 0)


def _listed(address_set: AddressSet) -> pa.Table:
    n = len(address_set.addresses)
    start, end = (
        pa.array([_midnight(day)] * n, MEMBERS.field("valid_from").type)
        for day in (address_set.valid_from, address_set.valid_to)
    )
    ips = pa.array(address_set.addresses, pa.string())
    return pa.Table.from_arrays(
        [pa.array([address_set.name] * n, pa.string()), ips, start, end], schema=MEMBERS
    )


def _held(address_set: AddressSet, runs: pa.Table) -> pa.Table:
    """Runs of days as half-open intervals."""
    stamp = MEMBERS.field("valid_from").type
    after = pc.add(runs.column("last").cast(pa.int32()), pa.scalar(1, pa.int32())).cast(pa.date32())
    names = pa.array([address_set.name], pa.string()).take(pa.array([0] * runs.num_rows, pa.int64()))
    start, end = (days.cast(pa.timestamp("us")).cast(stamp) for days in (runs.column("first"), after))
    return pa.Table.from_arrays([names, runs.column("ip"), start, end], schema=MEMBERS)


def _runs(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Sorted days as runs of neighbours, both ends inclusive."""
    first = last = days[0]
    for day in days[1:]:
        if day > last + dt.timedelta(days=1):
            yield first, last
            first = day
        last = day
    yield first, last


def _left_out(address_set: AddressSet, found: Held) -> Iterator[str]:
    """Addresses that some source gives to the organisation, but not surely."""
    for agreement, n in sorted(found.unsure.items()):
        yield f"set {address_set.name}: {n} addresses are {agreement} on some days and not counted on those"
    if not found.unsure and not found.named:
        yield f"set {address_set.name}: no address seen is held by {address_set.org_id!r} in networks/"


def _columns(attributed: pa.Table) -> Iterator[tuple[str, dt.date, str]]:
    names = ("ip", "day", "org_agreement")
    return zip(*(attributed.column(name).to_pylist() for name in names), strict=True)


def _within(day: dt.date, address_set: AddressSet) -> bool:
    begun = address_set.valid_from is None or day >= address_set.valid_from
    return begun and (address_set.valid_to is None or day < address_set.valid_to)


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
