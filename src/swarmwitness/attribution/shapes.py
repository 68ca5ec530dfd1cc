# SPDX-License-Identifier: Apache-2.0
"""The verdicts over time of one prefix, from its rows and those of the prefixes around it, in small numbers.

A shape is what the rules look at and no more: which rows have the same source or organisation, which
prefix lies in which, which day comes before which. Prefixes of one shape have the same verdicts, so
the rules are applied once for each shape. They are those of agreement.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    """The verdict before the first day, from it until the second, and so on.

    What each source and topic says is kept from day to day, so that a prefix of a thousand dated rows
    costs a thousand steps and not their square.
    """
    begun: dict[int, list[ShapeRow]] = {}
    over: dict[int, list[ShapeRow]] = {}
    for row in rows:
        begun.setdefault(row.begin, []).append(row)
        if row.end != ALWAYS:
            over.setdefault(max(row.begin, row.end), []).append(row)
    topics: dict[tuple[int, int], _Topic] = {}
    for day in range(ALWAYS, n_days):
        for row in begun.get(day, ()):
            topic = (row.says, row.source)
            if topic not in topics:
                topics[topic] = _Topic({}, _Told({}, {}))
            topics[topic].begin(row)
        for row in over.get(day, ()):
            topics[row.says, row.source].end(row)
        yield _verdict(topics, kinds)


@dataclass(slots=True)
class _Told:
    """Organisations and kinds that rows of one rank name, and how many rows do."""

    orgs: dict[int, int]
    kinds: dict[int, int]

    def count(self, row: ShapeRow, n: int) -> None:
        """One row more, or less."""
        for counter, value in ((self.orgs, row.org), (self.kinds, row.kind)):
            left = counter.get(value, 0) + n
            if left:
                counter[value] = left
            else:
                del counter[value]


@dataclass(slots=True)
class _Topic:
    """What a source says of one thing, up to a day: by depth what is valid, and what ended last."""

    valid: dict[int, _Told]
    stale: _Told
    ended: tuple[int, int] = (-1, 0)

    def begin(self, row: ShapeRow) -> None:
        """A row begins to be valid."""
        told = self.valid.get(row.depth)
        if told is None:
            told = self.valid[row.depth] = _Told({}, {})
        told.count(row, 1)

    def end(self, row: ShapeRow) -> None:
        """A row that was valid is no longer: the last to end, and of these the narrowest, is heard on."""
        told = self.valid[row.depth]
        told.count(row, -1)
        if not told.orgs:
            del self.valid[row.depth]
        rank = (row.end, -row.depth)
        if rank > self.ended:
            self.ended, self.stale = rank, _Told({}, {})
        if rank == self.ended:
            self.stale.count(row, 1)

    @property
    def heard(self) -> _Told:
        """The narrowest of what is valid; where nothing is, what ended last."""
        return self.valid[min(self.valid)] if self.valid else self.stale


def _verdict(topics: Mapping[tuple[int, int], _Topic], kinds: Sequence[str]) -> _Held:
    voices = [topic for (says, _), topic in topics.items() if says == ORGANISATION]
    fresh = [topic for topic in voices if topic.valid]
    said = {
        kinds[kind] for (says, _), topic in topics.items() if says == KIND and topic.valid
        for kind in topic.heard.kinds
    }  # fmt: skip
    heard = [topic.heard for topic in fresh or voices]
    if not heard:
        return NOBODY, kind_of(said), Agreement.UNKNOWN.value
    org = next(iter(heard[0].orgs))
    if any(len(each.orgs) > 1 or org not in each.orgs for each in heard):
        return NOBODY, kind_of(said), Agreement.SPLIT.value
    agreement = Agreement.UNANIMOUS if fresh else Agreement.STALE
    said |= {kinds[kind] for each in heard for kind in each.kinds}
    return org, kind_of(said), agreement.value
