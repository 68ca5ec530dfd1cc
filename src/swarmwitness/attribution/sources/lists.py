# SPDX-License-Identifier: Apache-2.0
"""Bare lists: a prefix, an address or a range on each line, with comments behind `#` or `;`.

A list of VPN exits, of hosting or of residential prefixes names nobody who holds them. So it says of
what `kind` a prefix is, under the name `list:SOURCE`; only with an `org_id` that the importer tells
(a cloud that publishes its own ranges as a bare list) does it say whose the prefix is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.lines import first_lines, lines
from swarmwitness.attribution.sources.prefixtext import prefixes_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told, Topic
from swarmwitness.terms.endpoint import Prefix


def read(path: Path, told: Told) -> Iterator[Record]:
    """Every line's prefixes, or its refusal."""
    for line in lines(path):
        if isinstance(line, Refused):
            yield line
            continue
        words = _bare(line.text)
        if not words:
            continue
        try:
            found = prefixes_of(words)
        except ValueError as error:
            yield Refused(line.number, str(error), line.text)
            continue
        yield from (holding(prefix, line.number, told) for prefix in found)


def holding(prefix: Prefix, place: int, told: Told) -> Holding:
    """What a list says of a prefix, by what its importer knows."""
    says: Topic = "organisation" if told.org_id else "kind"
    org_id = told.org_id or f"list:{told.source}"
    return Holding(prefix, org_id, place, told.org_name, kind=told.kind, says=says, service=told.service)


def _bare(words: str) -> str:
    for mark in "#;":
        words = words.partition(mark)[0]
    return words.strip()


def _looks(head: bytes, name: str) -> bool:
    found = [_bare(words) for words in first_lines(head)[:20]]
    return bool(found) and sum(map(_is_prefix, found)) * 2 > len(found)


def _is_prefix(words: str) -> bool:
    try:
        return bool(prefixes_of(words))
    except ValueError:
        return False


def _as_of(path: Path) -> dt.date | None:
    return None


FORMAT = Format(
    "list",
    "one prefix, address or range on each line",
    "line",
    _looks,
    read,
    _as_of,
    "Ask its publisher: lists of VPN exits and of hosting are often licensed against handing on.",
)
