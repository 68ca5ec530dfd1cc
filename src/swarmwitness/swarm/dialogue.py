# SPDX-License-Identifier: Apache-2.0
"""What we say to one peer, and when we leave: events in, commands out.

Theory of operation: the dialogue owns a passive `PeerTranscript` and a `Ladder`; it only decides.
It shakes hands, says truthfully who it is and that it has nothing, asks for the description where that
is unknown (metadata.py), for leaf hashes where they prove something (examiner.py) and for one whole
piece where that is allowed (errand.py), and then holds the line and listens. Time comes in with
each event. Whoever is silent, slow or loud beyond `Limits` is left, with an outcome that says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from swarmwitness.swarm.commands import Close, Command, Send
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.errand import Errand
from swarmwitness.swarm.examiner import Examiner
from swarmwitness.swarm.extensions import Rendezvous, Sayable, wrapped
from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    BlockSeen,
    ChallengeFailed,
    ChallengeMet,
    ChallengeRefused,
    ChokeSeen,
    ClaimSeen,
    Connected,
    DhtPortSeen,
    ExtensionSeen,
    Fact,
    HandshakeSeen,
    HashesAsked,
    HaveSeen,
    KeyedExchange,
    MetadataAsked,
    MetadataFailed,
    MetadataPart,
    MetadataRefused,
    MetadataSeen,
    PexSeen,
    PunchSeen,
    RejectSeen,
    Speaker,
)
from swarmwitness.swarm.metadata import MetadataErrand
from swarmwitness.swarm.offer import DEFAULT_OFFER, Offer, introduction
from swarmwitness.swarm.patience import Limits, Patience
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import FAST, LTEP, PeerTranscript
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.wire import metadata, peerwire
from swarmwitness.wire.hashes import HashReject
from swarmwitness.wire.metadata import MetadataReject

RESERVED = bytes([0, 0, 0, 0, 0, LTEP, 0, FAST])
MAX_ANSWERS = 16
"""Questions of one peer that are refused in words; further ones are recorded only."""
OnFact = Callable[[Fact, Instant], None]
TOLD = (
    PexSeen, MetadataSeen, PunchSeen, DhtPortSeen, KeyedExchange,
    ChallengeMet, ChallengeRefused, ChallengeFailed,
)  # fmt: skip
"""What whoever made the dialogue is told of, if it asks: facts that lead beyond this connection."""


class PeerDialogue:
    """One outbound conversation with one peer about one torrent.

    Args:
        peer_id: Our 20 bytes on this connection.
        choice: Entropy that picks among the pieces that may be asked for.
        listen_first: Wait `limits.listen_ns` for the peer to speak first: some clients hang up on
            whoever speaks at once.
        offer: What we offer and ask for.
        on_fact: Told each fact of a kind in `TOLD` as it is read.
    """

    def __init__(
        self,
        torrent: Torrent,
        *,
        peer_id: bytes,
        conduct: Conduct,
        limits: Limits,
        choice: int = 0,
        listen_first: bool = False,
        offer: Offer = DEFAULT_OFFER,
        on_fact: OnFact | None = None,
    ) -> None:
        self.torrent = torrent
        self._peer_id = peer_id
        self._conduct = conduct
        self._choice = choice
        self._patience = Patience(limits, torrent)
        self._offer = offer
        self._on_fact = on_fact
        self._errand: Errand | None = None
        self._metadata: MetadataErrand | None = None
        self._examiner = Examiner(torrent, choice) if offer.challenge and _challengeable(torrent) else None
        self._answers = 0
        self._listen_first = listen_first
        self._spoken = False
        self._now: Instant | None = None
        self._outbox: list[bytes] = []
        on_wire = torrent.info_hash.on_wire
        self.transcript = PeerTranscript(
            lambda asked: torrent if asked == on_wire else None, expected=on_wire, our_peer_id=peer_id
        )
        self.ladder = Ladder(torrent)

    def connected(self, at: Instant) -> list[Command]:
        """Transport stands."""
        self._now = at
        self._patience.connected(at)
        self.ladder.take(Connected(), at)
        return [] if self._listen_first else self._shake_now(at)

    def received(self, data: bytes, at: Instant) -> list[Command]:
        """The peer's bytes, in whatever portions."""
        self._now = at
        self._patience.received(len(data), at)
        commands = [] if self._spoken else self._shake_now(at)
        before = self.transcript.messages
        for fact in self.transcript.feed(Speaker.PEER, data):
            self.learn(fact, at)
            self._react(fact, at)
        self._patience.read(self.transcript, self.transcript.messages - before, at)
        commands += self._flush(at)
        outcome = self.transcript.broken or self._tired(at)
        return commands if outcome is None else [*commands, Close(outcome)]

    def tick(self, at: Instant) -> list[Command]:
        """Time passed; to be called every second or so."""
        self._now = at
        outcome = self._tired(at)
        if outcome is not None:
            return [Close(outcome)]
        if not self._spoken and self._patience.listened(at):
            return self._shake_now(at)
        if self._errand is not None and self._errand.stalled(at, self._patience.limits.block_ns):
            self._say_all(self._still_wanted(self._errand.give_up(), at))
        if self._metadata is not None:
            self._wrap_all(self._metadata.tick(at, self._patience.limits.block_ns))
        self._examine(at)
        if self._patience.silent_too_long(at):
            self._say(peerwire.KeepAlive())
        return self._flush(at)

    def learn(self, fact: Fact, at: Instant) -> None:
        """Take a fact, from the bytes or from a layer below them (an encrypted exchange)."""
        self.ladder.take(fact, at)
        if self._on_fact is not None and isinstance(fact, TOLD):
            self._on_fact(fact, at)

    def rendezvous(self, target: Endpoint, at: Instant) -> list[Command]:
        """Ask this peer to bring us together with `target` (BEP 55); nothing if it does not speak of that."""
        if self._offer.holepunch and self._conduct.fit_to_dial(target) is None:
            self._wrap_all([Rendezvous(target)])
        return self._flush(at)

    def _tired(self, at: Instant) -> str | None:
        return self._patience.exhausted(at, shaken=self.transcript.handshake is not None)

    # What we answer

    def _react(self, fact: Fact, at: Instant) -> None:
        match fact:
            case HandshakeSeen():
                self._introduce()
            case ExtensionSeen():
                self._seek_metadata(at)
            case BlockSeen(piece, _, length) if self._errand is not None:
                self._patience.asked_for(length)
                self._say_all(self._still_wanted(self._errand.arrived(fact, at), at))
            case ClaimSeen():
                self._examine(at)
                self._desire(at)
            case HaveSeen(piece):
                self._examine(at)
                if piece in self.torrent.askable:
                    self._desire(at)
            case ChokeSeen(choked):
                self._errand_of().choke(choked, fast=self.transcript.fast)
                self._desire(at)
            case AllowedFastSeen(piece):
                self._errand_of().allow(piece)
                self._desire(at)
            case RejectSeen() if self._errand is not None:
                self._errand.rejected(fact)
                self._desire(at)
            case _:
                self._react_to_extensions(fact, at)

    def _react_to_extensions(self, fact: Fact, at: Instant) -> None:
        match fact:
            case MetadataPart() | MetadataRefused() | MetadataFailed() | MetadataSeen():
                if isinstance(fact, MetadataPart):
                    self._patience.asked_for(fact.size)
                if self._metadata is not None:
                    self._wrap_all(self._metadata.moved(fact, at))
            case ChallengeMet() | ChallengeRefused() | ChallengeFailed() if self._examiner is not None:
                self._examiner.answered(fact)
            case PexSeen(added, dropped):
                self._patience.named(len(added) + len(dropped))
            case HashesAsked(request) if self._may_answer():
                self._say(HashReject.of(request))
            case MetadataAsked(piece) if self._may_answer():
                self._wrap_all([MetadataReject(piece)])
            case _:
                pass

    def _may_answer(self) -> bool:
        self._answers += 1
        return self._answers <= MAX_ANSWERS

    def _seek_metadata(self, at: Instant) -> None:
        """Ask for the description, where it is unknown and the peer says that it has one."""
        if self.torrent.metainfo is not None or not self._offer.metadata:
            return
        extension = self.transcript.extension
        if extension is None or not extension.m.get(metadata.NAME):
            return
        if self._metadata is None:
            self._metadata = MetadataErrand()
        self._wrap_all(self._metadata.begin(extension.metadata_size, at))

    def _examine(self, at: Instant) -> None:
        if self._examiner is not None:
            self._say_all(self._examiner.look(self.transcript.claims, at))

    def _errand_of(self) -> Errand:
        if self._errand is None:
            self._errand = Errand(self.torrent, self._choice)
        return self._errand

    def _desire(self, at: Instant) -> None:
        """Ask for one piece, if that may be done and the peer has one."""
        if self.torrent.pieces_allowed and self._conduct.may_want(at):
            extension = self.transcript.extension
            reqq = extension.reqq if extension is not None else None
            words = self._errand_of().pursue(self.transcript.claims, reqq, at)
            asked = next((word for word in words if isinstance(word, peerwire.Request)), None)
            if asked is not None and self._examiner is not None:
                self._say_all(self._examiner.before(asked.index, at))
            self._say_all(words)

    def _still_wanted(self, words: Iterable[peerwire.Message], at: Instant) -> Iterable[peerwire.Message]:
        """The authority may end in the midst of a piece: then nothing more of it is asked for."""
        over = not self._conduct.may_want(at)
        return (word for word in words if not (over and isinstance(word, peerwire.Request)))

    def _shake_now(self, at: Instant) -> list[Command]:
        self._spoken = True
        handshake = peerwire.Handshake(RESERVED, self.torrent.info_hash.on_wire, self._peer_id)
        self._conduct.allow(handshake, self.torrent)
        self.transcript.said(handshake)
        self._outbox.append(handshake.to_wire())
        return self._flush(at)

    def _introduce(self) -> None:
        """Who we are and that we have nothing, in the words that the peer knows."""
        handshake = self.transcript.handshake
        if handshake is None:
            return
        if self.transcript.fast:
            self._say(peerwire.HaveNone())
        if handshake.reserved[5] & LTEP:
            message, data = introduction(self._conduct.client, self._offer, self.torrent.private)
            self._conduct.allow(message, self.torrent)
            self.transcript.said(message)
            self._outbox.append(data)

    def _say_all(self, messages: Iterable[peerwire.Message]) -> None:
        for message in messages:
            self._say(message)

    def _wrap_all(self, messages: Iterable[Sayable]) -> None:
        """The only way out for a message of an extension; nothing to a peer that does not speak it."""
        extension = self.transcript.extension
        numbers = {} if extension is None else extension.m
        for message in messages:
            self._conduct.allow(message, self.torrent)
            said = wrapped(message, numbers)
            if said is not None:
                self.transcript.said(said)
                self._outbox.append(peerwire.encode(said))

    def _say(self, message: peerwire.Message) -> None:
        """The only way out for a message."""
        self._conduct.allow(message, self.torrent, self._now)
        self.transcript.said(message)
        self._outbox.append(peerwire.encode(message))

    def _flush(self, at: Instant) -> list[Command]:
        if not self._outbox:
            return []
        data = b"".join(self._outbox)
        self._outbox.clear()
        self._patience.spoke(at)
        return [Send(data)]


def _challengeable(torrent: Torrent) -> bool:
    """Only where peers speak BEP 52: libtorrent hangs up on whoever asks for hashes under the v1 name."""
    return torrent.speaks_v2 and any(tree.secret for tree in torrent.trees.values())
