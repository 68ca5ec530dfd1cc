# SPDX-License-Identifier: Apache-2.0
"""Answers of the registries' RDAP services (RFC 9083): one object, a list of them, or one on each line.

Theory of operation. An `ip network` names its registrant as an entity, by the registry's handle. A
registry says when the object was last changed: since that day it has stood as it stands in the answer,
so the row holds from that day to the day of the answer (`last update of RDAP database`, else as the
importer tells), and says nothing of other days. A network without a registrant is known by
its own name (`ripencc:net:NAME`): left out, its prefix would fall to the holder of the larger one around it.
`place` counts the objects, or the lines where each stands on its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.document import (
    Json,
    day_in,
    document,
    documents,
    items,
    member,
    shown,
    text,
)
from swarmwitness.attribution.sources.prefixtext import prefix_of, range_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

REGISTRIES = {
    "arin": "arin", "ripe": "ripencc", "apnic": "apnic", "lacnic": "lacnic", "registro": "lacnic",
    "afrinic": "afrinic",
}  # fmt: skip
_HANDLE = re.compile(r"[!-~]{1,64}")
_EPOCH = dt.date(1970, 1, 1)
_A_DAY = dt.timedelta(days=1)


def read(path: Path, told: Told) -> Iterator[Record]:
    """The holdings of every `ip network`."""
    for found in documents(path):
        if isinstance(found, Refused):
            yield found
            continue
        place, value = found
        networks = _networks(value)
        if not networks:
            yield Refused(place, "no ip network of RDAP", shown(value))
        for network in networks:
            yield from _holdings(network, place, told)


def _networks(value: Json) -> list[Json]:
    """The object itself, or those that a search found."""
    if text(value, "objectClassName") == "ip network":
        return [value]
    results = value.items() if isinstance(value, dict) else ()
    lists = [inner for key, inner in results if key.endswith("SearchResults") and isinstance(inner, list)]
    return [one for found in lists for one in found if text(one, "objectClassName") == "ip network"]


def _holdings(network: Json, place: int, told: Told) -> Iterator[Record]:
    try:
        prefixes = _prefixes(network)
        org_id, name = _registrant(network)
    except ValueError as error:
        yield Refused(place, str(error), shown(network))
        return
    begins, ends = stretch(_event(network, "last changed"), told.as_of)
    for prefix in prefixes:
        yield Holding(prefix, org_id, place, name, valid_from=begins, valid_to=ends)


def stretch(changed: dt.date | None, as_of: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    """From the last change to the day of the answer; (None, None) = its day alone.

    A change on the first day of the epoch stands where a registry knows of none.
    """
    if changed is None or as_of is None or changed <= _EPOCH or changed > as_of or as_of == dt.date.max:
        return None, None
    return changed, as_of + _A_DAY


def _prefixes(network: Json) -> tuple[Prefix, ...]:
    spans = range_of(text(network, "startAddress"), text(network, "endAddress"))
    cidrs = items(network, "cidr0_cidrs")
    stated = [prefix_of(f"{_base(cidr)}/{member(cidr, 'length')}") for cidr in cidrs]
    if stated and sorted(map(str, stated)) != sorted(map(str, spans)):
        raise ValueError("cidr0_cidrs are other addresses than startAddress to endAddress")
    if any(prefix.prefixlen == 0 for prefix in spans):
        raise ValueError("a default route names no holder")
    return spans


def _base(cidr: Json) -> str:
    return text(cidr, "v4prefix") or text(cidr, "v6prefix")


def _registrant(network: Json) -> tuple[str, str]:
    """Identifier and name of who holds it.

    Raises:
        ValueError: several registrants, or neither registrant nor name.
    """
    registry = registry_of(text(network, "port43"))
    holders = [one for one in items(network, "entities") if "registrant" in items(one, "roles")]
    handles = {text(one, "handle") for one in holders}
    if len(handles) > 1:
        raise ValueError("several registrants")
    if handles:
        return f"{registry}:{handle(handles.pop())}", _full_name(holders[0])
    name = text(network, "name") or text(network, "handle")
    return f"{registry}:net:{handle(name)}", name


def registry_of(words: str) -> str:
    """`whois.ripe.net`, `RIPE`, `ripencc` -> `ripencc`; `rdap` where no registry is named."""
    lower = words.lower()
    return next((name for word, name in REGISTRIES.items() if word in lower), "rdap")


def handle(words: str) -> str:
    """A registry's handle.

    Raises:
        ValueError: empty, too long, or with white space or odd characters in it.
    """
    if not _HANDLE.fullmatch(words):
        raise ValueError("no registrant is named" if not words else "not a registry's handle")
    return words.upper()


def _full_name(entity: Json) -> str:
    """The `fn` of a jCard (RFC 7095)."""
    card = items(entity, "vcardArray")
    for field in card[1] if len(card) > 1 and isinstance(card[1], list) else ():
        if isinstance(field, list) and len(field) > 3 and field[0] == "fn" and isinstance(field[3], str):
            return field[3]
    return ""


def _event(network: Json, action: str) -> dt.date | None:
    days = [day_in(text(one, "eventDate")[:10]) for one in items(network, "events")
            if text(one, "eventAction") == action]  # fmt: skip
    return max((day for day in days if day), default=None)


def _looks(head: bytes, name: str) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return start in (b"{", b"[") and (b'"rdapConformance"' in head or b'"ip network"' in head)


def _as_of(path: Path) -> dt.date | None:
    """The oldest `last update of RDAP database`: what all its answers can speak for."""
    whole = document(path)
    values = [] if isinstance(whole, Refused) else whole if isinstance(whole, list) else [whole]
    found = [_event(one, "last update of RDAP database") for value in values for one in _networks(value)]
    return min((day for day in found if day), default=None)


FORMAT = Format(
    "rdap",
    "answers of a registry's RDAP service (RFC 9083)",
    "record",
    _looks,
    read,
    _as_of,
    "A registry's terms of use: for use in operating networks; bulk copies may not be handed on.",
)
