# SPDX-License-Identifier: Apache-2.0
"""What the regional registries say they gave to whom: delegated-extended statistics (NRO exchange format).

`registry|cc|type|start|value|date|status|opaque-id`. A record names its holder by an opaque identifier:
nobody's name, but the same for all that one member holds, so `REGISTRY:opaque-id` is the org_id, and the
AS numbers that stand under it are tied to it (`Origin`). Some registries draw new identifiers for each
file: the ties hold on the day of the file, as its holdings do. `date` is when the registry first gave the
range to anybody, no beginning of a validity; it and the country (where the member is registered) are not
told on.

Of `available` and `reserved` ranges there is no holder: one refusal per word counts them. What the
summary lines say is counted after, and ranges that overlap are named: both stay as stated.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.attribution.sources.days import day_of_digits
from swarmwitness.attribution.sources.lines import Line, first_lines, lines
from swarmwitness.attribution.sources.record import Format, Holding, Origin, Record, Refused, Told
from swarmwitness.attribution.sources.spans import Spans
from swarmwitness.terms.endpoint import Prefix

MAX_ASNS = 1024
"""Of one record. Wider ranges are what a registry gives another registry, not somebody's networks."""
OVERLAPS_TOLD = 100
_HELD = ("allocated", "assigned")
_FREE = ("available", "reserved")
_TYPES = ("asn", "ipv4", "ipv6")
_REGISTRY = re.compile(r"[a-z][a-z0-9.-]{1,30}")
_VERSION = re.compile(r"[0-9.]{1,6}\|[a-z][a-z0-9.-]{1,30}\|[^|]*\|\d*\|\d*\|\d{8}\|[^|]*")


class _Unfit(ValueError):
    """A record that can't be read; the message is our own words."""


@dataclass(slots=True)
class _Seen:
    """What is counted while a file is read.

    Attributes:
        free: Status -> (line of the first such record, how many).
        sums: Summary lines: (line, registry, type, records that it states).
    """

    version: bool = False
    stated: tuple[int, int] | None = None
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    free: dict[str, tuple[int, int]] = field(default_factory=dict)
    sums: list[tuple[int, str, str, int]] = field(default_factory=list)
    ipv4: Spans = field(default_factory=Spans)
    ipv6: Spans = field(default_factory=Spans)


def read(path: Path, told: Told) -> Iterator[Record]:
    """Holdings and ties of a file, in its order, then what does not add up; `place` is the line."""
    seen = _Seen()
    for line in lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        if line.text.startswith("#"):
            continue
        try:
            yield from _line(line, seen)
        except _Unfit as error:
            yield Refused(line.number, str(error), line.text)
    yield from _afterwards(seen)


def _line(line: Line, seen: _Seen) -> Iterator[Record]:
    fields = [each.strip() for each in line.text.split("|")]
    if not seen.version and _VERSION.fullmatch(line.text):
        seen.version = True
        seen.stated = (line.number, int(fields[3])) if fields[3] and len(fields[3]) < 19 else None
    elif len(fields) >= 6 and fields[5] == "summary":
        seen.sums.append((line.number, fields[0].lower(), fields[2], _number(fields[4], "a count")))
    else:
        yield from _record(line.number, fields, seen)


def _record(place: int, fields: list[str], seen: _Seen) -> Iterator[Record]:
    if len(fields) < 7:
        raise _Unfit(f"{len(fields)} fields, not 7 or more")
    registry, what, status = fields[0].lower(), fields[2], fields[6]
    if what not in _TYPES or not _REGISTRY.fullmatch(registry):
        raise _Unfit("not a record of asn, ipv4 or ipv6")
    seen.counts[registry, what] += 1
    if status in _FREE:
        first, n = seen.free.get(status, (place, 0))
        seen.free[status] = (first, n + 1)
        return
    if status not in _HELD:
        raise _Unfit("a status that is none of allocated, assigned, available, reserved")
    handle = fields[7] if len(fields) > 7 else ""
    if not handle or len(handle) > 128 or not handle.isprintable() or " " in handle:
        raise _Unfit("no identifier of a holder (the extended files have it)")
    org_id = f"{registry}:{handle}"
    if what == "asn":
        yield from _ties(place, fields[3], fields[4], org_id)
    else:
        prefixes = _ipv4(fields[3], fields[4]) if what == "ipv4" else [_ipv6(fields[3], fields[4])]
        spans = seen.ipv4 if what == "ipv4" else seen.ipv6
        for prefix in prefixes:
            spans.add(prefix, place)
            yield Holding(prefix, org_id, place)


def _ties(place: int, start: str, value: str, org_id: str) -> Iterator[Record]:
    first, n = _number(start, "an AS number"), _number(value, "a count")
    if n == 0 or first + n > 1 << 32:
        raise _Unfit("a range of no AS numbers")
    if n > MAX_ASNS:
        raise _Unfit(f"a range of {n} AS numbers, more than {MAX_ASNS}: no one network")
    for asn in range(first, first + n):
        yield Origin(f"as{asn}", org_id, place)


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise _Unfit(f"not {what}")
    return int(text)


def _ipv4(start: str, value: str) -> list[ipaddress.IPv4Network]:
    """The prefixes of a run of addresses, whose number need be no power of two."""
    n = _number(value, "a count of addresses")
    try:
        first = ipaddress.IPv4Address(start)
        if n == 0 or int(first) + n > 1 << 32:
            raise _Unfit("a run of addresses that does not fit")
        return list(ipaddress.summarize_address_range(first, ipaddress.IPv4Address(int(first) + n - 1)))
    except ipaddress.AddressValueError:
        raise _Unfit("not an IPv4 address") from None


def _ipv6(start: str, value: str) -> Prefix:
    length = _number(value, "the length of a prefix")
    try:
        number = int(ipaddress.IPv6Address("" if "%" in start else start))
    except ipaddress.AddressValueError:
        raise _Unfit("not an IPv6 address") from None
    if length > 128 or number & ((1 << (128 - length)) - 1):
        raise _Unfit("a prefix with bits set behind its length, or longer than 128")
    return ipaddress.IPv6Network((number, length))


def _afterwards(seen: _Seen) -> Iterator[Refused]:
    for status, (place, n) in seen.free.items():
        yield Refused(place, f"{status} records, held by nobody: {n}")
    for place, registry, what, stated in seen.sums:
        there = seen.counts[registry, what]
        if there != stated:
            yield Refused(place, f"its summary states {stated} {what} records; {there} are there")
    total = sum(seen.counts.values())
    if seen.stated and seen.stated[1] != total:
        yield Refused(seen.stated[0], f"its first line states {seen.stated[1]} records; {total} are there")
    if not seen.version:
        yield Refused(1, "no version line: the day of the file is not stated")
    for spans in (seen.ipv4, seen.ipv6):
        found = spans.overlaps()
        for place, other in found[:OVERLAPS_TOLD]:
            yield Refused(place, f"overlaps the range of line {other}; both are kept as stated")
        if len(found) > OVERLAPS_TOLD:
            yield Refused(found[-1][0], f"more ranges that overlap another: {len(found) - OVERLAPS_TOLD}")


def _version_of(head: bytes) -> list[str] | None:
    first = first_lines(head)[:1]
    return first[0].split("|") if first and _VERSION.fullmatch(first[0]) else None


def _looks(head: bytes, name: str) -> bool:
    return _version_of(head) is not None


def _as_of(path: Path) -> dt.date | None:
    """The last day that the file covers (`enddate` of its first line)."""
    with path.open("rb") as file:
        version = _version_of(file.read(4096))
    return day_of_digits(version[5]) if version else None


FORMAT = Format(
    "delegated",
    "Registry statistics (delegated-extended: AFRINIC, APNIC, ARIN, LACNIC, RIPE NCC, NRO)",
    "line",
    _looks,
    read,
    _as_of,
    "Each registry's terms; they publish these files for everybody's use and ask to be named.",
)
