# SPDX-License-Identifier: Apache-2.0
"""Who held an address on a day, as each dated source says, and whether the sources agree.

Theory of operation. A row of a networks table is a prefix, an organisation and a half-open range of
days. Per source, among the rows that hold the address: if any is valid on that day, the longest
prefix of those answers. Otherwise the row that ended last before that day answers, as `stale`, with
its age. A row that begins later never answers: today's owner is no witness of yesterday. Then the
sources are laid side by side. Only answers that are valid on the day can settle it; if they name one
organisation it is `unanimous`, if they name several it is `split` and no organisation is stated,
however many stand on one side. With stale answers only, one organisation gives `stale`, several give
`split`. No answer is `unknown`.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

import pyarrow as pa

from swarmwitness.attribution.prefixes import NetworkRow, PrefixIndex
from swarmwitness.attribution.special import special_range
from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import address_from_text

UNKNOWN_KIND = "unknown"


class Agreement(StrEnum):
    """How the sources stand to each other.

    `majority` is kept for a rule that can weigh sources; none does yet, and sources that differ are
    `split` (interchange).
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
        row: The row that answers.
        stale: Whether it was not valid on the day.
        age_days: Days since it was last known to hold: since `valid_to` if stale, else since the
            snapshot (`as_of`), 0 where none is stated.
    """

    row: NetworkRow
    stale: bool
    age_days: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who held the address on the day.

    Attributes:
        org_id, kind: As the sources agree; '' and `unknown` where they do not or are silent.
        answers: One per source that speaks (more where a source contradicts itself), by its name.
        special: Name of the special range that holds the address, '' = none.
    """

    ip: str
    day: dt.date
    agreement: Agreement
    org_id: str
    org_name: str
    kind: str
    answers: tuple[Answer, ...]
    special: str


@dataclass(frozen=True, slots=True)
class Networks:
    """Dated prefix tables of any number of sources."""

    index: PrefixIndex

    @classmethod
    def of(cls, table: pa.Table) -> Networks:
        """From `networks` rows as intake returns them."""
        return cls(PrefixIndex.of(NetworkRow.of(row) for row in table.to_pylist()))

    def look_up(self, ip: str | IPAddress, when: dt.date) -> Attribution:
        """Who held an address at an instant (its day in UTC) or on a day.

        Raises:
            ValueError: not an address, or a time without a zone.
        """
        address = address_from_text(ip) if isinstance(ip, str) else ip
        day = _utc_day(when)
        return _verdict(address, day, _answers(self.index.holding(address), day))

    def attribute_days(self, pairs: pa.Table) -> pa.Table:
        """Attribute many (ip, day) pairs.

        Args:
            pairs: Columns `ip` (canonical text) and `day` (date32).

        Returns:
            ip, day, org_id, org_kind, org_agreement: one row per pair, in the same order.
        """
        found = [held for _, _, held in self._each(pairs)]
        org_ids, kinds, agreements = zip(*found, strict=True) if found else ((), (), ())
        columns = {"org_id": org_ids, "org_kind": kinds, "org_agreement": agreements}
        table = pa.table({"ip": pairs.column("ip").cast(pa.string()), "day": pairs.column("day")})
        for name, values in columns.items():
            table = table.append_column(name, pa.array(values, pa.string()))
        return table

    def disagreements(self, pairs: pa.Table) -> pa.Table:
        """Every source's answer for each (ip, day) whose verdict is `split`, by ip, day and source."""
        split = [(ip, day) for ip, day, held in self._each(pairs) if held[2] == Agreement.SPLIT]
        found = [self.look_up(ip, day) for ip, day in split]
        rows = [_answer_row(one, answer) for one in found for answer in one.answers]
        rows.sort(key=lambda row: (str(row["ip"]), str(row["day"]), str(row["source"])))
        return pa.Table.from_pylist(rows, DISAGREEMENTS)

    def _each(self, pairs: pa.Table) -> Iterator[tuple[str, dt.date, Held]]:
        """Each pair with its verdict, in the order of the pairs."""
        ips = cast("list[str]", pairs.column("ip").to_pylist())
        days = cast("list[dt.date]", pairs.column("day").to_pylist())
        by_ip: dict[str, Tenure] = {}
        by_rows: dict[tuple[int, ...], Tenure] = {}
        for ip, day in zip(ips, days, strict=True):
            if ip not in by_ip:
                rows = self.index.holding(address_from_text(ip))
                # Neighbours are held by the same rows, so they share one history.
                by_ip[ip] = by_rows.setdefault(tuple(map(id, rows)), Tenure(rows))
            yield ip, day, by_ip[ip].on(day)


Held = tuple[str, str, str]
"""Organisation, kind, agreement."""


class Tenure:
    """Who held what some rows hold, over time: it changes only on days on which a row begins or ends."""

    def __init__(self, rows: Sequence[NetworkRow]) -> None:
        self._rows = rows
        self._changes = sorted({day for row in rows for day in (row.valid_from, row.valid_to) if day})
        self._known: dict[int, Held] = {}

    def on(self, day: dt.date) -> Held:
        """The verdict on a day, worked out once for each stretch between changes."""
        stretch = bisect_right(self._changes, day)
        if stretch not in self._known:
            agreement, voices = _settled(_answers(self._rows, day))
            agreed = agreement in (Agreement.UNANIMOUS, Agreement.STALE)
            org_id = voices[0].org_id if agreed else ""
            self._known[stretch] = (org_id, _kind(voices) if agreed else UNKNOWN_KIND, agreement.value)
        return self._known[stretch]


_FIELDS: list[tuple[str, pa.DataType]] = [
    ("ip", pa.string()),
    ("day", pa.date32()),
    ("source", pa.string()),
    ("prefix", pa.string()),
    ("org_id", pa.string()),
    ("org_name", pa.string()),
    ("kind", pa.string()),
    ("stale", pa.bool_()),
    ("age_days", pa.int64()),
    ("exhibit", pa.string()),
]
DISAGREEMENTS = pa.schema(_FIELDS)


def _answer_row(one: Attribution, answer: Answer) -> dict[str, str | dt.date | bool | int]:
    row = answer.row
    return {
        "ip": one.ip,
        "day": one.day,
        "source": row.source,
        "prefix": str(row.prefix),
        "org_id": row.org_id,
        "org_name": row.org_name,
        "kind": row.kind,
        "stale": answer.stale,
        "age_days": answer.age_days,
        "exhibit": row.exhibit,
    }


def _utc_day(when: dt.date) -> dt.date:
    if not isinstance(when, dt.datetime):
        return when
    if when.tzinfo is None:
        raise ValueError("a time without a zone is no instant")
    return when.astimezone(dt.UTC).date()


def _answers(rows: Sequence[NetworkRow], day: dt.date) -> tuple[Answer, ...]:
    """What each source says, in the order of their names. `rows` hold the address.

    A source that gives one prefix to two organisations at once contradicts itself: both answer.
    """
    best: dict[str, tuple[_Rank, dict[str, NetworkRow]]] = {}
    for row in rows:
        if row.valid_from is not None and row.valid_from > day:
            continue
        rank = _rank(row, day)
        if row.source not in best or rank > best[row.source][0]:
            best[row.source] = (rank, {row.org_id: row})
        elif rank == best[row.source][0]:
            same = best[row.source][1]
            same[row.org_id] = max(same.get(row.org_id, row), row, key=_tie)
    return tuple(
        _answer(row, rank[0], day)
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
    """One source, prefix and organisation, two rows: the later begun, then the later snapshot, speaks."""
    return (row.valid_from or dt.date.min, row.as_of or dt.date.min, row.exhibit)


def _answer(row: NetworkRow, valid: bool, day: dt.date) -> Answer:
    if not valid and row.valid_to is not None:
        return Answer(row, True, (day - row.valid_to).days + 1)
    return Answer(row, False, max((day - row.as_of).days, 0) if row.as_of else 0)


def _verdict(address: IPAddress, day: dt.date, answers: tuple[Answer, ...]) -> Attribution:
    agreement, voices = _settled(answers)
    agreed = agreement in (Agreement.UNANIMOUS, Agreement.STALE)
    return Attribution(
        str(address),
        day,
        agreement,
        voices[0].org_id if agreed else "",
        next((row.org_name for row in voices if row.org_name), "") if agreed else "",
        _kind(voices) if agreed else UNKNOWN_KIND,
        answers,
        special_range(address),
    )


def _settled(answers: Sequence[Answer]) -> tuple[Agreement, list[NetworkRow]]:
    """How the sources stand, and the rows that decide: the valid ones, and only without any the stale."""
    fresh = [answer.row for answer in answers if not answer.stale]
    voices = fresh or [answer.row for answer in answers]
    return _agreement(len({row.org_id for row in voices}), bool(fresh)), voices


def _agreement(n_organisations: int, fresh: bool) -> Agreement:
    if n_organisations == 0:
        return Agreement.UNKNOWN
    if n_organisations > 1:
        return Agreement.SPLIT
    return Agreement.UNANIMOUS if fresh else Agreement.STALE


def _kind(rows: Sequence[NetworkRow]) -> str:
    """The kind on which all agree that name one."""
    kinds = {row.kind for row in rows} - {UNKNOWN_KIND}
    return kinds.pop() if len(kinds) == 1 else UNKNOWN_KIND
