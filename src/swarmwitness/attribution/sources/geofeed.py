# SPDX-License-Identifier: Apache-2.0
"""Geofeeds (RFC 8805): prefix,country,region,city,postal; and Apple's list of Private Relay exits.

A geofeed is written by who uses the prefixes and says where, so its rows say `place`; the place stands
in `org_name`. Where the importer tells the `org_id` of a provider that publishes a feed of its own
ranges, each line says also whose they are. Section 2.1.1: the first field is compulsory, the country has
two letters or is empty, a region is COUNTRY-XX, fields beyond are left alone. Duplicate and
contradictory lines are kept as they are: which one is right is not ours to say. Apple's list has the
same form, and its rows say that the prefix is the exit of a relay.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from swarmwitness.attribution.sources.document import day_in
from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.lists import holding
from swarmwitness.attribution.sources.prefixtext import prefix_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

_COUNTRY = re.compile(r"[A-Za-z]{2}")
_REGION = re.compile(r"[A-Za-z]{2}-[A-Za-z0-9]{1,3}")


def read(path: Path, told: Told) -> Iterator[Record]:
    """A `place` for each line, and its organisation where that is told."""
    for number, prefix, place in _rows(path):
        if isinstance(prefix, Refused):
            yield prefix
            continue
        yield Holding(prefix, f"list:{told.source}", number, place, says="place")
        if told.org_id:
            yield holding(prefix, number, told)


def read_relay(path: Path, told: Told) -> Iterator[Record]:
    """An exit of a relay for each line."""
    apple = replace(told, org_id="", org_name="Apple iCloud Private Relay", kind="vpn", service="relay")
    for number, prefix, _ in _rows(path):
        yield prefix if isinstance(prefix, Refused) else holding(prefix, number, apple)


def _rows(path: Path) -> Iterator[tuple[int, Prefix | Refused, str]]:
    """Line, prefix, place."""
    for line in lines(path):
        if isinstance(line, Refused):
            yield line.place, line, ""
        elif not line.text.startswith("#"):
            try:
                yield line.number, *_row(line.text)
            except (ValueError, csv.Error) as error:
                why = "not a line of fields" if isinstance(error, csv.Error) else str(error)
                yield line.number, Refused(line.number, why, line.text), ""


def _row(words: str) -> tuple[Prefix, str]:
    fields = [field.strip() for field in next(csv.reader([words], strict=True))]
    prefix = prefix_of(fields[0])
    country, region, city = [*fields[1:4], "", "", ""][:3]
    if country and not _COUNTRY.fullmatch(country):
        raise ValueError("the country has not two letters")
    if region and not _REGION.fullmatch(region):
        raise ValueError("the region is not COUNTRY-PART")
    if region and country and region[:2].upper() != country.upper():
        raise ValueError("the region lies in another country")
    return prefix, ", ".join(field for field in (city, region.upper(), country.upper()) if field)


def _looks(head: bytes, name: str) -> bool:
    return _is_feed(head) and not _is_relay(name)


def _looks_relay(head: bytes, name: str) -> bool:
    return _is_feed(head) and _is_relay(name)


def _is_relay(name: str) -> bool:
    return "egress-ip-ranges" in name.lower()


def _is_feed(head: bytes) -> bool:
    found = first_lines(head)[:20]
    return bool(found) and sum("," in words and _is_row(words) for words in found) * 2 > len(found)


def _is_row(words: str) -> bool:
    try:
        return bool(_row(words))
    except (ValueError, csv.Error):
        return False


def _as_of(path: Path) -> dt.date | None:
    return day_in(path.name)


FORMAT = Format(
    "geofeed",
    "geofeed (RFC 8805)",
    "line",
    _looks,
    read,
    _as_of,
    "Published for anybody's use (RFC 8805, section 5); a licence to hand it on is seldom stated.",
)
RELAY = Format(
    "apple-relay",
    "Apple iCloud Private Relay, egress-ip-ranges.csv",
    "line",
    _looks_relay,
    read_relay,
    _as_of,
    "Published by Apple for the use of servers; no licence to hand it on is stated.",
)
