# SPDX-License-Identifier: Apache-2.0
"""Who held the addresses then (question 7): what a rendering is given, and its tables in words.

Every figure comes from `case.results.holding`; none is made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from swarmwitness.report.lines import Grid
from swarmwitness.report.text import count, several

DASH = "—"
MEANINGS = {
    "unanimous": "all answers that hold for the day name one holder (it can be a single source)",
    "majority": "most sources name one holder; no rule of this version gives it",
    "stale": "one holder is named, and on some day only by answers that had ended before it",
    "split": "sources differ: nobody is named",
    "unknown": "no source knows the address on that day or before",
}
"""Of a lease: what its word means."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source of networks against the days of the sightings.

    Attributes:
        says: What its rows speak of: organisation, kind, authority, place.
        on_edges: Prefixes that hold on the first and on the last day of the sightings.
        speaks: The days for which a row speaks, for people.
        snapshots: The days of its snapshots, for people.
        spoken, days: Of so many days of the sightings it speaks for so many; None = there are no sightings.
        behind: Days from the last of them to the last sighting.
    """

    name: str
    says: str
    prefixes: int
    on_edges: Sequence[int] | None
    snapshots: str
    speaks: str
    spoken: int | None
    days: int | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class KindRow:
    """Leases of one kind, and how often the kind is wrong, in a sentence."""

    kind: str
    leases: int
    error: str


@dataclass(frozen=True, slots=True)
class BlockRow:
    """IPv6 counted at one length of prefix."""

    block: int
    n_blocks: int
    n_leases: int
    n_sightings: int


@dataclass(frozen=True, slots=True)
class Holders:
    """What is known of who held the addresses.

    Attributes:
        agreements: Leases by agreement.
        addresses, days: By agreement: addresses with any such day, and pairs of an address and a day.
        seen: First and last day of the sightings, for people; empty = there are none.
        sources_left_out: How many more there are.
        rule: What the rule of leases is and how often it is wrong.
        blocks: Empty = there is no IPv6.
    """

    agreements: Mapping[str, int]
    addresses: Mapping[str, int]
    days: Mapping[str, int]
    seen: str
    sources: Sequence[SourceRow]
    sources_left_out: int
    kinds: Sequence[KindRow]
    rule: str
    blocks: Sequence[BlockRow] = field(default_factory=tuple)


def grids(told: Holders) -> list[Grid]:
    """The tables that hold anything, in the order of the page."""
    made = (agreement_grid(told), source_grid(told), kind_grid(told.kinds), block_grid(told.blocks))
    return [grid for grid in made if grid.rows]


def agreement_grid(told: Holders) -> Grid:
    """What the sources come to."""
    words = [*MEANINGS, *sorted((told.agreements.keys() | told.days.keys()) - MEANINGS.keys())]
    return Grid(
        "What the sources of networks come to. A lease is an address (of IPv6 its /64), a port cluster, an "
        "interval without evidence of reassignment; an address-day is an address on a day on which it was "
        "seen. Addresses are counted at each word that any of their days has.",
        ("Agreement", "It means", "Leases", "Addresses", "Address-days"),
        [
            (word, MEANINGS.get(word, DASH), *(count(of.get(word, 0)) for of in _counts(told)))
            for word in words
            if any(of.get(word) for of in _counts(told))
        ],
        frozenset({1}),
    )


def _counts(told: Holders) -> tuple[Mapping[str, int], ...]:
    return told.agreements, told.addresses, told.days


def source_grid(told: Holders) -> Grid:
    """Which tables answer, and for which days."""
    seen = f" Sightings: {told.seen}." if told.seen else ""
    more = f" {several(told.sources_left_out, 'more source')} not shown." if told.sources_left_out else ""
    return Grid(
        "The sources against the days from the first to the last sighting: how many of their prefixes hold "
        "on these two, and for how many days some row speaks. Where none holds for an address and day, the "
        f"last one before answers as stale.{seen}{more}",
        (
            "Source",
            "Speaks of",
            "Prefixes",
            "On the first and last day",
            "Snapshots of",
            "Some row holds",
            "Days spoken for",
            "Days behind",
        ),
        [_source(row) for row in told.sources],
        frozenset({1, 4, 5}),
    )


def _source(row: SourceRow) -> tuple[str, ...]:
    spoken = DASH if row.spoken is None or row.days is None else f"{count(row.spoken)} of {count(row.days)}"
    behind = DASH if row.behind is None else count(row.behind)
    edges = DASH if row.on_edges is None else " and ".join(map(count, row.on_edges))
    return row.name, row.says, count(row.prefixes), edges, row.snapshots, row.speaks, spoken, behind


def kind_grid(rows: Sequence[KindRow]) -> Grid:
    """Of which kinds the holders are, with what is known of the error."""
    return Grid(
        "Leases by kind of network. A kind is what dated sources say of a network, never who used it.",
        ("Kind", "Leases", "Error of the kind, where the truth was known"),
        [(row.kind, count(row.leases), row.error) for row in rows],
        frozenset({2}),
    )


def block_grid(rows: Sequence[BlockRow]) -> Grid:
    """How much the count of leases rests on the /64."""
    return Grid(
        "IPv6 counted at other prefixes, by port and silence alone. Leases are counted at the /64; nobody "
        "tells which prefix a customer was given. Where /64 and /56 differ much, leases of IPv6 are many of "
        "few holders.",
        ("Counted at", "Prefixes", "Leases", "Sightings"),
        [(f"/{row.block}", count(row.n_blocks), count(row.n_leases), count(row.n_sightings)) for row in rows],
    )


def sentences(told: Holders) -> Iterator[str]:
    """What stands under the tables."""
    addresses, days = told.addresses.get("stale", 0), told.days.get("stale", 0)
    if days:
        leases = told.agreements.get("stale", 0)
        yield (
            f"Only a source that had ended names a holder for {several(addresses, 'address', 'addresses')} "
            f"on {several(days, 'address-day')} and so for {several(leases, 'lease')}: who held them then "
            "may have been somebody else."
        )
    if told.agreements:
        yield told.rule
