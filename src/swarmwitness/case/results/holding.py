# SPDX-License-Identifier: Apache-2.0
"""Question 7 for the report: on which tables the answers rest, and how far these reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution.kinderrors import measured_error
from swarmwitness.case.networks.listing import Source, sources_of
from swarmwitness.case.networks.period import Period
from swarmwitness.case.networks.reading import OneTable
from swarmwitness.case.results.counting import Counted
from swarmwitness.relations.leases import METHOD_VERSION
from swarmwitness.report.holders import BlockRow, Holders, KindRow, SourceRow
from swarmwitness.terms.instant import EPOCH

SHOWN_SOURCES = 40
SHOWN_DAYS = 4
RULE_ERROR = (
    "in simulation 4.47\u202f% of sightings stand under another subscriber’s name (95\u202f% over simulated "
    "worlds: 3.21 to 5.89\u202f%; behind a carrier’s NAT 24\u202f%, at VPN exits 19\u202f%, in the worst "
    "world 61.5\u202f%), and 1.99\u202f% of tenures are cut (30\u202f% where addresses are static and seldom "
    "seen). On real addresses its error is unmeasured"
)
"""Of rule v1; docs/method/07-leases.md, by `python -m swarmwitness.lab.leasing --worlds 260 --seed 1`."""
RULE = (
    f"Leases are made by rule v{METHOD_VERSION}: {RULE_ERROR} (docs/method/07-leases.md). A lease is not a "
    "person."
)


def holders_of(counted: Counted, networks: pa.Table) -> Holders:
    """What the report tells of question 7.

    Args:
        networks: Typed rows, as intake gives them.
    """
    period = _period(counted)
    sources = list(sources_of(OneTable("", "", networks, 0), None, period))
    held = counted.standing
    return Holders(
        agreements=counted.leases_by_agreement,
        addresses=held.addresses,
        days=held.days,
        seen=_span(period.first, period.last) if period else "",
        sources=[_source(source, networks, period) for source in sources[:SHOWN_SOURCES]],
        sources_left_out=max(len(sources) - SHOWN_SOURCES, 0),
        kinds=[_kind(kind, n) for kind, n in sorted(held.kinds.items(), key=lambda each: (-each[1], each))],
        rule=RULE,
        blocks=[BlockRow(**block) for block in held.blocks],
    )


def _kind(kind: str, leases: int) -> KindRow:
    """The sentence without the kind, which stands beside it."""
    return KindRow(kind, leases, measured_error(kind).partition(": ")[2])


def _period(counted: Counted) -> Period | None:
    """The days from the first sighting to the last."""
    first, last = counted.leased.first_us, counted.leased.last_us
    return None if first is None or last is None else Period(_day(first), _day(last))


def _day(utc_us: int) -> dt.date:
    return (EPOCH + dt.timedelta(microseconds=utc_us)).date()


def _source(source: Source, networks: pa.Table, period: Period | None) -> SourceRow:
    rows = networks.filter(pc.field("source") == source.source) if source.source else _unnamed(networks)
    days = cast("list[dt.date | None]", rows.column("as_of").unique().to_pylist())
    return SourceRow(
        name=source.source or "(no name)",
        says=", ".join(source.says),
        prefixes=source.prefixes,
        on_edges=(_on(rows, period.first), _on(rows, period.last)) if period else None,
        snapshots=snapshots_in_words(sorted(day for day in days if day)),
        speaks="; ".join(_speaks(source)),
        spoken=source.spoken,
        days=period.days if period else None,
        behind=source.behind,
    )


def _on(rows: pa.Table, day: dt.date) -> int:
    """Prefixes that hold on a day."""
    begun = pc.field("valid_from").is_null() | (pc.field("valid_from") <= day)
    not_over = pc.field("valid_to").is_null() | (pc.field("valid_to") > day)
    return len(rows.filter(begun & not_over).column("prefix").unique())


def _unnamed(networks: pa.Table) -> pa.Table:
    return networks.filter(pc.field("source").is_null() | (pc.field("source") == ""))


def snapshots_in_words(days: list[dt.date]) -> str:
    """A few days one by one, of many the first, the last and how many."""
    if len(days) > SHOWN_DAYS:
        return f"{len(days):,} days, {_span(days[0], days[-1])}"
    return ", ".join(map(str, days)) or "no day stated"


def _speaks(source: Source) -> Iterator[str]:
    """The days for which a row speaks; between them there may be gaps."""
    if source.undated == source.rows:
        yield "always: no row states a beginning or an end"
        return
    if source.first and source.last:
        yield _span(source.first, source.last)
    elif source.first:
        yield f"from {source.first} on"
    else:
        yield f"until {source.last}" if source.last else "always"
    if source.undated:
        yield f"{source.undated:,} of {source.rows:,} rows state neither beginning nor end"


def _span(first: dt.date, last: dt.date) -> str:
    return str(first) if first == last else f"{first} to {last}"
