# SPDX-License-Identifier: Apache-2.0
"""A passive reader of one peer-wire conversation (BEP 3, 6, 10): bytes in, facts out.

Theory of operation: both speakers' bytes are cut into a handshake and frames; what the messages
establish is reader.py's. The same class reads a live socket, a sealed log and a capture, so that
they cannot disagree. How the bytes were cut into reads makes no difference. Nothing raises, whatever
arrives; what cannot be read is an `AnomalySeen`. After lost framing or a handshake for another
info_hash the transcript is `broken`: later bytes of the peer establish nothing.
"""

from __future__ import annotations

from swarmwitness.swarm.facts import AnomalySeen, Fact, HandshakeSeen, Speaker
from swarmwitness.swarm.reader import FAST, LTEP, MAX_ANOMALIES, MessageReader
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.terms import Anomaly, MalformedMessage
from swarmwitness.wire import peerwire

__all__ = ["FAST", "LTEP", "MAX_ANOMALIES", "PeerTranscript"]
HANDSHAKE_BYTES = 68
PROTOCOL = b"\x13BitTorrent protocol"
FRAME_ROOM_BYTES = 128 << 10
"""Largest frame that a peer can have a reason to send us, bitfields aside: we ask for 16 KiB blocks."""
UNKNOWN_BITFIELD_BYTES = 128 << 10
REMEMBERED_IDS = frozenset({b"\x06", b"\x14", b"\x15"})
"""Of our own messages: requests, extended messages and hash requests tell what the answers are worth."""


class PeerTranscript(MessageReader):
    """One conversation, read as it goes.

    Args:
        torrents: What is watched, by the 20 bytes of a handshake.
        expected: What the connection was opened for, where that is known; else our handshake tells.
        our_peer_id: Tells a connection to ourselves; else our handshake tells.
    """

    def __init__(
        self, torrents: Lookup, *, expected: bytes | None = None, our_peer_id: bytes | None = None
    ) -> None:
        self._torrents = torrents
        self._asked_hash = expected
        self._our_peer_id = our_peer_id
        self._heard = bytearray()
        self._said = bytearray()
        self._we_shook = False
        self._deaf_to_us = False
        self._max_frame = FRAME_ROOM_BYTES
        self.broken: str | None = None
        super().__init__(None if expected is None else torrents(expected))

    @property
    def partial_bytes(self) -> int:
        """Bytes of the peer's unfinished frame or handshake."""
        return len(self._heard)

    def feed(self, speaker: Speaker, data: bytes) -> list[Fact]:
        """Read on; the facts that these bytes established, in order."""
        if speaker is Speaker.US:
            self._hear_us(data)
        elif self.broken is None:
            self._hear_peer(data)
        facts, self._facts = self._facts, []
        return facts

    # The peer's side

    def _hear_peer(self, data: bytes) -> None:
        self._heard += data
        if self.handshake is None and not self._shake():
            return
        frames, lost = self._frames()
        for frame in frames:
            self._take(frame)
        if lost is not None:
            self._break("framing", lost.why)

    def _frames(self) -> tuple[list[bytes], MalformedMessage | None]:
        """The whole frames so far, taken off; those in front of lost framing count as well."""
        heard = self._heard
        try:
            frames, consumed = peerwire.split(heard, 0, max_frame=self._max_frame)
        except MalformedMessage as error:
            return peerwire.split(heard[: error.offset], 0, max_frame=self._max_frame)[0], error
        del heard[:consumed]
        return frames, None

    def _shake(self) -> bool:
        heard = self._heard
        if heard[: len(PROTOCOL)] != PROTOCOL[: len(heard)]:
            # Named by its first byte that is amiss, however the bytes were cut.
            at = next(
                at for at, (one, other) in enumerate(zip(heard, PROTOCOL, strict=False)) if one != other
            )
            self._break("not_bittorrent", f"byte {at} is {heard[at]:#04x}")
            return False
        if len(heard) < HANDSHAKE_BYTES:
            return False
        handshake = peerwire.Handshake.from_wire(bytes(heard[:HANDSHAKE_BYTES]))
        del heard[:HANDSHAKE_BYTES]
        return self._accept(handshake)

    def _accept(self, handshake: peerwire.Handshake) -> bool:
        if self._asked_hash is None:
            self._asked_hash = handshake.info_hash
            self._know(self._torrents(handshake.info_hash))
        if handshake.info_hash != self._asked_hash:
            self._break("wrong_info_hash", f"asked {self._asked_hash.hex()}, got {handshake.info_hash.hex()}")
            return False
        if handshake.peer_id == self._our_peer_id:
            self._break("self_connection", "the peer_id is our own")
            return False
        self.handshake = handshake
        self._facts.append(HandshakeSeen(handshake.reserved, handshake.info_hash, handshake.peer_id))
        return True

    def _know(self, torrent: Torrent | None) -> None:
        super()._know(torrent)
        n_pieces = self.claims.n_pieces
        bitfield_bytes = UNKNOWN_BITFIELD_BYTES if n_pieces is None else (n_pieces + 7) // 8
        self._max_frame = FRAME_ROOM_BYTES + bitfield_bytes

    def _break(self, kind: str, detail: str) -> None:
        self.broken = kind
        self._heard.clear()
        self.odd[kind] += 1
        self._facts.append(AnomalySeen(Anomaly(kind, detail)))

    # Our side

    def _hear_us(self, data: bytes) -> None:
        """Our own words are well formed; in a capture "we" is somebody else, whose words need not be."""
        if self._deaf_to_us:
            return
        try:
            self._read_us(data)
        except MalformedMessage as error:
            self._deaf_to_us = True
            self._odd("counterpart_unreadable", str(error))

    def _read_us(self, data: bytes) -> None:
        said = self._said
        said += data
        if not self._we_shook:
            if len(said) < HANDSHAKE_BYTES:
                return
            self.said(peerwire.Handshake.from_wire(bytes(said[:HANDSHAKE_BYTES])))
            del said[:HANDSHAKE_BYTES]
        frames, consumed = peerwire.split(said, 0, max_frame=self._max_frame)
        del said[:consumed]
        for frame in frames:
            if frame[:1] in REMEMBERED_IDS:
                self.said(peerwire.decode(frame))

    def said(self, message: peerwire.Message | peerwire.Handshake) -> None:
        """Our side, message by message, for whoever just encoded it; `feed` comes to the same from bytes.

        Of our messages only the handshakes and what we asked for matter.
        """
        if not isinstance(message, peerwire.Handshake):
            self._asked(message)
            return
        self._we_shook = True
        self._our_fast = bool(message.reserved[7] & FAST)
        self._our_peer_id = message.peer_id
        if self._asked_hash is None:
            self._asked_hash = message.info_hash
            self._know(self._torrents(message.info_hash))
