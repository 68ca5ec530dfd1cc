# SPDX-License-Identifier: Apache-2.0
"""Bencoding (BEP 3): integers, byte strings, lists, dictionaries.

Every decoded value remembers the span of bytes it came from, because an info_hash is the digest of
the info dictionary exactly as it arrived, and real clients send dictionaries that are unsorted
or hold a key twice. Such input is read (a key's first value counts, as in libtorrent) and is
told apart by `canonical`; nothing is put in order for the sender.

The reader works in recursion bounded by `max_depth`, so its stack is bounded too, and a length
prefix is compared with what is left before anything is sliced. `Bencoded` is a tuple underneath, and
the reader writes its small steps out: both halve its time (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from swarmwitness.terms import MalformedMessage

MAX_DEPTH = 100
"""Containers inside containers; libtorrent's limit."""
MAX_DIGITS = 20
"""Digits of an integer: enough for every 64-bit value, and no work for a peer's million digits."""
MAX_LENGTH_DIGITS = 10

Value: TypeAlias = "int | bytes | list[Bencoded] | dict[bytes, Bencoded]"
Plain: TypeAlias = "int | bytes | list[Plain] | dict[bytes, Plain]"
Encodable: TypeAlias = "int | bytes | str | Bencoded | Sequence[Encodable] | Mapping[bytes, Encodable]"

_ZERO = b"0"[0]
_SMALL = {b"%d" % number: number for number in range(1024)}
"""Lengths in their shortest form: one look-up instead of three checks."""
_new = tuple.__new__
_INTEGER, _LIST, _DICT, _END = b"i"[0], b"l"[0], b"d"[0], b"e"[0]


@dataclass(frozen=True, slots=True)
class Source:
    """A buffer that was read.

    Attributes:
        data: The whole of it.
        odd: Offsets where its spelling is not canonical; filled while it is read.
    """

    data: bytes
    odd: list[int]


class Bencoded(NamedTuple):
    """A decoded value and the bytes it came from. Two are equal when their raw bytes are.

    Attributes:
        source: What was read.
        start, end: The span of this value in `source`.
        value: An int, bytes, a list or a dict of `Bencoded`; not to be changed.
    """

    source: Source
    start: int
    end: int
    value: Value

    @property
    def raw(self) -> bytes:
        """The bytes exactly as they arrived."""
        return self.source.data[self.start : self.end]

    @property
    def canonical(self) -> bool:
        """Keys sorted by raw bytes and unique, numbers in their shortest form, at every level."""
        return not any(self.start <= at < self.end for at in self.source.odd)

    def plain(self) -> Plain:
        """The value as nested plain Python; of a key that came twice the first value."""
        value = self.value
        if isinstance(value, dict):
            return {key: item.plain() for key, item in value.items()}
        if isinstance(value, list):
            return [item.plain() for item in value]
        return value

    def find(self, key: bytes) -> Bencoded | None:
        """The value under a key; None without the key, and for anything but a dictionary."""
        return self.value.get(key) if isinstance(self.value, dict) else None

    def find_int(self, key: bytes) -> int | None:
        """The integer under a key; None when it is missing or of another type."""
        found = self.find(key)
        return found.value if found is not None and isinstance(found.value, int) else None

    def find_bytes(self, key: bytes) -> bytes | None:
        """The byte string under a key; None when it is missing or of another type."""
        found = self.find(key)
        return found.value if found is not None and isinstance(found.value, bytes) else None

    def find_list(self, key: bytes) -> list[Bencoded] | None:
        """The list under a key; None when it is missing or of another type."""
        found = self.find(key)
        return found.value if found is not None and isinstance(found.value, list) else None

    def find_dict(self, key: bytes) -> Bencoded | None:
        """The dictionary under a key (still with its bytes); None as above."""
        found = self.find(key)
        return found if found is not None and isinstance(found.value, dict) else None

    def as_dict(self) -> dict[bytes, Bencoded]:
        """The entries.

        Raises:
            MalformedMessage: the value is no dictionary.
        """
        if not isinstance(self.value, dict):
            raise MalformedMessage("not a dictionary", self.start)
        return self.value

    def __eq__(self, other: object) -> bool:
        return self.raw == other.raw if isinstance(other, Bencoded) else NotImplemented

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.raw)

    def __repr__(self) -> str:
        return f"Bencoded({self.raw[:80]!r}{'…' if self.end - self.start > 80 else ''})"


def decode(data: bytes, *, strict: bool = True, max_depth: int = MAX_DEPTH) -> Bencoded:
    """Read one value that fills `data` to its last byte.

    Args:
        data: The bytes.
        strict: Refuse numbers that are not in their shortest form (`i-0e`, `i03e`, `03:abc`).
        max_depth: Containers inside containers.

    Raises:
        MalformedMessage: anything else.
    """
    value, end = decode_prefix(data, strict=strict, max_depth=max_depth)
    if end != len(data):
        raise MalformedMessage("bytes behind the value", end)
    return value


def decode_prefix(
    data: bytes, offset: int = 0, *, strict: bool = True, max_depth: int = MAX_DEPTH
) -> tuple[Bencoded, int]:
    """Read the value that starts at `offset`; returns it with the offset behind it.

    Raises:
        MalformedMessage: no value there.
        ValueError: an offset below zero.
    """
    if offset < 0:
        raise ValueError(f"offset {offset}")
    try:
        value = _Reader(data, strict, max_depth).value(offset, 0)
    except IndexError:
        raise MalformedMessage("the value ends early", len(data)) from None
    return value, value.end


class _Reader:
    """One pass over a buffer, whose end shows as an IndexError."""

    __slots__ = ("data", "max_depth", "odd", "size", "source", "strict")

    def __init__(self, data: bytes, strict: bool, max_depth: int) -> None:
        self.data, self.strict, self.max_depth = data, strict, max_depth
        self.odd: list[int] = []
        self.source = Source(data, self.odd)
        self.size = len(data)

    def value(self, at: int, depth: int) -> Bencoded:
        data = self.data
        lead = data[at]
        if lead == _INTEGER:
            return self._integer(at)
        if lead == _DICT:
            return self._dict(at, depth + 1)
        if lead == _LIST:
            return self._list(at, depth + 1)
        colon = data.find(b":", at, at + MAX_LENGTH_DIGITS + 1)
        length = _SMALL.get(data[at:colon]) if colon > 0 else None
        if length is None:
            length = self._length(at, colon)
        end = colon + 1 + length
        if end > self.size:
            raise MalformedMessage(f"a string of {length} bytes ends early", at)
        return _new(Bencoded, (self.source, at, end, data[colon + 1 : end]))

    def _length(self, at: int, colon: int) -> int:
        """A string's length that is not a small number in its shortest form."""
        digits = self.data[at:colon] if colon > 0 else b""
        if not digits.isdigit():
            raise MalformedMessage("neither a number, a string, a list nor a dictionary", at)
        if digits[0] == _ZERO and len(digits) > 1:
            self._note("a string's length with a leading zero", at)
        return int(digits)

    def _integer(self, at: int) -> Bencoded:
        stop = self.data.find(b"e", at + 1, at + MAX_DIGITS + 3)
        text = self.data[at + 1 : stop] if stop > 0 else b""
        digits = text[1:] if text[:1] == b"-" else text
        if not digits.isdigit() or len(digits) > MAX_DIGITS:
            raise MalformedMessage("not an integer", at)
        if digits[0] == _ZERO and len(text) > 1:
            self._note("an integer that is not in its shortest form", at)
        return _new(Bencoded, (self.source, at, stop + 1, int(text)))

    def _list(self, at: int, depth: int) -> Bencoded:
        self._enter(at, depth)
        data, value, here = self.data, self.value, at + 1
        items: list[Bencoded] = []
        while data[here] != _END:
            item = value(here, depth)
            items.append(item)
            here = item[2]
        return _new(Bencoded, (self.source, at, here + 1, items))

    def _dict(self, at: int, depth: int) -> Bencoded:
        self._enter(at, depth)
        data, value, size = self.data, self.value, self.size
        entries: dict[bytes, Bencoded] = {}
        here, before = at + 1, b""
        while data[here] != _END:
            colon = data.find(b":", here, here + MAX_LENGTH_DIGITS + 1)
            length = _SMALL.get(data[here:colon]) if colon > 0 else None
            if length is None:
                length = self._length(here, colon)
            end = colon + 1 + length
            if end > size:
                raise MalformedMessage("the dictionary ends early", here)
            key = data[colon + 1 : end]
            item = value(end, depth)
            if key <= before and entries:
                self.odd.append(here)
            before = key
            entries.setdefault(key, item)
            here = item[2]
        return _new(Bencoded, (self.source, at, here + 1, entries))

    def _enter(self, at: int, depth: int) -> None:
        if depth > self.max_depth:
            raise MalformedMessage(f"nested deeper than {self.max_depth}", at)

    def _note(self, why: str, at: int) -> None:
        if self.strict:
            raise MalformedMessage(why, at)
        self.odd.append(at)


def encode(value: Encodable) -> bytes:
    """The canonical bytes of a value: keys sorted by their raw bytes, numbers at their shortest.

    Raises:
        TypeError: a bool, float, None or a key that is neither bytes nor str.
        ValueError: nested deeper than `MAX_DEPTH`.
    """
    parts: list[bytes] = []
    _put(value, parts, 0)
    return b"".join(parts)


def _put(value: Encodable, parts: list[bytes], depth: int) -> None:
    if isinstance(value, Bencoded):
        value = value.value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        parts.append(b"%d:%b" % (len(value), value))
    elif isinstance(value, int) and not isinstance(value, bool):
        parts.append(b"i%de" % value)
    elif depth >= MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    else:
        _put_container(value, parts, depth + 1)


def _put_container(value: object, parts: list[bytes], depth: int) -> None:
    if isinstance(value, Mapping):
        parts.append(b"d")
        for key, item in sorted(((_key(key), item) for key, item in value.items()), key=itemgetter(0)):
            parts.append(b"%d:%b" % (len(key), key))
            _put(item, parts, depth)
    elif isinstance(value, list | tuple):
        parts.append(b"l")
        for item in value:
            _put(item, parts, depth)
    else:
        raise TypeError(f"cannot bencode {type(value).__name__}")
    parts.append(b"e")


def _key(key: object) -> bytes:
    if isinstance(key, str):
        return key.encode()
    if isinstance(key, bytes):
        return key
    raise TypeError(f"a key is bytes, not {type(key).__name__}")
