# SPDX-License-Identifier: Apache-2.0
"""uTP packets (BEP 29): one datagram, one packet of header, extensions and payload.

Theory of operation: a header of 20 bytes names the type, both sequence numbers and the sender's clock;
a chain of extensions follows, then the payload. Extensions that we do not know travel through as they
came. What is odd but readable is kept in `anomalies`; what has no header of version 1 is no packet.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire.oddities import Oddities

HEADER_BYTES = 20
VERSION = 1
SELECTIVE_ACK, EXTENSION_BITS, CLOSE_REASON = 1, 2, 3
"""Kinds of extension: BEP 29; µTorrent's old bits of what it speaks; libtorrent's word why it hangs up."""
MAX_ANOMALIES = 32
MAX_EXTENSION_BYTES = 255
_HEADER = struct.Struct(">BBHIIIHH")
_KNOWN = frozenset({SELECTIVE_ACK, EXTENSION_BITS, CLOSE_REASON})
_REASON_BYTES = 4


class PacketType(IntEnum):
    """What a packet is for."""

    DATA = 0
    FIN = 1
    STATE = 2
    RESET = 3
    SYN = 4


CARRIES = frozenset({PacketType.DATA, PacketType.FIN, PacketType.SYN})
"""Types that use up a sequence number; the others only tell the sender's next one."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One link of the chain, as it came.

    Attributes:
        kind: 1 selective ack, 2 extension bits, 3 close reason; others are nobody's we know.
        data: At most 255 bytes.
    """

    kind: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet.

    Attributes:
        connection: The 16 bits that tell connections between two endpoints apart.
        timestamp_us: The sender's clock, 32 bits of microseconds.
        difference_us: What the sender saw between our last timestamp and its own clock; 0 = none yet.
        window_bytes: How much the sender has room for.
        seq: Number of this packet; of one that carries nothing the sender's next number or its last one.
        ack: The last number of the other side that the sender has in order.
        extensions: In their order.
        anomalies: What is odd about the datagram.
    """

    type: PacketType
    connection: int
    seq: int
    ack: int
    timestamp_us: int = 0
    difference_us: int = 0
    window_bytes: int = 0
    extensions: tuple[Extension, ...] = ()
    payload: bytes = b""
    anomalies: tuple[Anomaly, ...] = ()

    @classmethod
    def from_wire(cls, datagram: bytes) -> Packet:
        """Read one datagram.

        Raises:
            MalformedMessage: shorter than a header, another version, a type that does not exist, or a
                chain of extensions that leaves the datagram.
        """
        if len(datagram) < HEADER_BYTES:
            raise MalformedMessage(f"a uTP header has 20 bytes, not {len(datagram)}", len(datagram))
        first, next_kind, connection, stamp, difference, window, seq, ack = _HEADER.unpack_from(datagram)
        if first & 0x0F != VERSION or first >> 4 > PacketType.SYN:
            raise MalformedMessage(f"type and version {first:#04x} are no uTP packet's")
        kind = PacketType(first >> 4)
        extensions, end = _chain(datagram, next_kind) if next_kind else ((), HEADER_BYTES)
        payload = bytes(datagram[end:])
        odd = _oddities(kind, extensions, payload) if extensions or kind is not PacketType.DATA else ()
        return cls(kind, connection, seq, ack, stamp, difference, window, extensions, payload, odd)

    def to_wire(self) -> bytes:
        """The datagram.

        Raises:
            ValueError: a number or an extension that does not fit its field.
        """
        first_kind = self.extensions[0].kind if self.extensions else 0
        try:
            header = _HEADER.pack(
                self.type << 4 | VERSION,
                first_kind,
                self.connection,
                self.timestamp_us,
                self.difference_us,
                self.window_bytes,
                self.seq,
                self.ack,
            )
        except struct.error as error:
            raise ValueError(f"no uTP packet: {error}") from None
        if not self.extensions:
            return header + self.payload
        following = [each.kind for each in self.extensions[1:]] + [0]
        chain = [_link(each, after) for each, after in zip(self.extensions, following, strict=True)]
        return b"".join((header, *chain, self.payload))

    @property
    def selective_ack(self) -> bytes | None:
        """The bits of a selective ack: the least bit of the first byte stands for `ack` + 2."""
        for extension in self.extensions:
            if extension.kind == SELECTIVE_ACK:
                return extension.data
        return None

    @property
    def close_reason(self) -> int | None:
        """libtorrent's number for why it hangs up (extension 3), where it tells."""
        for extension in self.extensions:
            if extension.kind == CLOSE_REASON and len(extension.data) == _REASON_BYTES:
                return int.from_bytes(extension.data[2:], "big")
        return None


def _link(extension: Extension, after: int) -> bytes:
    if not extension.kind or len(extension.data) > MAX_EXTENSION_BYTES:
        raise ValueError(f"extension {extension.kind} of {len(extension.data)} bytes has no place in a chain")
    return bytes((after, len(extension.data))) + extension.data


def _chain(datagram: bytes, kind: int) -> tuple[tuple[Extension, ...], int]:
    """The extensions, and where the payload begins."""
    found, at = [], HEADER_BYTES
    while kind:
        if at + 2 > len(datagram):
            raise MalformedMessage("the chain of extensions breaks off", len(datagram))
        after, length = datagram[at], datagram[at + 1]
        if at + 2 + length > len(datagram):
            raise MalformedMessage(f"extension {kind} leaves the datagram", at)
        found.append(Extension(kind, bytes(datagram[at + 2 : at + 2 + length])))
        kind, at = after, at + 2 + length
    return tuple(found), at


def _oddities(kind: PacketType, extensions: tuple[Extension, ...], payload: bytes) -> tuple[Anomaly, ...]:
    notes = Oddities(MAX_ANOMALIES)
    if payload and kind is not PacketType.DATA:
        notes.odd("utp_payload", f"{len(payload)} bytes in a {kind.name} packet")
    for extension in extensions:
        if extension.kind not in _KNOWN:
            notes.odd("utp_extension", f"extension {extension.kind}, {len(extension.data)} bytes")
        elif extension.kind == SELECTIVE_ACK and (not extension.data or len(extension.data) % 4):
            notes.odd("utp_selective_ack", f"{len(extension.data)} bytes, not a multiple of four")
        elif extension.kind == CLOSE_REASON and len(extension.data) != _REASON_BYTES:
            notes.odd("utp_close_reason", f"{len(extension.data)} bytes, not four")
    return notes.found()
