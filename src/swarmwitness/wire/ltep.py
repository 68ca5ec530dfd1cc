# SPDX-License-Identifier: Apache-2.0
"""The extension handshake (BEP 10): what a client tells of itself, all of it optional.

Numbers in `m` and `reqq` survive a client's anonymous mode, so odd values are kept, not refused: a
field of a wrong type or out of its range is left None and named in `anomalies`; `raw` has it all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from swarmwitness.terms import Anomaly, IPAddress
from swarmwitness.terms.endpoint import address_from_wire
from swarmwitness.wire.bencode import Bencoded, Encodable, decode_prefix, encode
from swarmwitness.wire.oddities import Oddities

_T = TypeVar("_T")

MAX_DEPTH = 10
MAX_ANOMALIES = 32
MAX_NUMBER = (1 << 63) - 1
MAX_PORT = 0xFFFF
MAX_MESSAGE_NUMBER = 0xFF


@dataclass(frozen=True, slots=True)
class ExtensionHandshake:
    """What one side says it speaks. None = not said, or not readable.

    Attributes:
        m: Extension name -> the number it wants in messages to it; 0 = switched off.
        v: Client and version.
        p: The port it listens on.
        reqq: Outstanding requests that it accepts.
        yourip: Our address as it sees us.
        ipv4, ipv6: Its other addresses.
        metadata_size: Bytes of the info dictionary (BEP 9).
        complete_ago: Seconds since it completed the torrent.
        e: Prefers encryption (1) or not (0).
        upload_only: Wants nothing more (BEP 21).
        unknown: Keys that are none of these.
        anomalies: Fields that could not be read.
        raw: The payload as it arrived; empty for one of our own making.
    """

    m: Mapping[str, int] = field(default_factory=dict, hash=False)
    v: str | None = None
    p: int | None = None
    reqq: int | None = None
    yourip: IPAddress | None = None
    ipv4: IPAddress | None = None
    ipv6: IPAddress | None = None
    metadata_size: int | None = None
    complete_ago: int | None = None
    e: int | None = None
    upload_only: int | None = None
    unknown: tuple[bytes, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    raw: bytes = b""

    @classmethod
    def from_wire(cls, payload: bytes) -> ExtensionHandshake:
        """Read the payload of an extended message with number 0.

        Raises:
            MalformedMessage: no bencoded dictionary.
        """
        handshake, end = decode_prefix(payload, strict=False, max_depth=MAX_DEPTH)
        entries = handshake.as_dict()
        reading = _Reading()
        if end != len(payload):
            reading.odd("trailing_bytes", f"{len(payload) - end} bytes behind the extension handshake")
        return cls(
            m=reading.numbers(entries.get(b"m")),
            v=reading.read(entries, b"v", _text),
            p=reading.read(entries, b"p", _port),
            reqq=reading.read(entries, b"reqq", _number),
            yourip=reading.read(entries, b"yourip", _address),
            ipv4=reading.read(entries, b"ipv4", _address),
            ipv6=reading.read(entries, b"ipv6", _address),
            metadata_size=reading.read(entries, b"metadata_size", _number),
            # libtorrent says -1 for "not complete".
            complete_ago=reading.read(entries, b"complete_ago", _signed),
            e=reading.read(entries, b"e", _number),
            upload_only=reading.read(entries, b"upload_only", _number),
            unknown=tuple(key for key in entries if key not in _KEYS),
            anomalies=reading.found(),
            raw=bytes(payload),
        )

    def to_wire(self) -> bytes:
        """The payload, from the fields (never from `raw`); what is None is left out."""
        said: dict[bytes, Encodable] = {b"m": {name.encode(): number for name, number in self.m.items()}}
        for name in _SAID:
            value = getattr(self, name)
            if isinstance(value, int | str):
                said[name.encode()] = value
            elif value is not None:
                said[name.encode()] = value.packed
        return encode(said)


_SAID = tuple(
    each.name for each in fields(ExtensionHandshake) if each.name not in ("m", "unknown", "anomalies", "raw")
)
_KEYS = frozenset(name.encode() for name in ("m", *_SAID))


class _Reading(Oddities):
    """Collects what could not be read."""

    def __init__(self) -> None:
        super().__init__(MAX_ANOMALIES)

    def read(
        self, entries: Mapping[bytes, Bencoded], key: bytes, reader: Callable[[Bencoded], _T]
    ) -> _T | None:
        found = entries.get(key)
        if found is None:
            return None
        try:
            return reader(found)
        except ValueError as error:
            self.odd("ltep_field", f"{key.decode()}: {error}")
            return None

    def numbers(self, found: Bencoded | None) -> dict[str, int]:
        if found is None:
            return {}
        if not isinstance(found.value, dict):
            self.odd("ltep_field", "m: no dictionary")
            return {}
        known = {}
        for name, item in found.value.items():
            if isinstance(item.value, int) and 0 <= item.value <= MAX_MESSAGE_NUMBER:
                known[name.decode("utf-8", "backslashreplace")] = item.value
            else:
                self.odd("ltep_field", f"m.{name!r}: no message number: {item.raw[:32]!r}")
        return known


def _text(item: Bencoded) -> str:
    if not isinstance(item.value, bytes):
        raise ValueError(f"no string: {item.raw[:32]!r}")
    return item.value.decode("utf-8", "backslashreplace")


def _signed(item: Bencoded) -> int:
    if not isinstance(item.value, int) or abs(item.value) > MAX_NUMBER:
        raise ValueError(f"no number: {item.raw[:32]!r}")
    return item.value


def _number(item: Bencoded) -> int:
    number = _signed(item)
    if number < 0:
        raise ValueError(f"below zero: {number}")
    return number


def _port(item: Bencoded) -> int:
    number = _number(item)
    if number > MAX_PORT:
        raise ValueError(f"no port: {number}")
    return number


def _address(item: Bencoded) -> IPAddress:
    if not isinstance(item.value, bytes) or len(item.value) not in (4, 16):
        raise ValueError(f"no address: {item.raw[:32]!r}")
    return address_from_wire(item.value)
