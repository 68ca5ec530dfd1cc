# SPDX-License-Identifier: Apache-2.0
"""One exhibit: bytes that crossed a socket, or an act, as one deterministic binary record.

Record, version 1 (integers big-endian; docs/evidence-format.md has the table):

    u8 version = 1 | u8 direction | u8 n | kind (n) | u8 n | vantage (n)
    u64 connection | i64 utc_ns | i64 monotonic_ns | i64 offset_ns | i64 bound_ns | u32 payload length
    local endpoint | remote endpoint | payload

An endpoint is one byte 0 (none), or 4 or 6, then the address (4 or 16 bytes) and a u16 port.
There is one spelling per exhibit: `from_wire` refuses every other, so a record can be hashed.

A record of version 2 is an envelope around one of version 1 (envelope.py); here only its form is known.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from dataclasses import dataclass
from enum import StrEnum

from swarmwitness.terms import Endpoint, Instant, MalformedMessage

RECORD_VERSION = 1
ENVELOPE_VERSION = 2
ENVELOPE_HEAD_BYTES = 41
"""Version, key id (8), tag (32)."""

LEAST_RECORD = 51
"""Bytes of the shortest record of version 1: a kind of one letter, no vantage, no ends, no payload."""

MAX_PAYLOAD = 32 * 1024 * 1024
"""Bytes. The largest .torrent and tracker answer fit; a length beyond it is damage or an attack."""

_FIXED = struct.Struct(">QqqqqI")
_KIND = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_ENDPOINT_BYTES = {0: 1, 4: 7, 6: 19}


class Direction(StrEnum):
    """Which way the bytes went, seen from the vantage."""

    NONE = "none"
    IN = "in"
    OUT = "out"


_DIRECTIONS = (Direction.NONE, Direction.IN, Direction.OUT)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What was observed, before anybody parsed it.

    Attributes:
        kind: `tcp`, `http`, `net`, `act`, `torrent`, `target`, …: a-z, 0-9, hyphen, at most 32.
        direction: From the vantage's view.
        at: When, by the vantage's clocks.
        vantage: Who watched; at most 255 bytes of UTF-8.
        connection: Number unique in the log, 0 = none.
        local: Our end, where there is one.
        remote: The other end, where there is one.
        payload: The bytes, at most `MAX_PAYLOAD`.
    """

    kind: str
    direction: Direction
    at: Instant
    vantage: str
    connection: int
    local: Endpoint | None
    remote: Endpoint | None
    payload: bytes

    def to_wire(self) -> bytes:
        """The record; the same exhibit always gives the same bytes.

        Raises:
            ValueError: a field that the record cannot hold.
        """
        head = pack_head(self.kind, self.direction, self.vantage)
        return b"".join((head, pack_numbers(self), pack_end(self.local), pack_end(self.remote), self.payload))

    @classmethod
    def from_wire(cls, record: bytes) -> Exhibit:
        """Read a whole record.

        Raises:
            MalformedMessage: not the one spelling of an exhibit.
        """
        try:
            return _unpack(record)
        except (IndexError, struct.error, ipaddress.AddressValueError):
            raise MalformedMessage("the record ends early", len(record)) from None


def is_envelope(body: bytes, start: int) -> bool:
    """Whether body[start:] has the form of a record of version 2; what is in it needs the key."""
    least = ENVELOPE_HEAD_BYTES + LEAST_RECORD
    return len(body) - start >= least and body[start] == ENVELOPE_VERSION


def pack_head(kind: str, direction: Direction, vantage: str) -> bytes:
    """The part of a record that seldom changes between exhibits; writers keep it.

    Raises:
        ValueError: a kind or vantage that the record cannot hold.
    """
    if _KIND.fullmatch(kind) is None:
        raise ValueError(f"a kind is 1-32 of a-z, 0-9 and hyphen, not {kind!r}")
    name = vantage.encode()
    if len(name) > 0xFF:
        raise ValueError(f"a vantage has at most 255 bytes, not {len(name)}")
    number = _DIRECTIONS.index(direction)
    return bytes((RECORD_VERSION, number, len(kind))) + kind.encode() + bytes((len(name),)) + name


def pack_numbers(exhibit: Exhibit) -> bytes:
    """The numbers of the record, the payload's length among them.

    Raises:
        ValueError: a number or payload that the record cannot hold.
    """
    at, size = exhibit.at, len(exhibit.payload)
    if size > MAX_PAYLOAD:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD} bytes, not {size}")
    try:
        return _FIXED.pack(exhibit.connection, at.utc_ns, at.monotonic_ns, at.offset_ns, at.bound_ns, size)
    except struct.error as error:
        raise ValueError(f"a number does not fit the record: {error}") from None


def pack_end(endpoint: Endpoint | None) -> bytes:
    """One end of a connection: family byte, address, port; a zero byte where there is none.

    Raises:
        ValueError: an address with a zone, which names an interface of one machine.
    """
    if endpoint is None:
        return b"\0"
    ip = endpoint.ip
    if isinstance(ip, ipaddress.IPv4Address):
        return b"\x04" + ip.packed + endpoint.port.to_bytes(2, "big")
    if ip.scope_id is not None:
        raise ValueError(f"an address with a zone is local to one machine: {ip}")
    return b"\x06" + ip.packed + endpoint.port.to_bytes(2, "big")


def _unpack(record: bytes) -> Exhibit:
    """Read a record; where it ends early, IndexError, struct.error or AddressValueError.

    A slice may come out short; the read behind it then fails, or in the end the payload's length.
    """
    if record[0] != RECORD_VERSION:
        closed = record[0] == ENVELOPE_VERSION
        raise MalformedMessage("an envelope, to be opened first" if closed else "unknown record version", 0)
    if record[1] >= len(_DIRECTIONS):
        raise MalformedMessage("unknown direction", 1)
    at = 3 + record[2]
    kind = _text(record, 3, at)
    if _KIND.fullmatch(kind) is None:
        raise MalformedMessage("not a kind", 3)
    start, at = at + 1, at + 1 + record[at]
    vantage = _text(record, start, at)
    connection, utc, monotonic, offset, bound, length = _FIXED.unpack_from(record, at)
    local, at = _endpoint(record, at + _FIXED.size)
    remote, at = _endpoint(record, at)
    if length > MAX_PAYLOAD or len(record) - at != length:
        raise MalformedMessage("the payload length is wrong", at)
    when = Instant(utc, monotonic, offset, bound)
    return Exhibit(kind, _DIRECTIONS[record[1]], when, vantage, connection, local, remote, record[at:])


def _text(record: bytes, start: int, end: int) -> str:
    try:
        return record[start:end].decode()
    except UnicodeDecodeError:
        raise MalformedMessage("not UTF-8", start) from None


def _endpoint(record: bytes, at: int) -> tuple[Endpoint | None, int]:
    """The endpoint at an offset, and the offset behind it.

    Not folded: the record says what the socket said, mapped addresses included.
    """
    family = record[at]
    if family == 0:
        return None, at + 1
    if family == 4:
        end = at + 7
        return Endpoint(ipaddress.IPv4Address(record[at + 1 : at + 5]), _port(record, end)), end
    if family == 6:
        end = at + 19
        return Endpoint(ipaddress.IPv6Address(record[at + 1 : at + 17]), _port(record, end)), end
    raise MalformedMessage("unknown address family", at)


def _port(record: bytes, end: int) -> int:
    return record[end - 2] << 8 | record[end - 1]


class RecordCheck:
    """Tells quickly whether records are well formed, for verifiers that see millions of them.

    Heads (kind, direction, vantage) recur, so each is read once; of the rest only lengths and
    families can be wrong. Agrees on every input with `Exhibit.from_wire`, and where that knows no
    version 2, with `is_envelope`.
    """

    __slots__ = ("_heads",)

    _MOST_HEADS = 4096

    def __init__(self) -> None:
        self._heads: set[bytes] = set()

    def well_formed(self, body: bytes, start: int) -> bool:
        """Whether body[start:] is a record."""
        try:
            if body[start] == ENVELOPE_VERSION:
                return is_envelope(body, start)
            at = start + 3 + body[start + 2]
            at += 1 + body[at]
            if body[start:at] not in self._heads and not self._learn(body, start, at):
                return False
            end = at + _FIXED.size
            for _ in range(2):
                end += _ENDPOINT_BYTES[body[end]]
        except (IndexError, KeyError):
            return False
        length = int.from_bytes(body[at + _FIXED.size - 4 : at + _FIXED.size], "big")
        return length <= MAX_PAYLOAD and len(body) - end == length

    def _learn(self, body: bytes, start: int, at: int) -> bool:
        probe = body[start:at] + bytes(_FIXED.size) + b"\0\0"
        try:
            Exhibit.from_wire(probe)
        except MalformedMessage:
            return False
        if len(self._heads) >= self._MOST_HEADS:
            self._heads.clear()
        self._heads.add(body[start:at])
        return True
