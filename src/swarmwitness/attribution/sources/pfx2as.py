# SPDX-License-Identifier: Apache-2.0
"""CAIDA's prefix-to-AS files (derived from RouteViews): `prefix<TAB>length<TAB>origins`, IPv4 and IPv6.

`10_20` is a prefix with two origins (MOAS), `10,20` an AS set; all of them are kept. The day stands in
the name of the file alone (`routeviews-rv2-20250402-1200.pfx2as`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.days import day_in_name
from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.origins import holdings, number_of
from swarmwitness.attribution.sources.prefixtext import prefix_of
from swarmwitness.attribution.sources.record import Format, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

_LINE = re.compile(r"[0-9a-fA-F:.]{2,45}\t\d{1,3}\t\d[\d,_]*")


def read(path: Path, told: Told) -> Iterator[Record]:
    """The holdings of a file, in its order; `place` is the line."""
    for line in lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        if line.text.startswith("#"):
            continue
        try:
            prefix, origins = _mapping(line.text)
        except ValueError as error:
            yield Refused(line.number, f"not a prefix, its length and its origins: {error}", line.text)
        else:
            yield from holdings(prefix, origins, line.number)


def _mapping(text: str) -> tuple[Prefix, list[int]]:
    fields = text.split("\t")
    if len(fields) != 3:
        raise ValueError(f"{len(fields)} fields, not 3")
    prefix = prefix_of(f"{fields[0]}/{fields[1]}")
    return prefix, [number_of(number) for number in fields[2].replace("_", ",").split(",")]


def _looks(head: bytes, name: str) -> bool:
    found = first_lines(head)[:5]
    return bool(found) and all(_LINE.fullmatch(line) for line in found)


def _as_of(path: Path) -> dt.date | None:
    return day_in_name(path.name)


FORMAT = Format(
    "pfx2as",
    "Prefix-to-AS mapping (CAIDA pfx2as, from RouteViews)",
    "line",
    _looks,
    read,
    _as_of,
    "CAIDA's acceptable use agreement: name CAIDA and RouteViews; do not hand the files on.",
)
