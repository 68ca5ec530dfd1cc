# SPDX-License-Identifier: Apache-2.0
"""Write the binary files that publishers of routing tables and of address databases give: MRT and mmdb.

For tests, fuzzing and benches, which need files whose truth is known, whole or damaged on purpose. MRT
after RFC 6396 and RFC 8050; mmdb after the MaxMind DB file format specification, version 2.0. Nothing is
checked: a writer that refused what is wrong could not make it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence

from swarmwitness.attribution.sources.mmdbfile import MARKER
from swarmwitness.terms.endpoint import Prefix

SET, SEQUENCE, CONFED_SEQUENCE, CONFED_SET = 1, 2, 3, 4
AS_PATH, NEXT_HOP, COMMUNITIES, AS4_PATH = 2, 3, 8, 17
SECONDS = 1_743_552_000
"""2025-04-02 00:00 UTC."""

Segment = tuple[int, Sequence[int]]
Field = str | int | bool | Sequence["Field"] | Mapping[str, "Field"]


def mrt(kind: int, subtype: int, body: bytes, seconds: int = SECONDS) -> bytes:
    """One record."""
    return struct.pack(">IHHI", seconds, kind, subtype, len(body)) + body


def peer_index(peers: Sequence[int], seconds: int = SECONDS) -> bytes:
    """PEER_INDEX_TABLE of peers by their AS numbers, at 192.0.2.1 and after."""
    told = [
        struct.pack(">B4s4sI", 2, bytes(4), bytes((192, 0, 2, at % 256)), asn) for at, asn in enumerate(peers)
    ]
    return mrt(13, 1, struct.pack(">4sHH", bytes(4), 0, len(peers)) + b"".join(told), seconds)


def nlri(prefix: Prefix) -> bytes:
    """A prefix as BGP writes it."""
    return bytes([prefix.prefixlen]) + prefix.network_address.packed[: (prefix.prefixlen + 7) // 8]


def rib(
    prefix: Prefix, routes: Iterable[tuple[int, bytes]], *, path_ids: bool = False, generic: bool = False,
    seconds: int = SECONDS,
) -> bytes:  # fmt: skip
    """What peers know of a prefix (TABLE_DUMP_V2, unicast): (number of the peer, attributes) each."""
    extra = b"\0\0\0\1" if path_ids else b""
    entries = [
        struct.pack(">HI", peer, seconds) + extra + struct.pack(">H", len(attributes)) + attributes
        for peer, attributes in routes
    ]
    subtype = 6 if generic else 2 if prefix.version == 4 else 4
    family = struct.pack(">HB", 1 if prefix.version == 4 else 2, 1) if generic else b""
    body = bytes(4) + family + nlri(prefix) + struct.pack(">H", len(entries)) + b"".join(entries)
    return mrt(13, subtype + 6 * path_ids, body, seconds)


def old_rib(prefix: Prefix, attributes: bytes, seconds: int = SECONDS) -> bytes:
    """What one peer knows of a prefix (TABLE_DUMP)."""
    size = prefix.max_prefixlen // 8
    ahead = struct.pack(f">HH{size}sBBI{size}sHH", 0, 0, prefix.network_address.packed, prefix.prefixlen, 1,
                        seconds, bytes(size), 64500, len(attributes))  # fmt: skip
    return mrt(12, 1 if prefix.version == 4 else 2, ahead + attributes, seconds)


def attribute(kind: int, value: bytes, *, extended: bool = False) -> bytes:
    """A path attribute; the long form of its length where it is asked for or needed."""
    if extended or len(value) > 255:
        return struct.pack(">BBH", 0x50, kind, len(value)) + value
    return bytes((0x40, kind, len(value))) + value


def path(*segments: Segment, width: int = 4) -> bytes:
    """The value of an AS path."""
    code = "I" if width == 4 else "H"
    return b"".join(
        bytes((kind, len(numbers))) + struct.pack(f">{len(numbers)}{code}", *numbers)
        for kind, numbers in segments
    )


def route(*numbers: int, width: int = 4, more: bytes = b"") -> bytes:
    """The attributes of an ordinary route: its path from the peer to the origin, a next hop, and more."""
    origin = attribute(1, b"\0")
    as_path = attribute(AS_PATH, path((SEQUENCE, numbers), width=width))
    return origin + as_path + attribute(NEXT_HOP, bytes((192, 0, 2, 1))) + more


# mmdb

Tree = list[list[int]]
_EMPTY = -1


def mmdb(
    networks: Mapping[Prefix, Mapping[str, Field]],
    kind: str = "GeoLite2-ASN",
    *,
    version: int = 6,
    record_size: int = 28,
    built: int = SECONDS,
    aliases: Sequence[Prefix] = (),
) -> bytes:
    """A database of networks and their records; of nested ones the longest answers.

    Args:
        version: 6 = one tree for both, IPv4 below ::/96.
        aliases: Prefixes of IPv6 whose way leads to the root of IPv4, such as ::ffff:0:0/96.
    """
    data, places = bytearray(), dict[bytes, int]()
    tree: Tree = [[_EMPTY, _EMPTY]]
    for prefix, record in sorted(networks.items(), key=lambda each: each[0].prefixlen):
        raw = encoded(record)
        if raw not in places:
            places[raw] = len(data)
            data += raw
        # Records are negative in the tree until its size is known.
        _insert(tree, _bits(prefix, version), -2 - places[raw])
    for alias in aliases:
        _insert(tree, _bits(alias, version), _root_of_ipv4(tree))
    about: dict[str, Field] = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": built,
        "database_type": kind, "description": {"en": "made"}, "ip_version": version, "languages": ["en"],
        "node_count": len(tree), "record_size": record_size,
    }  # fmt: skip
    return _packed(tree, record_size) + bytes(16) + bytes(data) + MARKER + encoded(about)


def _bits(prefix: Prefix, version: int) -> list[int]:
    number, length = int(prefix.network_address), prefix.prefixlen
    bits = [number >> (prefix.max_prefixlen - 1 - at) & 1 for at in range(length)]
    return [0] * 96 + bits if prefix.version == 4 and version == 6 else bits


def _insert(tree: Tree, bits: Sequence[int], value: int) -> None:
    node = 0
    for bit in bits[:-1]:
        there = tree[node][bit]
        if there < 0:
            # What a shorter prefix said holds for both halves.
            tree.append([there, there])
            tree[node][bit] = there = len(tree) - 1
        node = there
    tree[node][bits[-1]] = value


def _root_of_ipv4(tree: Tree) -> int:
    node = 0
    for _ in range(96):
        node = tree[node][0]
    return node


def _packed(tree: Tree, record_size: int) -> bytes:
    found = bytearray()
    for both in tree:
        left, right = (
            each if each >= 0 else len(tree) if each == _EMPTY else len(tree) + 16 - 2 - each for each in both
        )
        if record_size == 28:
            middle = (left >> 24) << 4 | right >> 24
            found += (left & 0xFFFFFF).to_bytes(3) + bytes([middle]) + (right & 0xFFFFFF).to_bytes(3)
        else:
            found += left.to_bytes(record_size // 8) + right.to_bytes(record_size // 8)
    return bytes(found)


def encoded(value: Field) -> bytes:
    """A value of the data section, without pointers."""
    if isinstance(value, bool):
        return _control(14, int(value))
    if isinstance(value, int):
        raw = value.to_bytes((value.bit_length() + 7) // 8)
        return _control(6 if len(raw) <= 4 else 9, len(raw)) + raw
    if isinstance(value, str):
        raw = value.encode()
        return _control(2, len(raw)) + raw
    if isinstance(value, Mapping):
        pairs = [encoded(key) + encoded(each) for key, each in value.items()]
        return _control(7, len(pairs)) + b"".join(pairs)
    return _control(11, len(value)) + b"".join(encoded(each) for each in value)


def _control(kind: int, size: int) -> bytes:
    more = b""
    if size >= 285:
        size, more = 30, (size - 285).to_bytes(2)
    elif size >= 29:
        size, more = 29, bytes([size - 29])
    ahead = bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
    return ahead + more
