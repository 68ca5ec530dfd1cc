# SPDX-License-Identifier: Apache-2.0
"""Who held an address on a day: every source's answer and the verdict. The rules are in agreement.py."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import pyarrow as pa

from swarmwitness.attribution.agreement import Agreement, Answer, Settled, answers_of, deciding, settled
from swarmwitness.attribution.claims import claims_of
from swarmwitness.attribution.holdings import holdings_of
from swarmwitness.attribution.organisations import Ties
from swarmwitness.attribution.prefixes import NetworkRow, PrefixIndex, changes_of, covering
from swarmwitness.attribution.special import is_mute, special_range
from swarmwitness.terms import IPAddress
from swarmwitness.terms.endpoint import address_from_text

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
"""org_id and org_name as rolled up."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who held the address on the day.

    Attributes:
        org_id, kind: As the sources agree; '' and `unknown` where they do not or are silent.
        answers: One per source and topic (more where a source contradicts itself), by its name.
        special: Name of the special range that holds the address, '' = none.
        services: Closer words for the kind, of the answers that are valid, in order.
        why: The verdict in a sentence.
    """

    ip: str
    day: dt.date
    agreement: Agreement
    org_id: str
    org_name: str
    kind: str
    answers: tuple[Answer, ...]
    special: str
    services: tuple[str, ...]
    why: str


class Networks:
    """Dated prefix tables of any number of sources, and the ties of organisations."""

    def __init__(self, table: pa.Table, ties: Ties) -> None:
        self._table, self._ties = table, ties

    @classmethod
    def of(cls, networks: pa.Table, organisations: pa.Table | None = None) -> Networks:
        """From `networks` and `organisations` rows as intake returns them."""
        return cls(networks, Ties.of(organisations))

    @cached_property
    def _index(self) -> PrefixIndex:
        return PrefixIndex.of(NetworkRow.of(row) for row in self._table.to_pylist())

    @property
    def rows(self) -> pa.Table:
        """The `networks` rows that it was made from."""
        return self._table

    def look_up(self, ip: str | IPAddress, when: dt.date) -> Attribution:
        """Who held an address at an instant (its day in UTC) or on a day.

        Raises:
            ValueError: not an address, or a time without a zone.
        """
        address = address_from_text(ip) if isinstance(ip, str) else ip
        day = _utc_day(when)
        answers = answers_of(self._index.holding(address), day, self._ties)
        return _attribution(address, day, answers)

    def holdings(self) -> pa.Table:
        """The verdicts of all addresses and days: `relations.holders.HOLDINGS`, equal to `look_up`."""
        return holdings_of(self._table, self._ties)

    def claims(self, org_id: str, holdings: pa.Table) -> pa.Table:
        """Where and when sources differ and one of them names this organisation: parts of `holdings()`."""
        return claims_of(self._table, self._ties, holdings, org_id)

    def attribute_days(self, pairs: pa.Table) -> pa.Table:
        """Attribute (ip, day) pairs one by one; for many, `relations.holders.attribute`.

        Args:
            pairs: Columns `ip` (canonical text) and `day` (date32).

        Returns:
            ip, day, org_id, org_kind, org_agreement: one row per pair, in the same order.
        """
        found = [(one.org_id, one.kind, one.agreement.value) for one in self._settled(pairs)]
        columns = list(zip(*found, strict=True)) if found else [(), (), ()]
        table = pa.table({"ip": pairs.column("ip").cast(pa.string()), "day": pairs.column("day")})
        for name, values in zip(("org_id", "org_kind", "org_agreement"), columns, strict=True):
            table = table.append_column(name, pa.array(values, pa.string()))
        return table

    def disagreements(self, pairs: pa.Table) -> pa.Table:
        """Every source's answer for each (ip, day) whose verdict is `split`, by ip, day and source.

        Args:
            pairs: As for `attribute_days`; of rows only those that can hold these addresses are made
                objects of.
        """
        addresses = {address_from_text(ip) for ip, _ in _pairs(pairs)}
        near = Networks(covering(self._table, addresses), self._ties)
        rows = [
            _answer_row(one, answer) for one in near._split(pairs) for answer in one.answers if answer.voice
        ]
        rows.sort(key=lambda row: (str(row["ip"]), str(row["day"]), str(row["source"])))
        return pa.Table.from_pylist(rows, DISAGREEMENTS)

    def _split(self, pairs: pa.Table) -> Iterator[Attribution]:
        """What each source says of the pairs on which they differ, in the order of the pairs."""
        for (ip, day), verdict in zip(_pairs(pairs), self._settled(pairs), strict=True):
            if verdict.agreement == Agreement.SPLIT:
                yield self.look_up(ip, day)

    def _settled(self, pairs: pa.Table) -> Iterator[Settled]:
        """Each pair's verdict, worked out once for what the same rows hold between two changes."""
        rows_of: dict[str, tuple[NetworkRow, ...]] = {}
        changes: dict[tuple[int, ...], list[dt.date]] = {}
        known: dict[tuple[tuple[int, ...], int], Settled] = {}
        for ip, day in _pairs(pairs):
            if ip not in rows_of:
                address = address_from_text(ip)
                rows_of[ip] = () if is_mute(address) else self._index.holding(address)
            rows = rows_of[ip]
            key = tuple(map(id, rows))
            if key not in changes:
                changes[key] = changes_of(rows, self._ties)
            at = (key, bisect_right(changes[key], day))
            if at not in known:
                known[at] = settled(answers_of(rows, day, self._ties))
            yield known[at]


def _pairs(pairs: pa.Table) -> Iterator[tuple[str, dt.date]]:
    ips = cast("list[str]", pairs.column("ip").to_pylist())
    return zip(ips, cast("list[dt.date]", pairs.column("day").to_pylist()), strict=True)


def _answer_row(one: Attribution, answer: Answer) -> dict[str, str | dt.date | bool | int]:
    row = answer.row
    return {
        "ip": one.ip,
        "day": one.day,
        "source": row.source,
        "prefix": str(row.prefix),
        "org_id": answer.org_id,
        "org_name": answer.org_name,
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


def _attribution(address: IPAddress, day: dt.date, answers: tuple[Answer, ...]) -> Attribution:
    mute = is_mute(address)
    verdict = settled(() if mute else answers)
    services = {one.row.service for one in answers if one.row.service and not one.stale}
    return Attribution(
        str(address),
        day,
        verdict.agreement,
        verdict.org_id,
        verdict.org_name,
        verdict.kind,
        answers,
        special_range(address),
        () if mute else tuple(sorted(services)),
        "no table can say who is at an address of this range" if mute else why_of(verdict, answers),
    )


def why_of(verdict: Settled, answers: Iterable[Answer]) -> str:
    """The verdict in a sentence."""
    heard = deciding(tuple(answers))
    sources = sorted({one.row.source for one in heard})
    match verdict.agreement:
        case Agreement.UNKNOWN:
            return "no source says whose this address was on this day or before"
        case Agreement.SPLIT:
            names = ", ".join(sorted({one.org_id for one in heard}))
            why = f"the sources that speak name {names}: so nobody is named"
        case Agreement.STALE:
            age = min(one.age_days for one in heard)
            days = "day" if age == 1 else "days"
            why = f"no source speaks for this day; the latest before it is {age:,} {days} older"
        case _:
            one = len(sources) == 1
            speak = "1 source speaks" if one else f"{len(sources)} sources speak"
            why = f"{speak} for this day, and {'names' if one else 'name'} one organisation"
    if all(one.undated for one in heard):
        why += "; no row states a day: since when it holds, nobody says"
    elif heard and all(one.hindsight for one in heard):
        why += "; every table that says so is of a later day and states no first one (decision 0129)"
    hindered = sorted({one.why_not for one in heard if one.why_not})
    return "; ".join([why, *(f"not rolled up: {each}" for each in hindered)])
