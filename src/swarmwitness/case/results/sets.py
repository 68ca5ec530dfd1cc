# SPDX-License-Identifier: Apache-2.0
"""The sets of case.toml as members: (set, address, half-open interval)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from swarmwitness.case.config import AddressSet, CaseConfig
from swarmwitness.relations.sets import MEMBERS

Member = tuple[str, str, dt.datetime | None, dt.datetime | None]
SURE = ("unanimous", "majority")
"""Agreements on which an address is counted as an organisation's. A stale or split answer names nobody."""


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs to which set, when.

    Attributes:
        table: Schema `MEMBERS`; null = unbounded. An address's intervals in one set don't overlap.
        warnings: What was left out, for people.
    """

    table: pa.Table
    warnings: tuple[str, ...]


def members_of(config: CaseConfig, attributed: pa.Table, disagreements: pa.Table | None = None) -> Members:
    """Resolve every set.

    Args:
        disagreements: ip, day, org_id of every source where sources differ, to say what was left out.
        attributed: ip, day, org_id, org_kind, org_agreement: an answer for each address and day on
            which it was seen. A set named by its organisation holds an address on exactly the days
            on which the sources agree that the organisation held it.
    """
    rows: list[Member] = []
    warnings: list[str] = []
    for address_set in config.sets:
        if address_set.org_id:
            rows += _held(address_set, attributed)
            warnings += _left_out(address_set, attributed, disagreements)
        else:
            rows += _listed(address_set)
    return Members(_to_arrow(rows), tuple(warnings))


def _listed(address_set: AddressSet) -> Iterator[Member]:
    start, end = _midnight(address_set.valid_from), _midnight(address_set.valid_to)
    for ip in address_set.addresses:
        yield address_set.name, ip, start, end


def _held(address_set: AddressSet, attributed: pa.Table) -> Iterator[Member]:
    days: dict[str, list[dt.date]] = {}
    for ip, day, org_id, agreement in _columns(attributed):
        if org_id == address_set.org_id and agreement in SURE and _within(day, address_set):
            days.setdefault(ip, []).append(day)
    for ip in sorted(days):
        for first, after in _runs(sorted(days[ip])):
            yield address_set.name, ip, _midnight(first), _midnight(after)


def _runs(days: Sequence[dt.date]) -> Iterator[tuple[dt.date, dt.date]]:
    """Sorted days as half-open runs of neighbours."""
    first = last = days[0]
    for day in days[1:]:
        if day > last + dt.timedelta(days=1):
            yield first, last + dt.timedelta(days=1)
            first = day
        last = day
    yield first, last + dt.timedelta(days=1)


def _left_out(address_set: AddressSet, attributed: pa.Table, disagreements: pa.Table | None) -> Iterator[str]:
    """Addresses that some source gives to the organisation, but not surely."""
    unsure = {
        (ip, agreement)
        for ip, day, org_id, agreement in _columns(attributed)
        if org_id == address_set.org_id and agreement not in SURE and _within(day, address_set)
    }
    if disagreements is not None:
        columns = (disagreements.column(name).to_pylist() for name in ("ip", "org_id"))
        told = zip(*columns, strict=True)
        unsure |= {(str(ip), "split") for ip, org_id in told if org_id == address_set.org_id}
    for agreement, n in sorted(Counter(agreement for _, agreement in unsure).items()):
        yield f"set {address_set.name}: {n} addresses are {agreement} on some days and not counted on those"
    if not unsure and address_set.org_id not in set(attributed.column("org_id").to_pylist()):
        yield f"set {address_set.name}: no address seen is held by {address_set.org_id!r} in networks/"


def _columns(attributed: pa.Table) -> Iterator[tuple[str, dt.date, str, str]]:
    names = ("ip", "day", "org_id", "org_agreement")
    return zip(*(attributed.column(name).to_pylist() for name in names), strict=True)


def _within(day: dt.date, address_set: AddressSet) -> bool:
    begun = address_set.valid_from is None or day >= address_set.valid_from
    return begun and (address_set.valid_to is None or day < address_set.valid_to)


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return None if day is None else dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def _to_arrow(rows: Sequence[Member]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return pa.Table.from_arrays(
        [pa.array(c, f.type) for c, f in zip(columns, MEMBERS, strict=True)], schema=MEMBERS
    )
