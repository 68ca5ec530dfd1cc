# SPDX-License-Identifier: Apache-2.0
"""Databases in MaxMind's format that the user supplies -> holders and kinds of networks.

Read by the names of their fields: ASN and ISP databases (`autonomous_system_number`, `isp`, `organization`;
also `asn` and `as_name` as IPinfo writes them) name holders; connection types, user types and flags of
anonymity name kinds, and have no voice in whose a network is. Of a database of another type nothing is
read: its type is named in one refusal. Where `organization` is neither the ISP nor the holder of the AS, both
are told: the look-up then says `split`, for the file itself names two.

KINDS says how its words are understood. They are the publisher's estimate; their error is not measured here.
`place` is the number of the network in the order of addresses, from 1.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from swarmwitness.attribution.sources.mapped import mapped
from swarmwitness.attribution.sources.mmdbfile import (
    MARKER,
    VALUES_PER_BYTE,
    Damaged,
    Leaf,
    Section,
    Value,
    leaves,
    metadata,
)
from swarmwitness.attribution.sources.origins import holdings, number_of
from swarmwitness.attribution.sources.record import Format, Holding, Record, Refused, Told
from swarmwitness.terms.endpoint import Prefix

KINDS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("user_type", "business"): ("corporate", ""),
    ("user_type", "cafe"): ("unknown", "public_access"),
    ("user_type", "cellular"): ("mobile", ""),
    ("user_type", "college"): ("education", ""),
    ("user_type", "consumer_privacy_network"): ("vpn", "relay"),
    ("user_type", "content_delivery_network"): ("datacentre", "cdn"),
    ("user_type", "dialup"): ("residential", ""),
    ("user_type", "government"): ("unknown", "government"),
    ("user_type", "hosting"): ("datacentre", ""),
    ("user_type", "library"): ("unknown", "library"),
    ("user_type", "military"): ("unknown", "military"),
    ("user_type", "residential"): ("residential", ""),
    ("user_type", "router"): ("unknown", "router"),
    ("user_type", "school"): ("education", ""),
    ("user_type", "search_engine_spider"): ("datacentre", "crawler"),
    ("user_type", "traveler"): ("unknown", "public_access"),
    ("connection_type", "cable/dsl"): ("residential", ""),
    ("connection_type", "cellular"): ("mobile", ""),
    ("connection_type", "corporate"): ("corporate", ""),
    ("connection_type", "dialup"): ("residential", ""),
    ("connection_type", "satellite"): ("residential", "satellite"),
}
"""(Field, word) -> (kind, service). `unknown` with a service: a word for which `kind` has none."""
FLAGS: Mapping[str, tuple[str, str]] = {
    "is_tor_exit_node": ("vpn", "tor_exit"),
    "is_anonymous_vpn": ("vpn", ""),
    "is_public_proxy": ("vpn", "proxy"),
    "is_residential_proxy": ("residential", "proxy"),
    "is_hosting_provider": ("datacentre", ""),
    "is_anonymous": ("unknown", "anonymous"),
}
"""The first that is set speaks: a Tor exit in a datacentre is a Tor exit."""
_TYPES = {"asn", "isp", "organization", "connection", "user", "anonymous", "enterprise"}
MAX_DAMAGE = 100
"""Faults of the tree that are told one by one."""
_KNOWN = 1 << 14


def read(path: Path, told: Told) -> Iterator[Record]:
    """The statements of a database, by address."""
    with mapped(path) as data:
        try:
            about = metadata(data)
        except Damaged as error:
            yield Refused(0, str(error))
            return
        if not _TYPES & set(re.split(r"[^a-z0-9]+", about.kind.lower())):
            yield Refused(0, "a database of a type that says neither holder nor kind", about.kind)
            return
        section = Section(data, about.tree_bytes + 16, VALUES_PER_BYTE * len(data) + 4096)
        yield from _networks(leaves(data, about), section, about.bits, f"list:{about.kind[:80]}")


def _networks(found: Iterator[Leaf | Damaged], section: Section, bits: int, name: str) -> Iterator[Record]:
    known: dict[int, Mapping[str, Value] | str] = {}
    silent, damage, number, first = 0, 0, 0, 0
    for leaf in found:
        number += 1
        if isinstance(leaf, Damaged):
            damage += 1
            if damage <= MAX_DAMAGE:
                yield Refused(number, str(leaf))
            continue
        prefix = prefix_of(leaf, bits)
        fields = known.get(leaf.at)
        if fields is None:
            if len(known) >= _KNOWN:
                known.clear()
            fields = known[leaf.at] = _fields(section, leaf.at)
        if isinstance(fields, str):
            yield Refused(number, fields, str(prefix))
            continue
        said = list(_statements(prefix, number, fields, name))
        yield from said
        if not said:
            silent, first = silent + 1, first or number
    if silent:
        yield Refused(first, f"networks of which nothing is said that is read here: {silent}")
    if damage > MAX_DAMAGE:
        yield Refused(number, f"more faults of the tree: {damage - MAX_DAMAGE}")


def prefix_of(leaf: Leaf, bits: int) -> Prefix:
    """The network of a leaf; what an IPv6 tree has below ::/96 and ::ffff:0:0/96 is IPv4."""
    if bits == 32:
        return ipaddress.IPv4Network((leaf.number, leaf.length))
    if leaf.length >= 96 and leaf.number >> 32 in (0, 0xFFFF):
        return ipaddress.IPv4Network((leaf.number & 0xFFFFFFFF, leaf.length - 96))
    return ipaddress.IPv6Network((leaf.number, leaf.length))


def _fields(section: Section, at: int) -> Mapping[str, Value] | str:
    """The fields of a record, those of its `traits` among them; a text = why there are none."""
    try:
        value = section.value(at)
    except Damaged as error:
        return str(error)
    if not isinstance(value, dict):
        return "a record that is no map"
    traits = value.get("traits")
    return {**value, **traits} if isinstance(traits, dict) else value


def _statements(prefix: Prefix, place: int, fields: Mapping[str, Value], name: str) -> Iterator[Record]:
    if prefix.prefixlen == 0:
        yield Refused(place, "a record for all addresses names no holder", str(prefix))
        return
    yield from _holders(prefix, place, fields)
    for kind, service in _kinds(fields):
        yield Holding(prefix, name, place, kind=kind, says="kind", service=service)


def _holders(prefix: Prefix, place: int, fields: Mapping[str, Value]) -> Iterator[Record]:
    owner = _text(fields, "autonomous_system_organization", "as_name", "name")
    asn = fields.get("autonomous_system_number", fields.get("asn"))
    try:
        number = None if asn in (None, "") else number_of(str(asn))
    except ValueError as error:
        yield Refused(place, str(error), str(asn)[:80])
        number = None
    if number is not None:
        yield from holdings(prefix, (number,), place, org_name=owner)
    organisation, isp = _text(fields, "organization"), _text(fields, "isp")
    other = organisation or isp
    if other and (number is None or (organisation and organisation not in (isp, owner))):
        yield Holding(prefix, f"name:{other.casefold()}", place, other)


def _text(fields: Mapping[str, Value], *keys: str) -> str:
    """The first of the fields that has a text, on one line and of bounded length."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:200]
    return ""


def _kinds(fields: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """A kind by the flags, else by the type of user, else by the type of connection."""
    for flag, kind in FLAGS.items():
        if fields.get(flag) is True:
            yield kind
            return
    for field in ("user_type", "connection_type"):
        word = _text(fields, field).lower()
        if (field, word) in KINDS:
            yield KINDS[field, word]
            return
        if word:
            yield "unknown", re.sub(r"[^a-z0-9]+", "_", word)[:40].strip("_")
            return


def _looks(head: bytes, name: str) -> bool:
    return name.lower().endswith(".mmdb") or MARKER in head


def _as_of(path: Path) -> dt.date | None:
    """The day on which the database was built."""
    with mapped(path) as data:
        return _built(data)


def _built(data: mmap.mmap | bytes) -> dt.date | None:
    try:
        seconds = metadata(data).built
        return dt.datetime.fromtimestamp(seconds, dt.UTC).date() if seconds > 0 else None
    except (Damaged, ValueError, OverflowError, OSError):
        return None


FORMAT = Format(
    "mmdb",
    "Database in MaxMind's format (ASN, ISP, connection type, user type, anonymous IP)",
    "record",
    _looks,
    read,
    _as_of,
    "As its publisher licensed it to you; most may not be handed on.",
)
