# SPDX-License-Identifier: Apache-2.0
"""What the messages of one conversation establish (BEP 3, 5, 6, 10, 52): messages in, facts out.

The peer's messages become facts; ours only tell what was asked, so that an answer can be told from a
gift nobody asked for, and what the peer's numbers of extensions mean. Nothing raises; what cannot
be read is an `AnomalySeen`. The streams below are transcript.py's.
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
    HashesAsked,
    HaveSeen,
    InterestSeen,
    LostSeen,
    RejectSeen,
    SuggestSeen,
)
from swarmwitness.swarm.leaves import Leaves
from swarmwitness.swarm.metadata import MAX_BYTES as METADATA_BYTES
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Anomaly, Bitfield, MalformedMessage
from swarmwitness.wire import peerwire
from swarmwitness.wire.donthave import DontHave
from swarmwitness.wire.hashes import Hashes, HashReject, HashRequest
from swarmwitness.wire.ltep import ExtensionHandshake

MAX_FIRST = 12
MAX_ALLOWED_FAST = 64
MAX_ANOMALIES = 32
"""Named one by one per conversation; `odd` counts them all."""
FAST = 0x04
"""BEP 6, in the last reserved byte."""
LTEP = 0x10
"""BEP 10, in the sixth reserved byte."""


class MessageReader:
    """What was read of one conversation so far.

    Attributes:
        torrent: What it is about; None = nothing that is watched.
        claims: What the peer says it has.
        handshake: The peer's.
        messages: How many of the peer's messages were read.
        odd: Kinds of anomaly -> how often.
        allowed_fast: Pieces that may be asked for while choked (BEP 6), in their order.
    """

    def __init__(self, torrent: Torrent | None) -> None:
        self._our_fast: bool | None = None
        self._declared = False
        self._leaves: Leaves | None = None
        self._first: list[bytes] = []
        self._our_offer = self._peer_offer = b""
        self._facts: list[Fact] = []
        self._extension: ExtensionHandshake | None = None
        self._extension_raw: bytes | None = None
        self.allowed_fast: list[int] = []
        self.handshake: peerwire.Handshake | None = None
        self.messages = 0
        self.odd: Counter[str] = Counter()
        self._know(torrent)

    def _know(self, torrent: Torrent | None) -> None:
        self.torrent: Torrent | None = torrent
        self.claims = Claims(None if torrent is None else torrent.n_pieces)
        self._extended_reading: ExtendedReading | None = None
        metainfo = None if torrent is None else torrent.metainfo
        self._assembly = None if metainfo is None else Assembly(metainfo)

    @property
    def fast(self) -> bool:
        """Whether both sides support the fast extension (BEP 6)."""
        return bool(self._our_fast) and self._peer_fast

    @property
    def _peer_fast(self) -> bool:
        return self.handshake is not None and bool(self.handshake.reserved[7] & FAST)

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
            if (self._extension.metadata_size or 0) > METADATA_BYTES:
                self.odd["metadata_size"] += 1
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
    def verified(self) -> frozenset[int]:
        """Pieces that this peer alone sent whole and that verify."""
        whole = self._leaves.whole if self._leaves else set()
        return frozenset(self._assembly.verified | whole) if self._assembly else frozenset()

    @property
    def outstanding(self) -> int:
        """Our requests that no block has answered."""
        return self._assembly.outstanding if self._assembly else 0

    # The peer's side

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
            self._said_anew(message.bits)
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
        elif self.claims.n_pieces is not None:
            self._said_anew(Bitfield.full(self.claims.n_pieces).raw)

    def _have_none(self, _: peerwire.HaveNone) -> None:
        if self._first_claim(fast=True):
            self._claim(ClaimHow.HAVE_NONE, self.claims.bitfield)

    def _first_claim(self, fast: bool = False) -> bool:
        """BEP 6: one of bitfield, have_all, have_none, once. A second one is an oddity."""
        # A peer that came to us may say all at once, before we have said what we support.
        if fast and not (self._peer_fast and self._our_fast is not False):
            self._odd("fast_not_agreed", "have_all or have_none without the fast extension on both sides")
        if self._declared:
            self._odd("second_claim", "a second bitfield, have_all or have_none")
        return not self._declared

    def _said_anew(self, bits: bytes) -> None:
        """What a second claim adds is read as HAVE for each piece: aria2 tells much growth at once so."""
        n_pieces = self.claims.n_pieces
        if n_pieces is None or len(bits) != (n_pieces + 7) // 8:
            return
        for piece in range(n_pieces):
            if bits[piece >> 3] & (0x80 >> (piece & 7)) and piece not in self.claims:
                self._have(peerwire.Have(piece))

    def _claim(self, how: ClaimHow, claimed: Bitfield | None) -> None:
        self._declared = True
        self._facts.append(ClaimSeen(how, claimed, self.claims.count))

    def _have(self, message: peerwire.Have) -> None:
        before = self.claims.count
        try:
            new = self.claims.have(message.piece)
        except ValueError as error:
            self._odd("have_out_of_range", str(error))
            return
        if self.claims.count == before:
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

    # Our side

    def _asked(self, message: peerwire.Message) -> None:
        """One of our messages; those that ask for something are remembered."""
        if isinstance(message, peerwire.Request):
            if self._assembly is not None:
                self._assembly.asked(message.index, message.begin, message.length)
        elif isinstance(message, peerwire.Extended):
            if message.number == 0:
                self._our_offer = message.payload
            else:
                self._extended_of.said(message, names_of(self._peer_offer))
        elif isinstance(message, HashRequest) and self.torrent is not None:
            self._leaves_of(self.torrent).asked(message)


_READERS: dict[type, Callable[..., None]] = {
    peerwire.BitfieldMessage: MessageReader._bitfield,
    peerwire.HaveAll: MessageReader._have_all,
    peerwire.HaveNone: MessageReader._have_none,
    peerwire.Have: MessageReader._have,
    peerwire.Piece: MessageReader._piece,
    peerwire.Choke: MessageReader._choke,
    peerwire.Unchoke: MessageReader._unchoke,
    peerwire.AllowedFast: MessageReader._allowed_fast,
    peerwire.Reject: MessageReader._reject,
    peerwire.Request: MessageReader._request,
    peerwire.Extended: MessageReader._extended,
    Hashes: MessageReader._hashes,
    HashReject: MessageReader._hashes,
    HashRequest: MessageReader._hash_request,
    peerwire.Interested: MessageReader._interested,
    peerwire.NotInterested: MessageReader._not_interested,
    peerwire.Port: MessageReader._port,
    peerwire.Suggest: MessageReader._suggest,
    peerwire.Unknown: MessageReader._unknown,
}
