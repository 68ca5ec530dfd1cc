# SPDX-License-Identifier: Apache-2.0
"""What an address gave away, read from the packets: the proof that the observer uploads nothing.

Counted are the bytes of works in `piece` messages, of metadata (BEP 9) and of hashes (BEP 52). A stream
that cannot be read (encrypted, broken off by a hole in the capture) counts as opaque and never as nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from swarmwitness.lab.pcap import streams_from
from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import bencode, peerwire

_HANDSHAKE_BYTES = 68
_HASHES = 22


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that one address sent.

    Attributes:
        piece_bytes: Content in `piece` messages.
        metadata_bytes, hash_bytes: Content in metadata data and in `hashes` messages.
        opaque_bytes: In peer streams that could not be read, or behind a hole.
        datagram_bytes: Over UDP (uTP is not taken apart).
        peer_streams: TCP streams that began with a handshake.
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


def sent_by(pcap: Path, address: str) -> Sent:
    """Read a capture for what `address` sent.

    Raises:
        MalformedMessage: not a pcap file.
    """
    streams, datagram_bytes = streams_from(pcap, address)
    total = Sent(datagram_bytes=datagram_bytes)
    for stream in streams:
        data, lost = stream.joined()
        total = total.plus(_read(data, lost))
    return total


def payload_sent_by(pcap: Path, address: str) -> int:
    """Bytes of works, metadata and hashes that `address` sent, with whatever could not be read."""
    return sent_by(pcap, address).payload_bytes


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
    try:
        message = peerwire.decode(frame)
    except MalformedMessage:
        return Sent(opaque_bytes=len(frame))
    if isinstance(message, peerwire.Piece):
        return Sent(piece_bytes=len(message.data))
    if isinstance(message, peerwire.Extended) and message.number:
        return Sent(metadata_bytes=_metadata(message.payload))
    if isinstance(message, peerwire.Unknown) and message.id == _HASHES:
        return Sent(hash_bytes=len(message.payload))
    return Sent()


def _metadata(payload: bytes) -> int:
    """Bytes behind the dictionary of an extended message: only metadata data has any (BEP 9)."""
    try:
        _, end = bencode.decode_prefix(payload)
    except MalformedMessage:
        return len(payload)
    return len(payload) - end
