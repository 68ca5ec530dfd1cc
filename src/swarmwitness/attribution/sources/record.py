# SPDX-License-Identifier: Apache-2.0
"""What a reader of a published file is told, and what it gives: holdings, and refusals with their place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swarmwitness.terms.endpoint import Prefix

Topic = Literal["organisation", "kind", "authority", "place"]
"""What a record speaks of: who holds the prefix (registered or announced); of what kind it is, whoever
holds it (a list of VPN exits); who is authorised to announce it (a ROA); where it is used (a geofeed).
Only `organisation` has a voice in whose the prefix is."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the importer knows of a file beyond its bytes.

    Attributes:
        source: The name under which the file speaks, such as `routeviews` or `aws`.
        as_of: Its day, where the file does not tell it itself.
        org_id, org_name, kind, service: For formats that are bare lists.
    """

    source: str
    as_of: dt.date | None = None
    org_id: str = ""
    org_name: str = ""
    kind: str = "unknown"
    service: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """One statement about one prefix.

    Attributes:
        org_id: `as64500` where a routing table names an AS; a registry's handle; the publisher's word.
            Never empty: a list that names nobody is named itself, as `list:NAME`, and says `kind`.
        asn: All origin ASes that the source gives the prefix (MOAS, AS sets kept): each has a holding.
        place: Line (from 1) or byte offset (from 0) or record number (from 1) in the uncompressed file,
            as the format says.
        valid_from, valid_to: Half-open; both None = the snapshot speaks for its day alone.
    """

    prefix: Prefix
    org_id: str
    place: int
    org_name: str = ""
    asn: tuple[int, ...] = ()
    kind: str = "unknown"
    says: Topic = "organisation"
    service: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that can't be read: where it stands, why, and what stood there (clipped by who shows it)."""

    place: int
    reason: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """An identifier that the source says belongs to another one (a row of `organisations`).

    A registry's file names the holder of a prefix and of an AS by one handle: so they are tied.
    """

    member_id: str
    org_id: str
    place: int
    org_name: str = ""
    relation: str = "same"


Record = Holding | Origin | Refused
Reader = Callable[[Path, Told], Iterator[Record]]
"""The file is uncompressed already. A reader never raises for what a file holds: it refuses, with a place."""


@dataclass(frozen=True, slots=True)
class Format:
    """A published format.

    Attributes:
        name: As on the command line: `mrt`, `pfx2as`, `delegated`, …
        title: For people.
        place: What `Holding.place` counts: `line`, `byte`, `record`.
        sniff: (first 4 KiB, file name without compression suffix) -> whether it looks like this format.
        as_of: The day that the file itself states, None = it doesn't.
        licence: What its publishers ask of who uses or hands it on, in a sentence.
    """

    name: str
    title: str
    place: Literal["line", "byte", "record"]
    sniff: Callable[[bytes, str], bool]
    read: Reader
    as_of: Callable[[Path], dt.date | None]
    licence: str = ""
