# SPDX-License-Identifier: Apache-2.0
"""A conversation inside an encrypted exchange: the same words, in a sealed envelope.

Theory of operation: the inner conversation knows nothing of it. What it wants to say before the
exchange is over waits, and travels as initial payload where that is soon enough; its clock runs from
the beginning, so that its handshake limit covers the exchange. Every failure is an outcome:

    mse_plain        it answered with an unencrypted handshake
    mse_no_vc        its answer is keyed by nothing that we asked for (or it is no such client)
    mse_no_hash      (we were called) the caller's pad never ends
    mse_bad_key      its public key is none
    mse_bad_select   it selected what was not offered
    mse_bad_provide  (we were called) the caller offers nothing that can be spoken
    mse_bad_pad      a pad longer than 512 bytes
    mse_no_cipher    this machine's cryptography has no RC4: our lack, not the peer's
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from swarmwitness.swarm.commands import Close, Command, Conversation, Remark, Send
from swarmwitness.swarm.facts import Fact, KeyedExchange
from swarmwitness.swarm.mse.exchange import Initiator
from swarmwitness.swarm.mse.reading import INITIATOR
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PROTOCOL, PeerTranscript
from swarmwitness.terms import Endpoint, Instant


class Talk(Conversation, Protocol):
    """A conversation that can be carried: it takes facts from below, and can be asked for a favour."""

    def learn(self, fact: Fact, at: Instant) -> None:
        """Take a fact that the layer below established."""

    def rendezvous(self, target: Endpoint, at: Instant) -> Sequence[Command]:
        """Ask the peer to bring us together with another one (BEP 55)."""


class Channel(Protocol):
    """What a conversation is carried through."""

    def say(self, data: bytes) -> bytes:
        """What to send for these bytes now; nothing while they must wait."""


def carried(commands: Sequence[Command], channel: Channel) -> list[Command]:
    """The inner conversation's commands, its words encrypted."""
    out: list[Command] = []
    for command in commands:
        if not isinstance(command, Send):
            out.append(command)
        elif sealed := channel.say(command.data):
            out.append(Send(sealed))
    return out


def remark(role: str, private: bytes) -> Remark:
    """The note without which nobody could read the connection: our private key, made for it alone."""
    return Remark({"event": "mse", "role": role, "private": private.hex()})


class EncryptedDialogue:
    """An outbound conversation, encrypted.

    Args:
        inner: What is said inside; it must know its torrent.
        private: Our private key, 20 bytes of entropy, for this connection alone: it is recorded.
        pads: `PAD_ENTROPY_BYTES` of entropy for our pad.
        plain_ok: Offer to go on unencrypted after the exchange, too.
    """

    def __init__(self, inner: Talk, *, private: bytes, pads: bytes, plain_ok: bool = True) -> None:
        if inner.torrent is None:
            raise ValueError("whoever calls knows what about")
        self.inner = inner
        self._private = private
        self._exchange = Initiator(inner.torrent, private, pads, plain_ok=plain_ok)
        self._heard = b""
        self._told = False

    @property
    def torrent(self) -> Torrent | None:
        """What it is about."""
        return self.inner.torrent

    @property
    def transcript(self) -> PeerTranscript:
        """What was read inside."""
        return self.inner.transcript

    @property
    def ladder(self) -> Ladder:
        """The rungs reached."""
        return self.inner.ladder

    def connected(self, at: Instant) -> list[Command]:
        """Transport stands: our key goes out."""
        waiting = carried(self.inner.connected(at), self._exchange)
        if self._exchange.failure is not None:
            return [Close(self._exchange.failure)]
        return [remark(INITIATOR, self._private), Send(self._exchange.begin()), *waiting]

    def received(self, data: bytes, at: Instant) -> list[Command]:
        """The peer's bytes: of the exchange first, then of the conversation."""
        if self._answers_plainly(data):
            return [Close("mse_plain")]
        out, plain = self._exchange.hear(data)
        commands: list[Command] = [Send(out)] if out else []
        if self._exchange.keyed and not self._told:
            self._told = True
            self.inner.learn(KeyedExchange(), at)
        if plain:
            commands += carried(self.inner.received(plain, at), self._exchange)
        if self._exchange.failure is not None:
            commands.append(Close(self._exchange.failure))
        return commands

    def tick(self, at: Instant) -> list[Command]:
        """Time passed."""
        return carried(self.inner.tick(at), self._exchange)

    def learn(self, fact: Fact, at: Instant) -> None:
        """A fact from below."""
        self.inner.learn(fact, at)

    def rendezvous(self, target: Endpoint, at: Instant) -> list[Command]:
        """Ask the peer to bring us together with `target` (BEP 55)."""
        return carried(self.inner.rendezvous(target, at), self._exchange)

    def _answers_plainly(self, data: bytes) -> bool:
        """Whether its first bytes are BitTorrent's own: as a public key they come once in 2^160."""
        if len(self._heard) >= len(PROTOCOL):
            return False
        self._heard += data[: len(PROTOCOL)]
        return self._heard[: len(PROTOCOL)] == PROTOCOL
