# SPDX-License-Identifier: Apache-2.0
"""The verdicts over time of one prefix, from its rows and those of the prefixes around it, in small numbers.

A shape is what the rules look at and no more: which rows have the same source or organisation, which
prefix lies in which, which day comes before which. Prefixes of one shape have the same verdicts, so
the rules are applied once for each shape. They are those of agreement.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from swarmwitness.attribution.agreement import UNKNOWN_KIND, Agreement, kind_of

ORGANISATION, KIND, MUTE = 0, 1, 2
NOBODY = -1
ALWAYS = -1
"""No first, or no last day."""


class ShapeRow(NamedTuple):
    """A row. Days and organisations are numbered within the shape, days in their order.

    `depth`: 0 for the prefix itself, 1 for the next around it that has rows, and so on.
    """

    says: int
    kind: int
    source: int
    depth: int
    org: int
    begin: int
    end: int


class Reign(NamedTuple):
    """A verdict from a day until another: numbers within the shape, `ALWAYS` = unbounded."""

    begin: int
    end: int
    org: int
    kind: str
    agreement: str


_Held = tuple[int, str, str]
_SILENT: _Held = (NOBODY, UNKNOWN_KIND, Agreement.UNKNOWN.value)


def reigns_of(rows: Sequence[ShapeRow], kinds: Sequence[str]) -> list[Reign]:
    """The verdicts of a shape, without the stretches of days of which nothing is known."""
    if any(row.says == MUTE for row in rows):
        return []
    n_days = max((max(row.begin, row.end) for row in rows), default=ALWAYS) + 1
    found: list[Reign] = []
    for at, held in enumerate(_each(rows, kinds, n_days)):
        begin, end = at - 1, at if at < n_days else ALWAYS
        if found and found[-1][2:] == held and found[-1].end == begin:
            found[-1] = found[-1]._replace(end=end)
        elif held != _SILENT:
            found.append(Reign(begin, end, *held))
    return found


def _each(rows: Sequence[ShapeRow], kinds: Sequence[str], n_days: int) -> Iterator[_Held]:
    """The verdict before the first day, from it until the second, and so on."""
    for at in range(n_days + 1):
        best: dict[tuple[int, int], _Rank] = {}
        told: dict[tuple[int, int], list[ShapeRow]] = {}
        for row in rows:
            if row.begin >= at:
                continue
            valid = row.end == ALWAYS or row.end >= at
            rank = (valid, 0 if valid else row.end, -row.depth)
            topic = (row.says, row.source)
            if topic not in best or rank > best[topic]:
                best[topic], told[topic] = rank, [row]
            elif rank == best[topic]:
                told[topic].append(row)
        yield _verdict(best, told, kinds)


_Rank = tuple[bool, int, int]


def _verdict(
    best: dict[tuple[int, int], _Rank], told: dict[tuple[int, int], list[ShapeRow]], kinds: Sequence[str]
) -> _Held:
    voices = [topic for topic in best if topic[0] == ORGANISATION]
    fresh = [topic for topic in voices if best[topic][0]]
    heard = [row for topic in fresh or voices for row in told[topic]]
    orgs = {row.org for row in heard}
    said = {
        kinds[row.kind] for topic, rank in best.items() if topic[0] == KIND and rank[0] for row in told[topic]
    }
    if len(orgs) != 1:
        agreement = Agreement.SPLIT if orgs else Agreement.UNKNOWN
        return NOBODY, kind_of(said), agreement.value
    agreement = Agreement.UNANIMOUS if fresh else Agreement.STALE
    return orgs.pop(), kind_of(said | {kinds[row.kind] for row in heard}), agreement.value
