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
        begun = [row for row in rows if row.begin < at]
        valid = [row for row in begun if row.end == ALWAYS or row.end >= at]
        ended = [row for row in begun if row.end != ALWAYS and row.end < at]
        yield _verdict(valid, ended, kinds)


def _verdict(valid: Sequence[ShapeRow], ended: Sequence[ShapeRow], kinds: Sequence[str]) -> _Held:
    fresh = list(_longest(valid, ORGANISATION))
    sources = {row.source for row in fresh}
    voices = fresh or list(
        _last(row for row in ended if row.says == ORGANISATION and row.source not in sources)
    )
    orgs = {row.org for row in voices}
    said = {kinds[row.kind] for row in _longest(valid, KIND)}
    if len(orgs) != 1:
        agreement = Agreement.SPLIT if orgs else Agreement.UNKNOWN
        return NOBODY, kind_of(said), agreement.value
    agreement = Agreement.UNANIMOUS if fresh else Agreement.STALE
    return orgs.pop(), kind_of(said | {kinds[row.kind] for row in voices}), agreement.value


def _longest(rows: Sequence[ShapeRow], says: int) -> Iterator[ShapeRow]:
    """Per source the rows of the longest prefix."""
    own = [row for row in rows if row.says == says]
    least: dict[int, int] = {}
    for row in own:
        least[row.source] = min(row.depth, least.get(row.source, row.depth))
    return (row for row in own if row.depth == least[row.source])


def _last(rows: Iterator[ShapeRow]) -> Iterator[ShapeRow]:
    """Per source the rows that ended last, of these those of the longest prefix."""
    own = list(rows)
    best: dict[int, tuple[int, int]] = {}
    for row in own:
        rank = (row.end, -row.depth)
        best[row.source] = max(rank, best.get(row.source, rank))
    return (row for row in own if (row.end, -row.depth) == best[row.source])
