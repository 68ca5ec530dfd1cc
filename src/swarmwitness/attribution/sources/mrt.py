# SPDX-License-Identifier: Apache-2.0
"""Routing tables as collectors dump them (MRT, RFC 6396 and 8050) -> prefix and its origin ASes.

Theory of operation. A dump is records of a 12-byte header (time, type, subtype, length) and a body. In
TABLE_DUMP_V2 a record is a prefix and what each peer of the collector knows of it; in TABLE_DUMP (v1) it
is a prefix as one peer knows it, and the records of a prefix follow each other. Per prefix the origins of all
peers are put together. An origin that one peer alone saw is kept: it may be a leak or a hijack, but it
may as well be the rightful holder seen from nearby, and a majority of peers is no witness of whose an
address is; so a prefix of several origins has several holdings and the look-up says `split`.

The same attributes come again and again (one peer, one origin, many prefixes): what was read of them is kept
by their bytes, in a cache that is emptied when it is full. Nothing else grows with the file.

Where a record's framing fails, the whole record is refused, for part of its origins could pass for
all; where one route inside can't be read, that route is. Reading goes on behind the record as long as its
length lies within the file. What has no table inside (updates) is counted, one refusal per type.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.attribution.sources.mapped import mapped
from swarmwitness.attribution.sources.mrtattributes import Origins, origins_of
from swarmwitness.attribution.sources.origins import MAX_ORIGINS, holdings
from swarmwitness.attribution.sources.record import Format, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

TABLE_DUMP, TABLE_DUMP_V2 = 12, 13
PEER_INDEX_TABLE, RIB_GENERIC, RIB_GENERIC_ADDPATH = 1, 6, 12
UNICAST = {2: 4, 4: 6, 8: 4, 10: 6}
"""Subtype -> version of IP. 8, 10 and 12 have a path identifier in each entry (RFC 8050)."""
_ADDPATH = (8, 10, 12)
_OTHER = {
    (12, 0): "TABLE_DUMP of an unknown address family",
    (13, 3): "multicast tables",
    (13, 5): "multicast tables",
    (13, 7): "GEO_PEER_TABLE",
    (13, 9): "multicast tables",
    (13, 11): "multicast tables",
    (11, 0): "OSPFv2",
    (16, 0): "BGP4MP (updates)",
    (17, 0): "BGP4MP_ET (updates)",
    (32, 0): "ISIS",
    (33, 0): "ISIS_ET",
    (48, 0): "OSPFv3",
    (49, 0): "OSPFv3_ET",
}
MAX_RECORD = 1 << 24
"""Bytes. The largest real ones, of a prefix with thousands of routes, are below 2 MiB."""
CACHED = 1 << 16
"""Attribute sets that are remembered: about 20 MB."""
_DAY_S = 86_400
_HEADER = struct.Struct(">IHHI")
_SIZE = struct.Struct(">H")
_V1 = {1: struct.Struct(">HH4sBBI4sHH"), 2: struct.Struct(">HH16sBBI16sHH")}


class _Broken(ValueError):
    """A record that can't be read."""


@dataclass(slots=True)
class _Table:
    """What is known while a dump is read.

    Attributes:
        known: Attributes -> origins; for each width of AS numbers in turn (a dump has one).
        pending: The prefix of the v1 records under way, where it began, its origins, what failed.
        other: (type, subtype) without a table -> (first place, how many).
    """

    known: dict[tuple[int, bytes], Origins] = field(default_factory=dict)
    pending: tuple[Prefix, int, set[int], set[str]] | None = None
    other: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    def origins(self, attributes: bytes, width: int) -> Origins:
        key = (width, attributes)
        found = self.known.get(key)
        if found is None:
            if len(self.known) >= CACHED:
                self.known.clear()
            found = self.known[key] = origins_of(attributes, width)
        return found

    def count(self, kind: int, subtype: int, place: int) -> None:
        key = (kind, subtype) if (kind, subtype) in _OTHER else (kind, 0)
        first, n = self.other.get(key, (place, 0))
        self.other[key] = (first, n + 1)


def read(path: Path, told: Told) -> Iterator[Record]:
    """The holdings of a dump, in its order; `place` is the byte offset of the record."""
    with mapped(path) as data:
        table = _Table()
        yield from _records(data, table)
        yield from _flushed(table)
        for (kind, subtype), (place, n) in table.other.items():
            name = _OTHER.get((kind, subtype), f"type {kind}, subtype {subtype}")
            yield Refused(place, f"records without a unicast table left out, {name}: {n}")


def _records(data: mmap.mmap | bytes, table: _Table) -> Iterator[Record]:
    at, end, began = 0, len(data), -1
    while at < end:
        if at + 12 > end:
            yield Refused(at, "cut short: the header of a record")
            return
        seconds, kind, subtype, size = _HEADER.unpack_from(data, at)
        began = seconds if began < 0 else began
        place, at = at, at + 12 + size
        if at > end:
            yield Refused(
                place, f"cut short: a record of {size} bytes, of which {end - place - 12} are there"
            )
        elif size > MAX_RECORD:
            yield Refused(place, f"a record of {size} bytes, more than {MAX_RECORD}")
        elif abs(seconds - began) > _DAY_S:
            # The holdings of a file speak for one day.
            yield Refused(place, "a record more than a day apart from the first")
        else:
            yield from _record(data, (place, size), kind, subtype, table)


def _record(
    data: mmap.mmap | bytes, where: tuple[int, int], kind: int, subtype: int, table: _Table
) -> Iterator[Record]:
    place, size = where
    body = bytes(data[place + 12 : place + 12 + size])
    try:
        if kind == TABLE_DUMP and subtype in _V1:
            yield from _old(body, subtype, place, table)
        elif kind == TABLE_DUMP_V2 and (subtype in UNICAST or subtype in (RIB_GENERIC, RIB_GENERIC_ADDPATH)):
            yield from _rib(body, subtype, place, table)
        elif (kind, subtype) != (TABLE_DUMP_V2, PEER_INDEX_TABLE):
            table.count(kind, subtype, place)
    except (_Broken, struct.error) as error:
        why = str(error) if isinstance(error, _Broken) else "its body is too short"
        yield Refused(place, f"a record that can't be read: {why}", body[:32].hex())


def _rib(body: bytes, subtype: int, place: int, table: _Table) -> Iterator[Record]:
    """A prefix as all peers know it (RFC 6396 sections 4.3.2 and 4.3.3)."""
    at, version = 4, UNICAST.get(subtype, 0)
    if not version:
        family, safi = struct.unpack_from(">HB", body, 4)
        at, version = 7, {1: 4, 2: 6}.get(family, 0)
        if safi != 1 or not version:
            table.count(TABLE_DUMP_V2, subtype, place)
            return
    prefix, at = _prefix(body, at, version)
    found, failed = _routes(body, at, 12 if subtype in _ADDPATH else 8, table)
    yield from _told(prefix, place, found, failed)


def _routes(body: bytes, at: int, ahead: int, table: _Table) -> tuple[set[int], set[str]]:
    """(Origins, what could not be read) of the entries; `ahead` = bytes before an entry's attributes."""
    found: set[Origins] = set()
    (count,) = _SIZE.unpack_from(body, at)
    at, end, size_of, origins = at + 2, len(body), _SIZE.unpack_from, table.origins
    for _ in range(count):
        start = at + ahead
        if start > end:
            raise _Broken("fewer entries than it states")
        at = start + size_of(body, start - 2)[0]
        if at > end:
            raise _Broken("an entry reaches past the end")
        found.add(origins(body[start:at], 4))
    if at != end:
        raise _Broken(f"{end - at} bytes behind the last entry")
    if not count:
        raise _Broken("no entries")
    numbers: set[int] = set()
    numbers.update(*(each for each in found if not isinstance(each, str)))
    return numbers, {each for each in found if isinstance(each, str)}


def _prefix(body: bytes, at: int, version: int) -> tuple[Prefix, int]:
    """A prefix as BGP writes it (its length in bits, then as many bytes as hold them) and what follows."""
    length = body[at] if at < len(body) else 256
    behind = at + 1 + (length + 7) // 8
    if behind > len(body):
        raise _Broken("a prefix that is cut short")
    return _network(body[at + 1 : behind], length, version), behind


def _network(packed: bytes, length: int, version: int) -> Prefix:
    bits = 32 if version == 4 else 128
    if length > bits:
        raise _Broken(f"a prefix of {length} bits")
    number = int.from_bytes(packed.ljust(bits // 8, b"\0"), "big")
    if number & ((1 << (bits - length)) - 1):
        raise _Broken("a prefix with bits set behind its length")
    if version == 4:
        return ipaddress.IPv4Network((number, length))
    return ipaddress.IPv6Network((number, length))


def _old(body: bytes, family: int, place: int, table: _Table) -> Iterator[Record]:
    """A prefix as one peer knows it (RFC 6396 section 4.2); told when the next prefix begins."""
    layout = _V1[family]
    _, _, packed, length, _, _, _, _, size = layout.unpack_from(body)
    if layout.size + size != len(body):
        raise _Broken("its attributes do not fill it")
    prefix = _network(packed, length, 4 if family == 1 else 6)
    if table.pending is None or table.pending[0] != prefix:
        yield from _flushed(table)
        table.pending = (prefix, place, set(), set())
    origins = table.origins(body[layout.size :], 2)
    _, _, found, failed = table.pending
    if isinstance(origins, str):
        failed.add(origins)
    elif len(found) <= MAX_ORIGINS:
        found.update(origins)


def _flushed(table: _Table) -> Iterator[Record]:
    if table.pending is not None:
        prefix, place, found, failed = table.pending
        table.pending = None
        yield from _told(prefix, place, found, failed)


def _told(prefix: Prefix, place: int, found: set[int], failed: set[str]) -> Iterator[Record]:
    for why in sorted(failed):
        yield Refused(place, f"routes that can't be read: {why}", str(prefix))
    yield from holdings(prefix, found, place)


def _looks(head: bytes, name: str) -> bool:
    if len(head) < 12:
        return False
    seconds, kind, subtype, size = _HEADER.unpack_from(head)
    tables = (kind == TABLE_DUMP and subtype in _V1) or (kind == TABLE_DUMP_V2 and 1 <= subtype <= 12)
    return (tables or (kind in (16, 17) and subtype <= 11)) and size <= MAX_RECORD and seconds > 600_000_000


def _as_of(path: Path) -> dt.date | None:
    """The day (UTC) of the first record."""
    with mapped(path) as data:
        if not _looks(bytes(data[:4096]), path.name):
            return None
        return dt.datetime.fromtimestamp(_HEADER.unpack_from(data)[0], dt.UTC).date()


FORMAT = Format(
    "mrt",
    "Routing table dump of a route collector (MRT: RouteViews, RIPE RIS)",
    "byte",
    _looks,
    read,
    _as_of,
    "The collector's terms: RouteViews asks to be named; RIPE RIS wants its terms accepted, and to be named"
    " where results are sold.",
)
