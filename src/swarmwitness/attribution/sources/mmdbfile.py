# SPDX-License-Identifier: Apache-2.0
"""MaxMind DB files (format 2.0), read so that no file can make the reading long: networks and their records.

Theory of operation. The file is a binary tree, 16 zero bytes, a data section, and metadata behind a marker
near the end. A node is two numbers of 24, 28 or 32 bits: below the number of nodes it is another node, equal
to it nothing is known, above it a place in the data section. In a tree of IPv6 the addresses of IPv4 lie
below ::/96, and other ways (::ffff:0:0/96, 2002::/16, 2001::/32) may lead to the same node.

A hostile file may be a graph: a few nodes that lead to each other make 2**128 networks. So a node is
entered once; a second way to the root of IPv4 is the customary alias and silent, any other is refused.
The records too may point to each other: depth, values and text of one record are bounded, and the values
of all by the size of the file. `maxminddb` bounds neither the walk nor, in its older versions, the
records; the tests read the same files with it and compare.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MARKER = b"\xab\xcd\xefMaxMind.com"
_MARKER_WITHIN = 128 << 10
_SEPARATOR = 16
MAX_DEPTH = 16
MAX_VALUES = 2048
MAX_TEXT = 1 << 16
"""Of one record: containers in each other, values, bytes of text. Real ones: 6, 300, 2 KiB."""
VALUES_PER_BYTE = 16
"""Of a file, all its records together; real ones stay below 4."""
_POINTER_BASE = (0, 2048, 526_336, 0)
_TEXT, _DOUBLE, _BYTES, _MAP, _INT32, _ARRAY, _BOOLEAN, _FLOAT = 2, 3, 4, 7, 8, 11, 14, 15
_UNSIGNED = {5: 2, 6: 4, 9: 8, 10: 16}

Value = str | int | bool | bytes | None | list["Value"] | dict[str, "Value"]
"""Floating-point numbers are read as None: no statement here is one."""


class Damaged(ValueError):
    """The file is no such file, cut short, or contradicts itself. The message is our own words."""


@dataclass(slots=True)
class Section:
    """Values of a data section.

    Attributes:
        base: Where pointers count from.
        left: Values that may still be read of the whole file.
    """

    data: mmap.mmap | bytes
    base: int
    left: int
    _values: int = 0
    _text: int = 0

    def value(self, at: int) -> Value:
        """The value at a place of the file.

        Raises:
            Damaged: not a value, or more than is read of one record.
        """
        self._values, self._text = MAX_VALUES, MAX_TEXT
        return self._value(at, 0)[0]

    def _value(self, at: int, depth: int) -> tuple[Value, int]:
        self._values, self.left = self._values - 1, self.left - 1
        if self._values < 0 or self.left < 0 or depth > MAX_DEPTH:
            raise Damaged("a record of more values than are read")
        kind, size, at = self._control(at)
        if kind == 1:
            target, behind = self._pointer(size, at)
            if self._byte(target) >> 5 == 1:
                raise Damaged("a pointer to a pointer")
            return self._value(target, depth + 1)[0], behind
        if kind == _MAP:
            return self._map(size, at, depth)
        if kind == _ARRAY:
            return self._array(size, at, depth)
        return self._scalar(kind, size, at)

    def _control(self, at: int) -> tuple[int, int, int]:
        """(Type, size, place behind) of a value; of a pointer, `size` is the five low bits."""
        control = self._byte(at)
        kind, size, at = control >> 5, control & 31, at + 1
        if kind == 0:
            kind, at = 7 + self._byte(at), at + 1
        if kind != 1 and size >= 29:
            more = size - 28
            size = (29, 285, 65_821)[more - 1] + self._number(at, more)
            at += more
        return kind, size, at

    def _pointer(self, bits: int, at: int) -> tuple[int, int]:
        width = (bits >> 3) + 1
        number = self._number(at, width)
        if width < 4:
            number |= (bits & 7) << (8 * width)
        return self.base + number + _POINTER_BASE[width - 1], at + width

    def _map(self, size: int, at: int, depth: int) -> tuple[Value, int]:
        found: dict[str, Value] = {}
        for _ in range(size):
            key, at = self._value(at, depth + 1)
            if not isinstance(key, str):
                raise Damaged("a map with a key that is not text")
            found[key], at = self._value(at, depth + 1)
        return found, at

    def _array(self, size: int, at: int, depth: int) -> tuple[Value, int]:
        found: list[Value] = []
        for _ in range(size):
            value, at = self._value(at, depth + 1)
            found.append(value)
        return found, at

    def _scalar(self, kind: int, size: int, at: int) -> tuple[Value, int]:
        if kind == _BOOLEAN and size <= 1:
            return bool(size), at
        if kind in (_TEXT, _BYTES):
            raw = self._bytes(at, size)
            return raw if kind == _BYTES else raw.decode("utf-8", "backslashreplace"), at + size
        if kind in _UNSIGNED and size <= _UNSIGNED[kind]:
            return self._number(at, size), at + size
        if kind == _INT32 and size <= 4:
            raw = self._bytes(at, size)
            return int.from_bytes(raw, "big", signed=size == 4), at + size
        if (kind, size) in ((_DOUBLE, 8), (_FLOAT, 4)):
            return None, at + size
        raise Damaged("a value of an unknown type, or of a size that its type has not")

    def _bytes(self, at: int, size: int) -> bytes:
        self._text -= size
        if self._text < 0:
            raise Damaged("a record of more text than is read")
        if at + size > len(self.data):
            raise Damaged("a value that reaches past the end")
        return bytes(self.data[at : at + size])

    def _number(self, at: int, width: int) -> int:
        if at + width > len(self.data):
            raise Damaged("a value that reaches past the end")
        return int.from_bytes(self.data[at : at + width], "big")

    def _byte(self, at: int) -> int:
        if not 0 <= at < len(self.data):
            raise Damaged("a value that lies past the end")
        return self.data[at]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself; `built` = seconds of the epoch, -1 = not stated."""

    kind: str
    nodes: int
    node_bytes: int
    bits: int
    built: int

    @property
    def tree_bytes(self) -> int:
        """Size of the tree."""
        return self.nodes * self.node_bytes


def metadata(data: mmap.mmap | bytes) -> Metadata:
    """Read what stands behind the marker.

    Raises:
        Damaged: no marker, no metadata, or a tree that does not fit.
    """
    marker = data.rfind(MARKER, max(0, len(data) - _MARKER_WITHIN))
    if marker < 0:
        raise Damaged("no metadata at the end: not an mmdb file, or one that is cut short")
    begin = marker + len(MARKER)
    found = Section(data, begin, MAX_VALUES).value(begin)
    if not isinstance(found, dict):
        raise Damaged("metadata that are no map")
    kind, built = found.get("database_type"), found.get("build_epoch")
    nodes, size, version = (_whole(found, key) for key in ("node_count", "record_size", "ip_version"))
    if not isinstance(kind, str) or size not in (24, 28, 32) or version not in (4, 6):
        raise Damaged("metadata without a type, a size of records or a version of IP that are known")
    one = Metadata(
        kind, nodes, size // 4, 32 if version == 4 else 128, built if isinstance(built, int) else -1
    )
    if one.tree_bytes + _SEPARATOR > marker:
        raise Damaged(f"a tree of {nodes} nodes, more than the file holds")
    return one


def _whole(found: Mapping[str, Value], key: str) -> int:
    value = found.get(key)
    if not isinstance(value, int):
        raise Damaged(f"metadata without {key}")
    return value


@dataclass(frozen=True, slots=True)
class Leaf:
    """A network: its number (of `bits` bits, right-filled with zeros), length, and where its record lies."""

    number: int
    length: int
    at: int


def leaves(data: mmap.mmap | bytes, about: Metadata) -> Iterator[Leaf | Damaged]:
    """The networks in order of address, each way at most once; what is wrong with the tree, in its place."""
    entered = bytearray(about.nodes)
    root_of_ipv4 = _root_of_ipv4(data, about)
    under_way = [(0, 0, 0)]
    while under_way:
        node, depth, number = under_way.pop()
        if about.nodes < node < about.nodes + _SEPARATOR:
            yield Damaged("a network whose record lies before the records")
        elif node > about.nodes:
            yield Leaf(number << (about.bits - depth), depth, node - about.nodes + about.tree_bytes)
        elif node == about.nodes or (node == root_of_ipv4 and entered[node]):
            continue
        elif entered[node] or depth == about.bits:
            yield Damaged("a tree with two ways to one node, or deeper than addresses are long")
        else:
            entered[node] = 1
            left, right = _children(data, about, node)
            under_way.append((right, depth + 1, number << 1 | 1))
            under_way.append((left, depth + 1, number << 1))


def _root_of_ipv4(data: mmap.mmap | bytes, about: Metadata) -> int:
    """The node of ::/96, which aliases lead to; -1 = none."""
    way = [0]
    for _ in range(96 if about.bits == 128 else 0):
        if way[-1] >= about.nodes:
            return -1
        way.append(_children(data, about, way[-1])[0])
    # A way that comes back to itself leads nowhere.
    return way[-1] if len(set(way)) == 97 and way[-1] < about.nodes else -1


def _children(data: mmap.mmap | bytes, about: Metadata, node: int) -> tuple[int, int]:
    at, width = node * about.node_bytes, about.node_bytes
    both = int.from_bytes(data[at : at + width], "big")
    if width == 7:
        # Two numbers of 28 bits: the middle byte has the highest four of each.
        left, middle, right = both >> 32, both >> 24 & 0xFF, both & 0xFFFFFF
        return (middle >> 4) << 24 | left, (middle & 15) << 24 | right
    half = width * 4
    return both >> half, both & ((1 << half) - 1)
