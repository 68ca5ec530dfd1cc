# SPDX-License-Identifier: Apache-2.0
"""What we say to one peer, and when we leave: events in, commands out.

Theory of operation: the dialogue owns a passive `PeerTranscript` and a `Ladder`; it only decides.
It shakes hands, says truthfully who it is and that it has nothing, asks for one whole piece where
that is allowed, and then holds the line and listens for HAVE. Time comes in with each event.
Whoever is silent, slow or loud beyond `Limits` is left, with an outcome that says why.
"""

from __future__ import annotations

from functools import lru_cache

from swarmwitness.swarm.commands import Close, Command, Send
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.errand import Errand
from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    BlockSeen,
    ChokeSeen,
    ClaimSeen,
    Connected,
    Fact,
    HandshakeSeen,
    HaveSeen,
    PieceFailed,
    PieceVerified,
    RejectSeen,
    Speaker,
)
from swarmwitness.swarm.patience import Limits, Patience
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import FAST, LTEP, PeerTranscript
from swarmwitness.terms import Instant
from swarmwitness.wire import peerwire
from swarmwitness.wire.ltep import ExtensionHandshake

RESERVED = bytes([0, 0, 0, 0, 0, LTEP, 0, FAST])
OUR_REQQ = 1
"""How many requests we would queue: none could be served; 1 is the least that clients read as a number."""


@lru_cache(maxsize=8)
def _introduction(client: str) -> tuple[peerwire.Extended, bytes]:
    """Our extension handshake: no extension is offered, so none has to be served."""
    message = peerwire.Extended(0, ExtensionHandshake(v=client, reqq=OUR_REQQ).to_wire())
    return message, peerwire.encode(message)


class PeerDialogue:
    """One outbound conversation with one peer about one torrent.

    Args:
        peer_id: Our 20 bytes on this connection.
        choice: Entropy that picks among the pieces that may be asked for.
        listen_first: Wait `limits.listen_ns` for the peer to speak first: some clients hang up on
            whoever speaks at once.
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
    ) -> None:
        self.torrent = torrent
        self._peer_id = peer_id
        self._conduct = conduct
        self._choice = choice
        self._patience = Patience(limits, torrent)
        self._errand: Errand | None = None
        self._listen_first = listen_first
        self._spoken = False
        self._outbox: list[bytes] = []
        on_wire = torrent.info_hash.on_wire
        self.transcript = PeerTranscript(
            lambda asked: torrent if asked == on_wire else None, expected=on_wire, our_peer_id=peer_id
        )
        self.ladder = Ladder(torrent)

    def connected(self, at: Instant) -> list[Command]:
        """Transport stands."""
        self._patience.connected(at)
        self.ladder.take(Connected(), at)
        return [] if self._listen_first else self._shake_now(at)

    def received(self, data: bytes, at: Instant) -> list[Command]:
        """The peer's bytes, in whatever portions."""
        self._patience.received(len(data), at)
        commands = [] if self._spoken else self._shake_now(at)
        before = self.transcript.messages
        for fact in self.transcript.feed(Speaker.PEER, data):
            self.ladder.take(fact, at)
            self._react(fact, at)
        self._patience.read(self.transcript, self.transcript.messages - before, at)
        commands += self._flush(at)
        outcome = self.transcript.broken or self._tired(at)
        return commands if outcome is None else [*commands, Close(outcome)]

    def tick(self, at: Instant) -> list[Command]:
        """Time passed; to be called every second or so."""
        outcome = self._tired(at)
        if outcome is not None:
            return [Close(outcome)]
        if not self._spoken and self._patience.listened(at):
            return self._shake_now(at)
        if self._errand is not None and self._errand.stalled(at, self._patience.limits.block_ns):
            self._say_all(self._errand.give_up())
        if self._patience.silent_too_long(at):
            self._say(peerwire.KeepAlive())
        return self._flush(at)

    def _tired(self, at: Instant) -> str | None:
        return self._patience.exhausted(at, shaken=self.transcript.handshake is not None)

    # What we answer

    def _react(self, fact: Fact, at: Instant) -> None:
        match fact:
            case HandshakeSeen():
                self._introduce()
            case BlockSeen(piece, _, length) if self._errand is not None:
                self._patience.asked_for(length)
                self._say_all(self._errand.arrived(fact, at))
            case ClaimSeen():
                self._desire(at)
            case HaveSeen(piece) if piece in self.torrent.askable:
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
            case PieceVerified() | PieceFailed() if self._errand is not None:
                self._say_all(self._errand.finished())
            case _:
                pass

    def _errand_of(self) -> Errand:
        if self._errand is None:
            self._errand = Errand(self.torrent, self._choice)
        return self._errand

    def _desire(self, at: Instant) -> None:
        """Ask for one piece, if that may be done and the peer has one."""
        if self.torrent.pieces_allowed:
            extension = self.transcript.extension
            reqq = extension.reqq if extension is not None else None
            self._say_all(self._errand_of().pursue(self.transcript.claims, reqq, at))

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
            message, data = _introduction(self._conduct.client)
            self._conduct.allow(message, self.torrent)
            self._outbox.append(data)

    def _say_all(self, messages: list[peerwire.Message]) -> None:
        for message in messages:
            self._say(message)

    def _say(self, message: peerwire.Message) -> None:
        """The only way out for a message."""
        self._conduct.allow(message, self.torrent)
        self.transcript.said(message)
        self._outbox.append(peerwire.encode(message))

    def _flush(self, at: Instant) -> list[Command]:
        if not self._outbox:
            return []
        data = b"".join(self._outbox)
        self._outbox.clear()
        self._patience.spoke(at)
        return [Send(data)]
