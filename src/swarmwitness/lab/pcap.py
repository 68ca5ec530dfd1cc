# SPDX-License-Identifier: Apache-2.0
"""Read a pcap file of Ethernet frames into one-way TCP streams, put together in order.

Theory of operation: a segment's place is its sequence number minus that of the SYN. Retransmitted and
overlapping bytes are taken once, the first that came; where bytes are missing, the stream ends and what
lies behind the hole is counted as lost.
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.terms import Endpoint, MalformedMessage

_MAGIC = {0xA1B2C3D4: "<", 0xD4C3B2A1: ">", 0xA1B23C4D: "<", 0x4D3CB2A1: ">"}
_ETHERNET = 1
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP, _UDP = 6, 17
_SYN = 0x02
_MAX_FRAME = 1 << 20


@dataclass(frozen=True, slots=True)
class Packet:
    """The payload of one TCP segment or UDP datagram. `sequence` and `syn` are TCP's."""

    source: Endpoint
    target: Endpoint
    protocol: int
    payload: bytes
    sequence: int = 0
    syn: bool = False


@dataclass(slots=True)
class Stream:
    """One direction of one TCP connection.

    Attributes:
        first: Sequence number of the byte before the first; None until a SYN or a segment was seen.
    """

    source: Endpoint
    target: Endpoint
    first: int
    segments: dict[int, bytes] = field(default_factory=dict)

    def add(self, packet: Packet) -> None:
        """Take a segment in; the longest for a place is kept."""
        at = (packet.sequence - self.first) & 0xFFFFFFFF
        if len(packet.payload) > len(self.segments.get(at, b"")):
            self.segments[at] = packet.payload

    def joined(self) -> tuple[bytes, int]:
        """(The bytes up to the first hole, how many bytes lie behind it)."""
        whole = bytearray()
        lost = 0
        for at, data in sorted(self.segments.items()):
            if at > len(whole):
                lost += len(data)
            elif at + len(data) > len(whole):
                whole += data[len(whole) - at :]
        return bytes(whole), lost


def read_packets(path: Path) -> Iterator[Packet]:
    """TCP and UDP packets of a pcap file, in the order of capture.

    Raises:
        MalformedMessage: not a pcap file of Ethernet frames, or cut off in a record.
    """
    data = path.read_bytes()
    if len(data) < 24 or struct.unpack_from("<I", data)[0] not in _MAGIC:
        raise MalformedMessage("not a pcap file")
    order = _MAGIC[struct.unpack_from("<I", data)[0]]
    if struct.unpack_from(order + "I", data, 20)[0] != _ETHERNET:
        raise MalformedMessage("not a capture of Ethernet frames", 20)
    at = 24
    while at < len(data):
        if at + 16 > len(data):
            raise MalformedMessage("cut off in the head of a record", at)
        size = struct.unpack_from(order + "I", data, at + 8)[0]
        if size > _MAX_FRAME or at + 16 + size > len(data):
            raise MalformedMessage("cut off in a frame", at)
        packet = _packet(data[at + 16 : at + 16 + size])
        if packet is not None:
            yield packet
        at += 16 + size


def _packet(frame: bytes) -> Packet | None:
    """The TCP or UDP packet in an Ethernet frame; None for anything else or what is too short."""
    kind = int.from_bytes(frame[12:14], "big")
    if kind == _IPV4 and len(frame) >= 34:
        head = 14 + 4 * (frame[14] & 15)
        end = 14 + int.from_bytes(frame[16:18], "big")
        # A total length of 0 is what a segment larger than 64 KiB looks like before it is cut.
        end = end if end > head else len(frame)
        return _transport(frame[23], frame[26:30], frame[30:34], frame[head:end])
    if kind == _IPV6 and len(frame) >= 54:
        return _transport(frame[20], frame[22:38], frame[38:54], frame[54:])
    return None


def _transport(protocol: int, source: bytes, target: bytes, body: bytes) -> Packet | None:
    if protocol not in (_TCP, _UDP) or len(body) < (20 if protocol == _TCP else 8):
        return None
    ports = struct.unpack_from(">HH", body)
    ends = [
        Endpoint(ipaddress.ip_address(ip), port) for ip, port in zip((source, target), ports, strict=True)
    ]
    if protocol == _UDP:
        return Packet(ends[0], ends[1], _UDP, body[8:])
    sequence = struct.unpack_from(">I", body, 4)[0]
    return Packet(ends[0], ends[1], _TCP, body[4 * (body[12] >> 4) :], sequence, bool(body[13] & _SYN))


@dataclass(slots=True)
class Crossed:
    """What an address said and heard.

    Attributes:
        said, heard: TCP streams from it and to it, in the order in which they began.
        datagrams: UDP from it and to it, in the order of capture.
    """

    said: list[Stream] = field(default_factory=list)
    heard: list[Stream] = field(default_factory=list)
    datagrams: list[Packet] = field(default_factory=list)


def crossed(path: Path, address: str) -> Crossed:
    """All that crossed between an address and others.

    Raises:
        MalformedMessage: as `read_packets`.
    """
    found = Crossed()
    open_now: dict[tuple[Endpoint, Endpoint], Stream] = {}
    ip = ipaddress.ip_address(address)
    for packet in read_packets(path):
        if ip not in (packet.source.ip, packet.target.ip):
            continue
        if packet.protocol == _UDP:
            found.datagrams.append(packet)
        elif packet.source.ip == ip:
            _add(packet, open_now, found.said)
        else:
            _add(packet, open_now, found.heard)
    return found


def _add(packet: Packet, open_now: dict[tuple[Endpoint, Endpoint], Stream], found: list[Stream]) -> None:
    """A segment into its stream; a SYN with another number begins a new one."""
    key = (packet.source, packet.target)
    first = (packet.sequence + 1) & 0xFFFFFFFF if packet.syn else packet.sequence
    stream = open_now.get(key)
    if stream is None or (packet.syn and first != stream.first):
        stream = open_now[key] = Stream(packet.source, packet.target, first)
        found.append(stream)
    if packet.payload:
        stream.add(packet)


def streams_from(path: Path, address: str) -> tuple[list[Stream], int]:
    """The TCP streams that an address sent, and the bytes that it sent over UDP."""
    found = crossed(path, address)
    ip = ipaddress.ip_address(address)
    return found.said, sum(len(each.payload) for each in found.datagrams if each.source.ip == ip)
