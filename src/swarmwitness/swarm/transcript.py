# SPDX-License-Identifier: Apache-2.0
"""A passive reader of one peer-wire conversation (BEP 3, 6, 10): bytes in, facts out.

Theory of operation: both speakers' bytes are cut into a handshake and frames. The peer's messages
become facts; ours only tell what was asked, so that a block can be told from a gift nobody asked
for. The same class reads a live socket, a sealed log and a capture, so that they cannot disagree.
How the bytes were cut into reads makes no difference. Nothing raises, whatever arrives; what cannot
be read is an `AnomalySeen`. After lost framing or a handshake for another info_hash the transcript
is `broken`: later bytes of the peer establish nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from swarmwitness.swarm.assembly import Assembly
from swarmwitness.swarm.claims import Claims
from swarmwitness.swarm.extended import ExtendedReading
from swarmwitness.swarm.extensions import names_of
from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    AnomalySeen,
    BlockSeen,
    ChokeSeen,
    ClaimHow,
    ClaimSeen,
    DhtPortSeen,
    ExtensionSeen,
    Fact,
    HandshakeSeen,
    HashesAsked,
    HaveSeen,
    InterestSeen,
    LostSeen,
    RejectSeen,
    Speaker,
    SuggestSeen,
)
from swarmwitness.swarm.leaves import Leaves
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.terms import Anomaly, Bitfield, MalformedMessage
from swarmwitness.wire import peerwire
from swarmwitness.wire.donthave import DontHave
from swarmwitness.wire.hashes import Hashes, HashReject, HashRequest
from swarmwitness.wire.ltep import ExtensionHandshake

HANDSHAKE_BYTES = 68
PROTOCOL = b"\x13BitTorrent protocol"
FRAME_ROOM_BYTES = 128 << 10
"""Largest frame that a peer can have a reason to send us, bitfields aside: we ask for 16 KiB blocks."""
UNKNOWN_BITFIELD_BYTES = 128 << 10
REMEMBERED_IDS = frozenset({b"\x06", b"\x14", b"\x15"})
"""Of our own messages: requests, extended messages and hash requests tell what the answers are worth."""
MAX_FIRST = 12
MAX_ALLOWED_FAST = 64
MAX_ANOMALIES = 32
"""Named one by one per conversation; `odd` counts them all."""
FAST = 0x04
"""BEP 6, in the last reserved byte."""
LTEP = 0x10
"""BEP 10, in the sixth reserved byte."""


class PeerTranscript:
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
        self._our_fast = False
        self._heard = bytearray()
        self._said = bytearray()
        self._we_shook = False
        self._deaf_to_us = False
        self._declared = False
        self._assembly: Assembly | None = None
        self._leaves: Leaves | None = None
        self._extended_reading: ExtendedReading | None = None
        self._first: list[bytes] = []
        self._our_offer = self._peer_offer = b""
        self.allowed_fast: list[int] = []
        self._max_frame = FRAME_ROOM_BYTES
        self._facts: list[Fact] = []
        self.handshake: peerwire.Handshake | None = None
        self._extension: ExtensionHandshake | None = None
        self._extension_raw: bytes | None = None
        self.broken: str | None = None
        self.messages = 0
        self.odd: Counter[str] = Counter()
        self._know(None if expected is None else torrents(expected))

    @property
    def fast(self) -> bool:
        """Whether both sides support the fast extension (BEP 6)."""
        return self._our_fast and self.handshake is not None and bool(self.handshake.reserved[7] & FAST)

    @property
    def extension(self) -> ExtensionHandshake | None:
        """The last extension handshake, read when first asked for: most first contacts never need it."""
        raw, self._extension_raw = self._extension_raw, None
        if raw is not None:
            try:
                self._extension = ExtensionHandshake.from_wire(raw)
            except MalformedMessage:
                self.odd["malformed_extension"] += 1
                return None
            self.odd.update(anomaly.kind for anomaly in self._extension.anomalies)
        return self._extension

    @property
    def first_messages(self) -> tuple[str, ...]:
        """The first twelve messages of the peer by name, in their order: `bitfield`, `extended:handshake`,
        `extended:ut_pex`, `unknown:99`; `extended:7` where the number was never agreed."""
        ours = names_of(self._our_offer)
        return tuple(peerwire.name_of(head, ours) for head in self._first)

    @property
    def _extended_of(self) -> ExtendedReading:
        if self._extended_reading is None:
            self._extended_reading = ExtendedReading(self.torrent)
        return self._extended_reading

    @property
    def partial_bytes(self) -> int:
        """Bytes of the peer's unfinished frame or handshake."""
        return len(self._heard)

    @property
    def verified(self) -> frozenset[int]:
        """Pieces that this peer alone sent whole and that verify."""
        whole = self._leaves.whole if self._leaves else set()
        return frozenset(self._assembly.verified | whole) if self._assembly else frozenset()

    @property
    def outstanding(self) -> int:
        """Our requests that no block has answered."""
        return self._assembly.outstanding if self._assembly else 0

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
            self._break("not_bittorrent", f"begins with {bytes(heard[:20]).hex()}")
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
        self.torrent: Torrent | None = torrent
        n_pieces = None if torrent is None else torrent.n_pieces
        self.claims = Claims(n_pieces)
        bitfield_bytes = UNKNOWN_BITFIELD_BYTES if n_pieces is None else (n_pieces + 7) // 8
        self._max_frame = FRAME_ROOM_BYTES + bitfield_bytes
        if torrent is not None and torrent.metainfo is not None:
            self._assembly = Assembly(torrent.metainfo)

    def _take(self, frame: bytes) -> None:
        self.messages += 1
        if len(self._first) < MAX_FIRST:
            self._first.append(frame[:2])
        try:
            message = peerwire.decode(frame)
        except MalformedMessage as error:
            self._odd("malformed_message", f"id {frame[0] if frame else None}: {error}")
            return
        reader = _READERS.get(type(message))
        if reader is not None:
            reader(self, message)

    def _bitfield(self, message: peerwire.BitfieldMessage) -> None:
        if not self._first_claim():
            return
        try:
            self.claims.declare(message.bits)
        except ValueError as error:
            self._odd("bitfield_length", str(error))
            return
        claimed = self.claims.bitfield
        if claimed is not None and claimed.spare_bits:
            self._odd("spare_bits", f"{claimed.spare_bits:#04x} behind piece {claimed.n_pieces - 1}")
        self._claim(ClaimHow.BITFIELD, claimed)

    def _have_all(self, _: peerwire.HaveAll) -> None:
        if self._first_claim(fast=True):
            self.claims.declare_all()
            self._claim(ClaimHow.HAVE_ALL, self.claims.bitfield)

    def _have_none(self, _: peerwire.HaveNone) -> None:
        if self._first_claim(fast=True):
            self._claim(ClaimHow.HAVE_NONE, self.claims.bitfield)

    def _first_claim(self, fast: bool = False) -> bool:
        """BEP 6: one of bitfield, have_all, have_none, once. A second one is kept as an oddity only."""
        if fast and not self.fast:
            self._odd("fast_not_agreed", "have_all or have_none without the fast extension on both sides")
        if self._declared:
            self._odd("second_claim", "a second bitfield, have_all or have_none")
        return not self._declared

    def _claim(self, how: ClaimHow, claimed: Bitfield | None) -> None:
        self._declared = True
        self._facts.append(ClaimSeen(how, claimed, self.claims.count))

    def _have(self, message: peerwire.Have) -> None:
        try:
            new = self.claims.have(message.piece)
        except ValueError as error:
            self._odd("have_out_of_range", str(error))
            return
        if not new:
            self._odd("repeated_have", f"piece {message.piece}")
        self._facts.append(HaveSeen(message.piece, new, self.claims.count))

    def _piece(self, message: peerwire.Piece) -> None:
        if self._assembly is None:
            self._odd("unrequested_block", f"piece {message.index}, nothing can have been asked")
            return
        facts = self._assembly.arrived(message.index, message.begin, message.data)
        if isinstance(facts[0], BlockSeen) and self.torrent is not None and self.torrent.trees:
            facts[1:1] = self._leaves_of(self.torrent).block(message.index, message.begin, message.data)
        self._take_facts(facts)

    def _take_facts(self, facts: list[Fact]) -> None:
        for fact in facts:
            if isinstance(fact, AnomalySeen):
                self._odd(fact.anomaly.kind, fact.anomaly.detail)
            else:
                self._facts.append(fact)

    def _leaves_of(self, torrent: Torrent) -> Leaves:
        if self._leaves is None:
            self._leaves = Leaves(torrent)
        return self._leaves

    def _hashes(self, message: Hashes | HashReject) -> None:
        """Also where the torrent has no trees: then nothing was asked, and it is an oddity."""
        if self.torrent is None:
            self._odd("unrequested_hashes", "of a torrent that is not known")
        elif isinstance(message, Hashes):
            self._take_facts(self._leaves_of(self.torrent).arrived(message))
        else:
            self._take_facts(self._leaves_of(self.torrent).rejected(message))

    def _hash_request(self, message: HashRequest) -> None:
        self._odd("asks_of_us", f"hashes of {message.root.hex()[:16]}, though we said that we have none")
        self._facts.append(HashesAsked(message))

    def _interested(self, _: peerwire.Interested) -> None:
        self._facts.append(InterestSeen(True))

    def _not_interested(self, _: peerwire.NotInterested) -> None:
        self._facts.append(InterestSeen(False))

    def _port(self, message: peerwire.Port) -> None:
        self._facts.append(DhtPortSeen(message.port))

    def _suggest(self, message: peerwire.Suggest) -> None:
        self._facts.append(SuggestSeen(message.piece))

    def _choke(self, _: peerwire.Choke) -> None:
        self._facts.append(ChokeSeen(True))

    def _unchoke(self, _: peerwire.Unchoke) -> None:
        self._facts.append(ChokeSeen(False))

    def _allowed_fast(self, message: peerwire.AllowedFast) -> None:
        if not 0 <= message.piece < self.claims.max_pieces:
            self._odd("allowed_fast_out_of_range", f"piece {message.piece}")
            return
        if len(self.allowed_fast) < MAX_ALLOWED_FAST:
            self.allowed_fast.append(message.piece)
        self._facts.append(AllowedFastSeen(message.piece))

    def _reject(self, message: peerwire.Reject) -> None:
        self._facts.append(RejectSeen(message.index, message.begin, message.length))

    def _request(self, message: peerwire.Request) -> None:
        self._odd("asks_of_us", f"piece {message.index}, though we said that we have none")

    def _extended(self, message: peerwire.Extended) -> None:
        if message.number != 0:
            for found in self._extended_of.heard(message, names_of(self._our_offer)):
                if isinstance(found, DontHave):
                    self._lose(found.piece)
                else:
                    self._take_facts([found])
            return
        self._extension = None
        self._extension_raw = self._peer_offer = message.payload
        self._facts.append(ExtensionSeen(message.payload))

    def _lose(self, piece: int) -> None:
        try:
            lost = self.claims.lose(piece)
        except ValueError as error:
            self._odd("donthave_out_of_range", str(error))
            return
        if lost:
            self._facts.append(LostSeen(piece, self.claims.count))
        else:
            self._odd("donthave_unclaimed", f"piece {piece}")

    def _unknown(self, message: peerwire.Unknown) -> None:
        self._odd("unknown_message", f"id {message.id}, {len(message.payload)} bytes")

    def _odd(self, kind: str, detail: str) -> None:
        self.odd[kind] += 1
        if self.odd.total() <= MAX_ANOMALIES:
            self._facts.append(AnomalySeen(Anomaly(kind, detail)))

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

        Of our messages only the handshakes and what we asked for matter: they tell an answer from unasked
        data, and what the peer's numbers of extensions mean.
        """
        if isinstance(message, peerwire.Request):
            if self._assembly is not None:
                self._assembly.asked(message.index, message.begin, message.length)
        elif isinstance(message, peerwire.Extended):
            if message.number == 0:
                self._our_offer = message.payload
            else:
                self._extended_of.said(message, names_of(self._peer_offer))
        elif isinstance(message, HashRequest):
            if self.torrent is not None:
                self._leaves_of(self.torrent).asked(message)
        elif isinstance(message, peerwire.Handshake):
            self._we_shook = True
            self._our_fast = bool(message.reserved[7] & FAST)
            self._our_peer_id = message.peer_id
            if self._asked_hash is None:
                self._asked_hash = message.info_hash
                self._know(self._torrents(message.info_hash))


_READERS: dict[type, Callable[..., None]] = {
    peerwire.BitfieldMessage: PeerTranscript._bitfield,
    peerwire.HaveAll: PeerTranscript._have_all,
    peerwire.HaveNone: PeerTranscript._have_none,
    peerwire.Have: PeerTranscript._have,
    peerwire.Piece: PeerTranscript._piece,
    peerwire.Choke: PeerTranscript._choke,
    peerwire.Unchoke: PeerTranscript._unchoke,
    peerwire.AllowedFast: PeerTranscript._allowed_fast,
    peerwire.Reject: PeerTranscript._reject,
    peerwire.Request: PeerTranscript._request,
    peerwire.Extended: PeerTranscript._extended,
    Hashes: PeerTranscript._hashes,
    HashReject: PeerTranscript._hashes,
    HashRequest: PeerTranscript._hash_request,
    peerwire.Interested: PeerTranscript._interested,
    peerwire.NotInterested: PeerTranscript._not_interested,
    peerwire.Port: PeerTranscript._port,
    peerwire.Suggest: PeerTranscript._suggest,
    peerwire.Unknown: PeerTranscript._unknown,
}
