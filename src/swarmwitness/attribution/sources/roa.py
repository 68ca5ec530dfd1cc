# SPDX-License-Identifier: Apache-2.0
"""Who is authorised to announce a prefix: validated ROAs (RFC 9582) as validators export them.

Read: the RIPE NCC's CSV (`URI,ASN,IP Prefix,Max Length,Not Before,Not After`), the CSV of rpki-client and
Routinator (`ASN,IP Prefix,Max Length,Trust Anchor[,Expires]`) and their JSON (`roas`: asn, prefix, maxLength,
ta, expires). A ROA says who may announce, not who holds: every holding says `authority` and has no voice in
whose an address is. AS0 (RFC 7607) says that nobody may; it is kept as `as0`.

Both dates are needed for a validity: `Not Before` and `Not After` give the days that they touch. A ROA may
be revoked before its end, so long after the file's day it is a promise, not an observation. An end
alone (`Expires`) is no validity; such a file speaks for its day. The maximal length says how finely the
prefix may be cut up, nothing of who holds it: it is checked and not told on.

`place` is the number of the record from 1, header not counted: a JSON file may be one line.
"""

from __future__ import annotations

import datetime as dt
import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.days import day_in_name
from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.mapped import mapped
from swarmwitness.attribution.sources.origins import holdings, number_of
from swarmwitness.attribution.sources.prefixtext import prefix_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

MAX_OBJECT = 4096
"""Bytes of one ROA in JSON; real ones have about 150."""
_RIPE = ["uri", "asn", "ip prefix", "max length", "not before", "not after"]
_PLAIN = ["asn", "ip prefix", "max length", "trust anchor"]
_HEADERS = (_RIPE, _PLAIN, [*_PLAIN, "expires"])
_ROAS = re.compile(rb'"roas"\s{0,64}:\s{0,64}\[')
_OBJECT = re.compile(rb"\{[^{}]{0,%d}\}" % MAX_OBJECT)
_BETWEEN = re.compile(rb"[\s,]*")
_BUILT = re.compile(
    rb'"(?:generated|buildtime|generatedTime)"\s{0,64}:\s{0,64}(?:(\d{9,11})\b|"(\d{4}-\d\d-\d\d)T)'
)


class _Unfit(ValueError):
    """A ROA that can't be read; the message is our own words."""


def read(path: Path, told: Told) -> Iterator[Record]:
    """The authorisations of a file, in its order; `place` is the number of the record, from 1."""
    with path.open("rb") as file:
        head = file.read(4096)
    yield from _json(path) if _is_json(head) else _csv(path)


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _csv(path: Path) -> Iterator[Record]:
    header: list[str] | None = None
    number = 0
    for line in lines(path):
        if not isinstance(line, Refused):
            if line.text.startswith("#"):
                continue
            cells = _cells(line.text)
            if header is None and number == 0:
                header = _header(cells)
                if header is not None:
                    continue
        number += 1
        if isinstance(line, Refused):
            yield Refused(number, line.reason, line.text)
        else:
            yield from _row(header, cells, number, line.text)


def _row(header: list[str] | None, cells: list[str], number: int, text: str) -> Iterator[Record]:
    try:
        if header is None:
            raise _Unfit("no header that is known")
        if len(cells) != len(header):
            raise _Unfit(f"{len(cells)} fields, not {len(header)}")
        yield from _roa(dict(zip(header, cells, strict=True)), number)
    except _Unfit as error:
        yield Refused(number, str(error), text)


def _cells(text: str) -> list[str]:
    return [cell.strip().strip('"') for cell in text.split(",")]


def _header(cells: list[str]) -> list[str] | None:
    names = [cell.lower() for cell in cells]
    return names if names in _HEADERS else None


def _json(path: Path) -> Iterator[Record]:
    with mapped(path) as data:
        begin = _ROAS.search(data)
        if begin is None:
            yield Refused(1, "no list of roas")
            return
        at, number = begin.end(), 0
        while True:
            at, number = _skipped(data, at), number + 1
            if data[at : at + 1] == b"]":
                return
            found = _OBJECT.match(data, at)
            if found is not None:
                yield from _object(found.group(), number)
                at = found.end()
                continue
            after = data.find(b"{", at + 1)
            why = "cut short: the list has no end" if after < 0 else "no ROA, or a longer one than is read"
            yield Refused(number, why, bytes(data[at : at + 80]).decode("utf-8", "backslashreplace"))
            if after < 0:
                return
            at = after


def _skipped(data: mmap.mmap | bytes, at: int) -> int:
    between = _BETWEEN.match(data, at)
    return between.end() if between else at


def _object(raw: bytes, number: int) -> Iterator[Record]:
    try:
        found = json.loads(raw)
        cells = {str(key): str(value) for key, value in found.items() if isinstance(value, str | int)}
        names = {"asn": "asn", "prefix": "ip prefix", "maxLength": "max length"}
        yield from _roa({ours: cells.get(theirs, "") for theirs, ours in names.items()}, number)
    except (_Unfit, ValueError, RecursionError) as error:
        why = str(error) if isinstance(error, _Unfit) else "not JSON"
        yield Refused(number, why, raw[:200].decode("utf-8", "backslashreplace"))


def _roa(cells: dict[str, str], number: int) -> Iterator[Record]:
    prefix = _prefix(cells["ip prefix"])
    _check_length(cells["max length"], prefix)
    asn = _asn(cells["asn"])
    begin, end = _validity(cells.get("not before", ""), cells.get("not after", ""))
    if asn == 0:
        name = "nobody may announce it (AS0)"
        yield Holding(prefix, "as0", number, name, (0,), says="authority", valid_from=begin, valid_to=end)
    else:
        yield from holdings(prefix, (asn,), number, says="authority", valid_from=begin, valid_to=end)


def _prefix(text: str) -> Prefix:
    if "/" not in text:
        raise _Unfit("not a prefix ADDRESS/BITS")
    try:
        return prefix_of(text)
    except ValueError as error:
        raise _Unfit(str(error)) from None


def _asn(text: str) -> int:
    try:
        return number_of(text)
    except ValueError as error:
        raise _Unfit(str(error)) from None


def _check_length(text: str, prefix: Prefix) -> None:
    if text == "":
        return
    right = text.isascii() and text.isdigit() and len(text) <= 3
    if not right or not prefix.prefixlen <= int(text) <= prefix.max_prefixlen:
        raise _Unfit("a maximal length that does not fit the prefix")


def _validity(begin: str, end: str) -> tuple[dt.date | None, dt.date | None]:
    """The days that a validity touches, half-open."""
    if not begin or not end:
        return None, None
    try:
        first, last = dt.date.fromisoformat(begin[:10]), dt.date.fromisoformat(end[:10])
        if first > last:
            raise _Unfit("it ends before it begins")
        return first, last + dt.timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise error if isinstance(error, _Unfit) else _Unfit("not the days of a validity") from None


def _looks(head: bytes, name: str) -> bool:
    if _is_json(head):
        return _ROAS.search(head) is not None
    first = first_lines(head)
    return bool(first) and _header(_cells(first[0])) is not None


def _as_of(path: Path) -> dt.date | None:
    """The day on which a JSON export was made, else the day in the file's name."""
    with path.open("rb") as file:
        head = file.read(4096)
    built = _BUILT.search(head) if _is_json(head) else None
    if built is None:
        return day_in_name(path.name)
    try:
        if built[1]:
            return dt.datetime.fromtimestamp(int(built[1]), dt.UTC).date()
        return dt.date.fromisoformat(built[2].decode())
    except (ValueError, OverflowError, OSError):
        return None


FORMAT = Format(
    "roa",
    "Validated ROAs (RPKI: the RIPE NCC's CSV; CSV and JSON of rpki-client and Routinator)",
    "record",
    _looks,
    read,
    _as_of,
    "The registries' terms for their RPKI repositories, which they publish for everybody's use.",
)
