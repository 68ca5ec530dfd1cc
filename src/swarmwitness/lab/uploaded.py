# SPDX-License-Identifier: Apache-2.0
"""What an address gave away, read from the packets: the proof that the observer uploads nothing.

Counted are the bytes of works in `piece` messages, of metadata (BEP 9) and of hashes (BEP 52). uTP is put
together from its datagrams, and an encrypted exchange is read with our private key of it, where that is
given. A stream that cannot be read (encrypted, broken off by a hole in the capture) counts as opaque and
never as nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.lab.heard import Ends, Key
from swarmwitness.lab.pcap import Packet, Stream, crossed
from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.layers import Layers
from swarmwitness.swarm.mse.keys import KEY_BYTES, MAX_PAD_BYTES, public_of
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.utp.reassembly import Reassembly
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import bencode, peerwire, utp

_HANDSHAKE_BYTES = 68
_HASHES = bytes([22])


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that one address sent.

    Attributes:
        piece_bytes: Content in `piece` messages.
        metadata_bytes, hash_bytes: Content in metadata data and in `hashes` messages.
        opaque_bytes: In peer streams that could not be read, or behind a hole.
        datagram_bytes: Over UDP, and no uTP that could be put together.
        peer_streams: Streams of TCP or uTP that began with a handshake, in the open or encrypted.
        stream_bytes: All bytes in all TCP streams.
    """

    piece_bytes: int = 0
    metadata_bytes: int = 0
    hash_bytes: int = 0
    opaque_bytes: int = 0
    datagram_bytes: int = 0
    peer_streams: int = 0
    stream_bytes: int = 0

    @property
    def payload_bytes(self) -> int:
        """Everything that is, or could be, something of a work."""
        return (
            self.piece_bytes + self.metadata_bytes + self.hash_bytes + self.opaque_bytes + self.datagram_bytes
        )

    def plus(self, more: Sent) -> Sent:
        """Both together."""
        return Sent(*(getattr(self, name) + getattr(more, name) for name in Sent.__slots__))


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens the encrypted exchanges of an address.

    Attributes:
        keys: Its private keys, by the ends of the connection; one pair of ends may have had several.
        torrents: What its exchanges can be about.
    """

    keys: Mapping[Ends, Sequence[Key]] = field(default_factory=dict)
    torrents: tuple[Torrent, ...] = ()


NO_SECRETS = Secrets()


def sent_by(pcap: Path, address: str, secrets: Secrets = NO_SECRETS) -> Sent:
    """Read a capture for what `address` sent.

    Raises:
        MalformedMessage: not a pcap file.
    """
    found = crossed(pcap, address)
    answers = _by_ends(found.heard)
    total = Sent()
    for stream in found.said:
        data, lost = stream.joined()
        heard = answers.get((stream.target, stream.source), b"")
        total = total.plus(_opened(data, lost, heard, (stream.source, stream.target), secrets))
    return total.plus(_datagrams(found.datagrams, address, secrets))


def _by_ends(streams: Iterable[Stream]) -> dict[Ends, bytes]:
    """The last stream between two ends: ports are not used twice within one capture of ours."""
    return {(stream.source, stream.target): stream.joined()[0] for stream in streams}


def payload_sent_by(pcap: Path, address: str) -> int:
    """Bytes of works, metadata and hashes that `address` sent, with whatever could not be read."""
    return sent_by(pcap, address).payload_bytes


@dataclass(slots=True)
class _Utp:
    """One uTP connection."""

    ends: Ends
    number: int
    reader: Reassembly = field(default_factory=Reassembly)
    said: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    carried: dict[int, int] = field(default_factory=dict)

    def take(self, packet: Packet, read: utp.Packet, ours: bool) -> None:
        """One datagram of either side."""
        data = self.reader.feed(Speaker.US if ours else Speaker.PEER, packet.payload)
        if ours:
            self.said += data
            self.carried[read.seq] = max(self.carried.get(read.seq, 0), len(read.payload))
        else:
            self.heard += data

    @property
    def lost(self) -> int:
        """Bytes of ours that were in packets and could not be put in their place."""
        return max(0, sum(self.carried.values()) - len(self.said))


def _datagrams(datagrams: Sequence[Packet], address: str, secrets: Secrets) -> Sent:
    """uTP by its connections; what belongs to none is counted whole."""
    ip = ipaddress.ip_address(address)
    lines: list[_Utp] = []
    open_now: dict[tuple[Ends, int], _Utp] = {}
    stray = 0
    for packet in datagrams:
        ours = packet.source.ip == ip
        ends = (packet.source, packet.target) if ours else (packet.target, packet.source)
        read = _utp_packet(packet)
        line = None if read is None else _line(read, ends, open_now, lines)
        if read is not None and line is not None:
            line.take(packet, read, ours)
        elif ours:
            stray += len(packet.payload)
    total = Sent(datagram_bytes=stray)
    for line in lines:
        total = total.plus(_opened(bytes(line.said), line.lost, bytes(line.heard), line.ends, secrets))
    return total


def _utp_packet(packet: Packet) -> utp.Packet | None:
    try:
        return utp.Packet.from_wire(packet.payload)
    except MalformedMessage:
        return None


def _line(
    read: utp.Packet, ends: Ends, open_now: dict[tuple[Ends, int], _Utp], lines: list[_Utp]
) -> _Utp | None:
    """The connection of a datagram: the caller's SYN has its lower number, its other packets the higher."""
    number = read.connection
    if read.type is utp.PacketType.SYN:
        line = open_now.get((ends, number))
        if line is None or line.said or line.heard:
            line = _Utp(ends, number)
            lines.append(line)
            open_now[ends, number] = open_now[ends, (number + 1) & 0xFFFF] = line
        return line
    return open_now.get((ends, number))


def _opened(data: bytes, lost: int, heard: bytes, ends: Ends, secrets: Secrets) -> Sent:
    """One stream, in the open or through the key that fits it."""
    plain = _read(data, lost)
    if plain.opaque_bytes <= lost or plain.peer_streams:
        return plain
    for key in secrets.keys.get(ends, ()):
        if _key_alone(data, heard, key):
            return Sent(opaque_bytes=lost, stream_bytes=len(data) + lost)
        opened = _decrypted(data, heard, key, secrets.torrents)
        read = _read(opened, lost) if opened else plain
        if read.peer_streams:
            return read
    return plain


def _key_alone(data: bytes, heard: bytes, key: Key) -> bool:
    """Our public key and the pad behind it, to a peer that told none: nothing can be encrypted without."""
    unanswered = len(heard) < KEY_BYTES and len(data) <= KEY_BYTES + MAX_PAD_BYTES
    return unanswered and data[:KEY_BYTES] == public_of(key.private)


def _decrypted(data: bytes, heard: bytes, key: Key, torrents: tuple[Torrent, ...]) -> bytes:
    """What we said inside an encrypted exchange; empty if the key does not fit."""
    layers = Layers("tcp", inbound=key.role == "responder")
    portions = list(layers.keyed(key.role, key.private, lambda: torrents))
    for speaker, raw in ((Speaker.US, data), (Speaker.PEER, heard)):
        portions += layers.feed(speaker, raw)
    return b"".join(said for speaker, said in portions if speaker is Speaker.US)


def _read(data: bytes, lost: int) -> Sent:
    """One stream from its first byte."""
    if data.startswith(b"GET "):
        return Sent(opaque_bytes=lost, stream_bytes=len(data) + lost)
    try:
        peerwire.Handshake.from_wire(data[:_HANDSHAKE_BYTES])
    except MalformedMessage:
        return Sent(opaque_bytes=len(data) + lost, stream_bytes=len(data) + lost)
    found = Sent(opaque_bytes=lost, peer_streams=1, stream_bytes=len(data) + lost)
    try:
        frames, end = peerwire.split(data, _HANDSHAKE_BYTES)
    except MalformedMessage:
        return found.plus(Sent(opaque_bytes=len(data)))
    # What is left of a last, unfinished message may be part of a piece.
    found = found.plus(Sent(opaque_bytes=len(data) - end))
    for frame in frames:
        found = found.plus(_weight(frame))
    return found


def _weight(frame: bytes) -> Sent:
    """What one message carries."""
    if frame[:1] == _HASHES:
        return Sent(hash_bytes=len(frame) - 1)
    try:
        message = peerwire.decode(frame)
    except MalformedMessage:
        return Sent(opaque_bytes=len(frame))
    if isinstance(message, peerwire.Piece):
        return Sent(piece_bytes=len(message.data))
    if isinstance(message, peerwire.Extended) and message.number:
        return Sent(metadata_bytes=_metadata(message.payload))
    return Sent()


def _metadata(payload: bytes) -> int:
    """Bytes behind the dictionary of an extended message: only metadata data has any (BEP 9)."""
    try:
        _, end = bencode.decode_prefix(payload)
    except MalformedMessage:
        return len(payload)
    return len(payload) - end
