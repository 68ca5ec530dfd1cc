# SPDX-License-Identifier: Apache-2.0
"""`who`: who held an address at a time, as each source says, for a person.

Theory of operation. Only rows whose prefix holds the address can answer, so the rules of `attribution` are
run on those alone; and they are run anew for every stretch of days between which no row begins or ends,
which gives the timeline. It reads tables of networks, never sightings, and says nothing that whoever asks
did not name: so the asking is no act (decision 0124).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution import Agreement, Attribution, Networks
from swarmwitness.attribution.defaults import ATTRIBUTION, default_networks, default_organisations
from swarmwitness.attribution.prefixes import covering
from swarmwitness.case.networks.reading import Tables, no_networks, read_tables
from swarmwitness.case.pseudonyms import is_pseudonym
from swarmwitness.case.whosaid import Said, authority_of, said_of
from swarmwitness.intake.told import told
from swarmwitness.report.timeline import Lane, Stretch, Timeline, merged, span
from swarmwitness.terms import InputError, IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.instant import EPOCH, micros_from_text
from swarmwitness.vantage import Clock

VERDICT = "all sources"
LONGEST = 200
GRANULARITY = (
    "tables of networks speak of whole days (UTC): whoever held it for an hour of that day is not seen"
)


@dataclass(frozen=True, slots=True)
class Who:
    """The answer.

    Attributes:
        asked, at: As typed.
        port: Of an endpoint; it has no part in the answer.
        where: Which tables answered; `notes`: what a reader must know of them.
        said: What each source says.
    """

    asked: str
    at: str
    port: int | None
    found: Attribution
    said: tuple[Said, ...]
    timeline: Timeline
    where: str
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        found = self.found
        return {
            "asked": self.asked, "at": self.at, "ip": found.ip, "port": self.port, "day": str(found.day),
            "special": found.special, "agreement": found.agreement.value, "org_id": found.org_id,
            "org_name": found.org_name, "kind": found.kind, "why": found.why,
            "services": list(found.services), "authority": list(authority_of(self.said)),
            "sources": [one.to_json() for one in self.said],
            "timeline": [_lane_json(lane) for lane in self.timeline.lanes],
            "tables": self.where, "notes": list(self.notes),
        }  # fmt: skip


def ask(address: str, at: str, case_dir: Path | None) -> Who:
    """Who held an address at a time, by a case's tables; None = by the small table that ships.

    Raises:
        InputError: no address, no time, a time to come, no case, or a table that is unfit.
    """
    ip, port = endpoint_of(address)
    day, today = day_of(at), _today()
    if day > today:
        raise InputError(f"lies in the future: {told(at)}; nobody has held it then", field="--at")
    tables = _default() if case_dir is None else read_tables(case_dir)
    rows = covering(tables.networks, [ip])
    history = _History(rows, tables.organisations, Networks.of(rows, tables.organisations))
    found = history.networks.look_up(ip, day)
    said = tuple(history.said(found))
    line = _timeline(history, found, today)
    return Who(address, at, port, found, said, line, tables.where, (*tables.warnings, GRANULARITY))


def endpoint_of(text: str) -> tuple[IPAddress, int | None]:
    """An address, or an endpoint as `192.0.2.7:6881` and `[2001:db8::1]:6881`.

    Raises:
        InputError: neither.
    """
    host, port = text.strip(), ""
    if is_pseudonym(host):
        raise InputError(
            "is a pseudonym; `swarmwitness reveal` says which address it stands for", field="ADDRESS"
        )
    if host.startswith("["):
        host, bracket, rest = host[1:].partition("]")
        port = rest.removeprefix(":") if rest else ""
        if not bracket or (rest and not rest.startswith(":")) or rest == ":":
            raise InputError(f"is no address: {told(text, LONGEST)}", field="ADDRESS")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
        port = port or "?"
    if port and not (port.isascii() and port.isdigit() and int(port[:6]) <= 0xFFFF):
        raise InputError(f"its port is none: {told(text, LONGEST)}", field="ADDRESS")
    try:
        return address_from_text(host), int(port) if port else None
    except ValueError:
        zone = ": the part behind % names an interface of one machine" * ("%" in host)
        raise InputError(f"is no address: {told(text, LONGEST)}{zone}", field="ADDRESS") from None


def day_of(text: str) -> dt.date:
    """The day (UTC) of a date or of an RFC 3339 time with its zone.

    Raises:
        InputError: neither.
    """
    plain = text.strip()
    try:
        if len(plain) == 10:
            return dt.date.fromisoformat(plain)
        return (EPOCH + dt.timedelta(microseconds=micros_from_text(plain))).date()
    except (ValueError, OverflowError):
        why = "is neither a day, as 2025-04-02, nor a time with its zone, as 2025-04-02T12:00:00Z"
        raise InputError(f"{why}: {told(text)}", field="--at") from None


def _default() -> Tables:
    """What ships, which must say whose work it is."""
    notes = (
        "no case is named: the small table that ships answers, which knows few addresses on few days",
        ATTRIBUTION,
    )
    none = no_networks()
    return Tables("the table that ships", default_networks(), default_organisations(), none, notes)


def _today() -> dt.date:
    return (EPOCH + dt.timedelta(microseconds=Clock().read().utc_us)).date()


@dataclass(frozen=True, slots=True)
class _History:
    """The rows that hold one address, and the rules over them."""

    rows: pa.Table
    ties: pa.Table
    networks: Networks

    def said(self, at: Attribution) -> Iterator[Said]:
        """What each source says."""
        said = [said_of(answer) for answer in at.answers]
        return iter(sorted(said, key=lambda one: (not one.voice, one.stale, one.source, one.own_id)))

    def _tied(self) -> list[str]:
        """The identifiers of the rows, and whatever they may roll up to on some day."""
        members, orgs = (cast("list[str]", self.ties.column(c).to_pylist()) for c in ("member_id", "org_id"))
        parents: dict[str, set[str]] = {}
        for member, org in zip(members, orgs, strict=True):
            parents.setdefault(member, set()).add(org)
        found: set[str] = set()
        waiting = set(cast("list[str]", self.rows.column("org_id").to_pylist()))
        while waiting:
            found |= waiting
            waiting = {org for one in waiting for org in parents.get(one, ())} - found
        return sorted(found)

    def edges(self, today: dt.date) -> Iterator[dt.date]:
        """The days on which a row, or a tie, begins or ends; what is open is drawn up to today."""
        for column in ("valid_from", "valid_to"):
            for day in cast("list[dt.date | None]", self.rows.column(column).unique().to_pylist()):
                yield today if day is None else min(day, today)
        # A tie of a parent changes what its members roll up to as well: those of all are looked at.
        tied = self.ties.filter(pc.field("member_id").isin(pa.array(self._tied(), pa.string())))
        for column in ("valid_from", "valid_to"):
            days = cast("list[dt.date | None]", tied.column(column).unique().to_pylist())
            yield from (min(day, today) for day in days if day is not None)


def _timeline(history: _History, found: Attribution, today: dt.date) -> Timeline:
    """Each source's stretches, and above them what all sources come to."""
    edges = set(history.edges(today))
    first, last = span(edges, found.day)
    until = min(last, today + dt.timedelta(1))
    days = sorted({first, *(day for day in edges if first < day < until)})
    looked = [history.networks.look_up(found.ip, day) for day in days]
    said = [list(history.said(at)) for at in looked]
    sources = sorted({one.source for each in said for one in each if one.voice})
    lanes = []
    for name in (VERDICT, *sources):
        stretches: list[Stretch] = []
        for at, each, end in zip(looked, said, [*days[1:], until], strict=True):
            stretches += _verdict(at, end) if name == VERDICT else _of_source(name, each, at.day, end)
        lanes.append(Lane(name, merged(stretches)))
    titles = {one.org_id: one.org_name for each in said for one in each if one.org_name and one.voice}
    return Timeline(found.ip, found.day, first, last, tuple(lanes), titles)


def _verdict(at: Attribution, end: dt.date) -> Iterator[Stretch]:
    """What all sources come to, from its day on."""
    if at.agreement == Agreement.SPLIT:
        yield Stretch(at.day, end, (), "split")
    elif at.org_id:
        yield Stretch(at.day, end, (at.org_id,), "stale" if at.agreement == Agreement.STALE else "valid")


def _of_source(name: str, said: list[Said], start: dt.date, end: dt.date) -> Iterator[Stretch]:
    heard = [one for one in said if one.voice and one.source == name]
    names = tuple(sorted({one.org_id for one in heard}))
    if len(names) > 1:
        yield Stretch(start, end, names, "split")
    elif names:
        yield Stretch(start, end, names, "stale" if all(one.stale for one in heard) else "valid")


def _lane_json(lane: Lane) -> dict[str, object]:
    runs = [
        {"from": str(one.start), "to": str(one.end), "names": list(one.names), "standing": one.standing}
        for one in lane.stretches
    ]
    return {"source": lane.source, "stretches": runs}
