# SPDX-License-Identifier: Apache-2.0
"""How often addresses pass from one autonomous system to another, by dated routing tables."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.inference.proportions import proportion


@dataclass(frozen=True, slots=True)
class Moves:
    """Of addresses routed on both days, how many had another origin on the second.

    Attributes:
        earlier: The first day.
        later: The second day.
        n: Addresses with an origin on both days.
        n_moved: Of those, with another set of origins.
        same_source: Whether both days are of one source: else part of the difference is theirs.
    """

    earlier: dt.date
    later: dt.date
    n: int
    n_moved: int
    same_source: bool

    @property
    def per_year(self) -> float:
        """The chance per year that would give this share, if all addresses had the same."""
        years = (self.later - self.earlier).days / 365.25
        return float(1 - (1 - self.n_moved / self.n) ** (1 / years))


def moves(truth: Path) -> list[Moves]:
    """Read truth-as-of.csv (ip, as_of, asn, source): one entry per pair of days that follow each other."""
    origins: dict[dt.date, dict[str, frozenset[str]]] = defaultdict(dict)
    sources: dict[dt.date, str] = {}
    with truth.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = dt.date.fromisoformat(row["as_of"])
            sources[day] = row["source"]
            if row["asn"]:
                origins[day][row["ip"]] = frozenset(row["asn"].split())
    days = sorted(origins)
    return [
        _between(origins, one, two, sources[one] == sources[two]) for one, two in itertools.pairwise(days)
    ]


def _between(
    origins: dict[dt.date, dict[str, frozenset[str]]], one: dt.date, two: dt.date, same_source: bool
) -> Moves:
    both = origins[one].keys() & origins[two].keys()
    moved = sum(origins[one][ip] != origins[two][ip] for ip in both)
    return Moves(one, two, len(both), moved, same_source)


def moves_table(found: list[Moves]) -> str:
    """For people."""
    lines = [
        "\n| from | to | routed on both | other AS | share, 95 % | per year | one source |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        share = proportion(each.n_moved, each.n)
        lines.append(
            f"| {each.earlier} | {each.later} | {each.n:,} | {each.n_moved:,} "
            f"| {share.rate:.1%} ({share.low:.1%}-{share.high:.1%}) | {each.per_year:.1%} "
            f"| {'yes' if each.same_source else 'no'} |"
        )
    return "\n".join(lines) + "\n"
