# SPDX-License-Identifier: Apache-2.0
"""The little binary form (rencode) that Deluge's daemon speaks: enough of it to ask and to read answers.

What is said is said in one form of each type (a list in the short one, since only that is read as a tuple);
what is read may have any form.
"""

from __future__ import annotations

import struct
from typing import Any

from swarmwitness.terms import MalformedMessage

_LIST, _DICT, _INT, _FLOAT32, _FLOAT64 = 59, 60, 61, 66, 44
_INT8 = 65
_INTS = {62: ">b", 63: ">h", 64: ">i", _INT8: ">q"}
_CONSTANTS = {67: True, 68: False, 69: None}
_NEGATIVE, _DICT_FIXED, _TEXT_FIXED, _LIST_FIXED = 70, 102, 128, 192
_TERM = 127
_LISTS = 64
_MAX_DEPTH = 32


def encode(value: object) -> bytes:
    """None, booleans, integers of 64 bits, texts, lists of less than 64 items, dictionaries.

    Raises:
        TypeError: anything else.
    """
    match value:
        case None | bool():
            return bytes([{True: 67, False: 68, None: 69}[value]])
        case int():
            return bytes([_INT8]) + struct.pack(_INTS[_INT8], value)
        case str():
            raw = value.encode()
            return str(len(raw)).encode() + b":" + raw
        case list() | tuple() if len(value) < _LISTS:
            return bytes([_LIST_FIXED + len(value)]) + b"".join(map(encode, value))
        case dict():
            body = b"".join(encode(key) + encode(item) for key, item in value.items())
            return bytes([_DICT]) + body + bytes([_TERM])
        case _:
            raise TypeError(f"cannot say {type(value).__name__}")


def decode(raw: bytes) -> Any:
    """One value, the whole of `raw`.

    Raises:
        MalformedMessage: anything else.
    """
    reader = _Reader(raw)
    value = reader.value(0)
    if reader.at != len(raw):
        raise MalformedMessage("more than one value", reader.at)
    return value


class _Reader:
    """A place in the bytes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.at = 0

    def value(self, depth: int) -> Any:
        """The next value; texts that are no UTF-8 stay bytes."""
        if depth > _MAX_DEPTH:
            raise MalformedMessage("nested too deep", self.at)
        code = self._take(1)[0]
        if code in _CONSTANTS:
            return _CONSTANTS[code]
        if code >= _LIST_FIXED or code == _LIST:
            return self._list(code, depth)
        if _DICT_FIXED <= code < _TERM or code == _DICT:
            return self._dict(code, depth)
        if _TEXT_FIXED <= code < _LIST_FIXED:
            return _text(self._take(code - _TEXT_FIXED))
        if 48 <= code <= 57:
            return _text(self._take(self._digits(bytes([code]), b":")))
        return self._number(code)

    def _number(self, code: int) -> int | float:
        if code in _INTS:
            return int(self._unpack(_INTS[code]))
        if code == _INT:
            return self._digits(b"", bytes([_TERM]))
        if code == _FLOAT64:
            return float(self._unpack(">d"))
        if code == _FLOAT32:
            return float(self._unpack(">f"))
        if code < _FLOAT64:
            return code
        if _NEGATIVE <= code < _DICT_FIXED:
            return _NEGATIVE - 1 - code
        raise MalformedMessage(f"unknown type {code}", self.at - 1)

    def _list(self, code: int, depth: int) -> tuple[Any, ...]:
        if code != _LIST:
            return tuple(self.value(depth + 1) for _ in range(code - _LIST_FIXED))
        found = []
        while not self._ended():
            found.append(self.value(depth + 1))
        return tuple(found)

    def _dict(self, code: int, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        while len(found) < code - _DICT_FIXED if code != _DICT else not self._ended():
            key = self.value(depth + 1)
            if not isinstance(key, str | int | bytes) or key in found:
                raise MalformedMessage("no key, or one that was there before", self.at)
            found[key] = self.value(depth + 1)
        return found

    def _ended(self) -> bool:
        if self._raw[self.at : self.at + 1] != bytes([_TERM]):
            return False
        self.at += 1
        return True

    def _digits(self, first: bytes, end: bytes) -> int:
        stop = self._raw.find(end, self.at, self.at + 40)
        try:
            number = int(first + self._raw[self.at : stop]) if stop >= 0 else None
        except ValueError:
            number = None
        if number is None:
            raise MalformedMessage("no number", self.at)
        self.at = stop + 1
        return number

    def _unpack(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _take(self, size: int) -> bytes:
        taken = self._raw[self.at : self.at + size]
        if size < 0 or len(taken) < size:
            raise MalformedMessage("cut off", self.at)
        self.at += size
        return taken


def _text(raw: bytes) -> str | bytes:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
