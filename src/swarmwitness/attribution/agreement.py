# SPDX-License-Identifier: Apache-2.0
"""What each source says of an address on a day, and what the sources come to: the rules, one address at a
time. holdings.py applies the same rules to whole tables; tests hold the two to each other.

Theory of operation. Per source and topic, among the rows that hold the address: if any is valid on the
day, the longest prefix of those answers. Otherwise the row that ended last before that day answers, as
`stale`, with its age. A row that begins later never answers: today's owner is no witness of yesterday.
Rows that tie all answer: origins of one prefix, or a source that contradicts itself.

Only rows that speak of the organisation have a voice in whose the address is. Each is rolled up as of
the day that it speaks for: the day asked, or, if it is stale, the last day on which it held. Answers
valid on the day decide: one organisation is `unanimous`, several are `split` and nobody is named. With
stale answers only, one organisation is `stale`, several are `split`. No answer is `unknown`.

The kind: what the deciding rows say where they name one organisation, and what valid rows say that speak
of the kind alone. One kind, or `vpn` and `datacentre`, of which `vpn` says more; else `unknown`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from swarmwitness.attribution.organisations import Ties
from swarmwitness.attribution.prefixes import NetworkRow

UNKNOWN_KIND = "unknown"
ORGANISATION, KIND = "organisation", "kind"
_DAY = dt.timedelta(1)


class Agreement(StrEnum):
    """How the sources stand to each other.

    `majority` is kept for a rule that can weigh sources; none does, since sources copy from each other.
    """

    UNANIMOUS = "unanimous"
    MAJORITY = "majority"
    SPLIT = "split"
    UNKNOWN = "unknown"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one source says.

    Attributes:
        row: The row that answers, with the source's own word for the organisation.
        stale: Whether it was not valid on the day.
        age_days: Days since it was last known to hold: since `valid_to` if stale, else since the
            snapshot (`as_of`), 0 where none is stated or the snapshot is later.
        hindsight: Whether the row is of a snapshot later than the day and states no first day.
        org_id, org_name: As it rolls up.
        why_not: Why it was not rolled up further; '' = nothing hindered.
    """

    row: NetworkRow
    stale: bool
    age_days: int
    org_id: str
    org_name: str
    why_not: str
    hindsight: bool = False

    @property
    def voice(self) -> bool:
        """Whether it has one in whose the address is."""
        return self.row.says == ORGANISATION

    @property
    def undated(self) -> bool:
        """Whether the row states no day at all: it claims to hold always, and nobody knows since when."""
        return self.row.valid_from is None and self.row.valid_to is None and self.row.as_of is None


@dataclass(frozen=True, slots=True)
class Settled:
    """What the answers come to; '' and `unknown` where they do not agree or are silent."""

    agreement: Agreement
    org_id: str
    org_name: str
    kind: str


def answers_of(rows: Iterable[NetworkRow], day: dt.date, ties: Ties) -> tuple[Answer, ...]:
    """What each source says, by source and topic. `rows` hold the address."""
    best: dict[tuple[str, str], tuple[_Rank, dict[tuple[str, str, str], NetworkRow]]] = {}
    for row in rows:
        if row.valid_from is not None and row.valid_from > day:
            continue
        rank, topic = _rank(row, day), (row.source, row.says)
        own = (row.org_id, row.kind, row.service)
        if topic not in best or rank > best[topic][0]:
            best[topic] = (rank, {own: row})
        elif rank == best[topic][0]:
            same = best[topic][1]
            same[own] = max(same.get(own, row), row, key=_tie)
    return tuple(
        _answer(row, rank[0], day, ties)
        for _, (rank, said) in sorted(best.items())
        for _, row in sorted(said.items())
    )


_Rank = tuple[bool, dt.date, int]


def _rank(row: NetworkRow, day: dt.date) -> _Rank:
    """A valid row beats a stale one; valid: the longer prefix; stale: the later end, then the longer."""
    if row.valid_to is None or day < row.valid_to:
        return (True, dt.date.max, row.prefix.prefixlen)
    return (False, row.valid_to, row.prefix.prefixlen)


def _tie(row: NetworkRow) -> tuple[dt.date, dt.date, str]:
    """Rows that say the same: the later begun, then the later snapshot, is shown."""
    return (row.valid_from or dt.date.min, row.as_of or dt.date.min, row.exhibit)


def _answer(row: NetworkRow, valid: bool, day: dt.date, ties: Ties) -> Answer:
    if not valid and row.valid_to is not None:
        stale, age, then = True, (day - row.valid_to).days + 1, row.valid_to - _DAY
    else:
        stale, age, then = False, max((day - row.as_of).days, 0) if row.as_of else 0, day
    rolled = ties.roll_up(row.org_id, then)
    own = rolled.org_id == row.org_id
    name = rolled.org_name or (row.org_name if own else "")
    hindsight = row.valid_from is None and row.as_of is not None and row.as_of > day
    return Answer(row, stale, age, rolled.org_id, name, rolled.why_not, hindsight)


def deciding(answers: Sequence[Answer]) -> list[Answer]:
    """Those with a voice that are valid, and only where there is none the stale ones."""
    voices = [answer for answer in answers if answer.voice]
    return [answer for answer in voices if not answer.stale] or voices


def settled(answers: Sequence[Answer]) -> Settled:
    """What the answers come to."""
    heard = deciding(answers)
    agreement = _agreement(len({one.org_id for one in heard}), any(not one.stale for one in heard))
    agreed = agreement in (Agreement.UNANIMOUS, Agreement.STALE)
    kinds = {one.row.kind for one in answers if one.row.says == KIND and not one.stale}
    kinds |= {one.row.kind for one in heard} if agreed else set()
    name = next((one.org_name for one in heard if one.org_name), "")
    return Settled(agreement, heard[0].org_id if agreed else "", name if agreed else "", kind_of(kinds))


def kind_of(kinds: set[str]) -> str:
    """The one kind that is meant, or `unknown`."""
    named = kinds - {UNKNOWN_KIND}
    if named == {"vpn", "datacentre"}:
        return "vpn"
    return next(iter(named)) if len(named) == 1 else UNKNOWN_KIND


def _agreement(n_organisations: int, fresh: bool) -> Agreement:
    if n_organisations == 0:
        return Agreement.UNKNOWN
    if n_organisations > 1:
        return Agreement.SPLIT
    return Agreement.UNANIMOUS if fresh else Agreement.STALE
