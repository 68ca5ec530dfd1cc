# SPDX-License-Identifier: Apache-2.0
"""Text of the registries: RPSL objects (RFC 2622) as RIPE, APNIC and AFRINIC write them, and ARIN's blocks.

Theory of operation. An object is a run of `key: value` lines, ended by a blank one; a line that begins
with white space or `+` goes on with the one before. Only these tell of addresses:
- `inetnum`, `inet6num`, `NetRange`: who is registered. By `org`, ARIN's `Organization` or `Customer`; without
  one by the network's own name (see rdap.py). Valid from `last-modified` or `Updated` as in rdap.py.
- `route`, `route6`: whose routing registry lets which AS announce it: they say `authority`.
Other objects (persons, organisations, maintainers) are passed over: nobody's name is taken from them.
`place` is the line on which the object begins.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.attribution.sources.document import day_in
from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.origins import holdings, number_of
from swarmwitness.attribution.sources.prefixtext import prefix_of, prefixes_of
from swarmwitness.attribution.sources.rdap import handle, registry_of, stretch
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told

_REGISTERED = ("inetnum", "inet6num", "netrange")
_ROUTES = ("route", "route6")
_KEPT = frozenset(
    (*_REGISTERED, *_ROUTES, "org", "netname", "descr", "source", "last-modified", "origin", "updated",
     "organization", "customer")
)  # fmt: skip
_NAMED = re.compile(r"(.*)\(([!-~]+)\)")
_KEY = re.compile(r"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)")


@dataclass(slots=True)
class _Object:
    """An object: the key of its first line, and the first value of each key that is wanted."""

    place: int
    key: str
    said: dict[str, str] = field(default_factory=dict)
    twice: str = ""

    def put(self, key: str, value: str) -> None:
        if key in self.said and key in ("org", "origin", *_REGISTERED, *_ROUTES):
            self.twice = key
        if key in _KEPT:
            self.said.setdefault(key, value)


def read(path: Path, told: Told) -> Iterator[Record]:
    """The holdings of every object that tells of addresses."""
    for found in _objects(path):
        if isinstance(found, Refused):
            yield found
        elif found.key in (*_REGISTERED, *_ROUTES):
            try:
                yield from _records(found, told)
            except ValueError as error:
                yield Refused(found.place, str(error), f"{found.key}: {found.said.get(found.key, '')}")


def _objects(path: Path) -> Iterator[_Object | Refused]:
    now: _Object | None = None
    last = ""
    for line in lines(path, encodings=("utf-8", "latin-1"), layout=True):
        if isinstance(line, Refused):
            yield line
            continue
        if not line.text:
            if now is not None:
                yield now
            now = None
            continue
        if line.text.startswith(("%", "#")):
            continue
        if line.text[0] in " \t+":
            _go_on(now, last, line.text[1:].strip())
            continue
        match = _KEY.fullmatch(line.text)
        if match is None:
            yield Refused(line.number, "not a line `key: value`", line.text)
            continue
        last = match[1].lower()
        now = now or _Object(line.number, last)
        now.put(last, _bare(match[2], last))
    if now is not None:
        yield now


def _go_on(now: _Object | None, key: str, words: str) -> None:
    if now is not None and key in now.said and len(now.said[key]) < 500:
        now.said[key] = f"{now.said[key]} {_bare(words, key)}".strip()


def _bare(value: str, key: str) -> str:
    """A comment at the end of a line is none of the value; names may hold the mark."""
    return (value if key in ("descr", "organization", "customer") else value.partition("#")[0]).strip()


def _records(one: _Object, told: Told) -> Iterator[Record]:
    if one.twice:
        raise ValueError(f"{one.twice} stands twice in one object")
    said = one.said
    if one.key in _ROUTES:
        origin = number_of(said.get("origin", ""))
        yield from holdings(prefix_of(said[one.key]), [origin], one.place, says="authority")
        return
    org_id, name = _holder(said, "arin" if one.key == "netrange" else registry_of(said.get("source", "")))
    begins, ends = stretch(day_in((said.get("last-modified") or said.get("updated") or "")[:10]), told.as_of)
    for prefix in prefixes_of(said[one.key]):
        if prefix.prefixlen == 0:
            raise ValueError("a default route names no holder")
        yield Holding(prefix, org_id, one.place, name, valid_from=begins, valid_to=ends)


def _holder(said: dict[str, str], registry: str) -> tuple[str, str]:
    words = said.get("organization") or said.get("customer")
    if words:
        match = _NAMED.fullmatch(words)
        if match is None:
            raise ValueError("an organisation without its identifier in brackets")
        return f"{registry}:{handle(match[2])}", match[1].strip()
    if said.get("org"):
        return f"{registry}:{handle(said['org'])}", said.get("descr", "")
    return f"{registry}:net:{handle(said.get('netname', ''))}", said.get("descr", "")


def _looks(head: bytes, name: str) -> bool:
    starts = tuple(f"{key}:" for key in (*_REGISTERED, *_ROUTES))
    return any(words.lower().startswith(starts) for words in first_lines(head, ("%", "#")))


def _as_of(path: Path) -> dt.date | None:
    return day_in(path.name)


FORMAT = Format(
    "whois",
    "a registry's text (RPSL, or ARIN's NetRange blocks)",
    "line",
    _looks,
    read,
    _as_of,
    "A registry's terms of use: for use in operating networks; bulk copies may not be handed on.",
)
