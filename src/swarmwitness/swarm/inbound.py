# SPDX-License-Identifier: Apache-2.0
"""A peer that came to us: its first bytes decide what it speaks and what about; until then we say nothing.

Theory of operation: BitTorrent's own handshake names the torrent in the open. Anything else can be
the key of an encrypted exchange, which names it to whoever knows it; then, and only then, our key is
recorded and sent. A torrent that is not watched is answered by hanging up. It says nothing about the
caller: ports are reused, and more than a third of all calls were seen to be for an earlier tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from swarmwitness.swarm.commands import Close, Command, Send
from swarmwitness.swarm.facts import Connected, KeyedExchange
from swarmwitness.swarm.mse.encrypted import Talk, carried, remark
from swarmwitness.swarm.mse.exchange import Responder
from swarmwitness.swarm.mse.keys import KEY_BYTES, among
from swarmwitness.swarm.mse.reading import RESPONDER
from swarmwitness.swarm.patience import Limits
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.swarm.transcript import PROTOCOL, PeerTranscript
from swarmwitness.terms import Endpoint, Instant

NAMED_BYTES = 48
"""Up to here a handshake names its torrent; some wait for an answer before they tell their peer_id."""
UNWATCHED = "unwatched_info_hash"
Make = Callable[[Torrent], Talk | None]


def speaks_bittorrent(first: bytes) -> bool | None:
    """Whether a stream begins with BitTorrent's handshake; None while it may still."""
    if first[: len(PROTOCOL)] != PROTOCOL[: len(first)]:
        return False
    return True if len(first) >= len(PROTOCOL) else None


def speaks_text(first: bytes) -> bool:
    """Whether it is HTTP, SSH or the like: as a public key twenty such bytes come once in 2^27."""
    head = first[:20]
    return len(head) == 20 and all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in head)


class InboundDialogue:
    """One inbound conversation, from its first byte.

    Args:
        torrents: What is watched, by the 20 bytes of a handshake.
        watched: All of it, asked anew for each encrypted exchange.
        make: The conversation about a torrent, one that listens first; None = not with this peer now.
        limits: `handshake_ns` bounds the time until the peer has named a torrent.
        private: Our private key, 20 bytes of entropy, should the peer want an encrypted exchange.
        pads: `PAD_ENTROPY_BYTES` of entropy.
    """

    def __init__(
        self,
        torrents: Lookup,
        watched: Callable[[], Iterable[Torrent]],
        make: Make,
        *,
        limits: Limits,
        private: bytes,
        pads: bytes,
    ) -> None:
        self._torrents = torrents
        self._watched = watched
        self._make = make
        self._limits = limits
        self._entropy = private, pads
        self._transcript = PeerTranscript(torrents)
        self._ladder = Ladder(None)
        self._first = bytearray()
        self._connected: Instant | None = None
        self._exchange: Responder | None = None
        self.inner: Talk | None = None

    @property
    def torrent(self) -> Torrent | None:
        """What it is about; None while the peer has not said."""
        return None if self.inner is None else self.inner.torrent

    @property
    def transcript(self) -> PeerTranscript:
        """What was read."""
        return self._transcript if self.inner is None else self.inner.transcript

    @property
    def ladder(self) -> Ladder:
        """The rungs reached."""
        return self._ladder if self.inner is None else self.inner.ladder

    def connected(self, at: Instant) -> list[Command]:
        """Transport stands; we listen."""
        self._connected = at
        self._ladder.take(Connected(), at)
        return []

    def received(self, data: bytes, at: Instant) -> list[Command]:
        """The peer's bytes, in whatever portions."""
        if self._exchange is not None:
            return self._heard(self._exchange, data, at)
        if self.inner is not None:
            return list(self.inner.received(data, at))
        self._first += data
        plain = speaks_bittorrent(bytes(self._first))
        if plain:
            return self._plain(at)
        return [] if plain is None else self._encrypted(at)

    def tick(self, at: Instant) -> list[Command]:
        """Time passed."""
        if self.inner is not None:
            return self._carried(self.inner.tick(at))
        begun = self._connected
        if begun is not None and at.monotonic_ns - begun.monotonic_ns > self._limits.handshake_ns:
            return [Close("handshake_timeout")]
        return []

    def rendezvous(self, target: Endpoint, at: Instant) -> list[Command]:
        """Ask the peer to bring us together with `target` (BEP 55)."""
        return [] if self.inner is None else self._carried(self.inner.rendezvous(target, at))

    # In the open

    def _plain(self, at: Instant) -> list[Command]:
        if len(self._first) < NAMED_BYTES:
            return []
        info_hash = bytes(self._first[28:NAMED_BYTES])
        torrent = self._torrents(info_hash)
        if torrent is None:
            return self._unwatched()
        first = bytes(self._first)
        self._first.clear()
        return self._begin(torrent, at) + self._say_on(first, at)

    def _unwatched(self) -> list[Command]:
        """The peer wants a torrent that we do not watch: kept in the bytes, answered by nothing."""
        self._transcript.odd[UNWATCHED] += 1
        return [Close("unwatched")]

    def _begin(self, torrent: Torrent, at: Instant) -> list[Command]:
        """The conversation proper; its clock runs from when the peer came."""
        inner = self._make(torrent)
        if inner is None:
            return [Close("twice")]
        self.inner = inner
        return self._carried(inner.connected(self._connected or at))

    def _say_on(self, plain: bytes, at: Instant) -> list[Command]:
        return [] if self.inner is None else self._carried(self.inner.received(plain, at))

    # Encrypted

    def _encrypted(self, at: Instant) -> list[Command]:
        """Not BitTorrent in the open: a public key, or nothing that we know."""
        first = bytes(self._first)
        if speaks_text(first):
            return [Close("not_bittorrent")]
        if len(first) < KEY_BYTES:
            return []
        self._first.clear()
        private, pads = self._entropy
        self._exchange = Responder(among(self._watched), private, pads)
        if self._exchange.failure is not None:
            return [Close(self._exchange.failure)]
        return [remark(RESPONDER, private), *self._heard(self._exchange, first, at)]

    def _heard(self, exchange: Responder, data: bytes, at: Instant) -> list[Command]:
        out, plain = exchange.hear(data)
        commands: list[Command] = [Send(out)] if out else []
        if exchange.failure is not None:
            return commands + self._failed(exchange.failure)
        if exchange.keyed and self.inner is None and exchange.torrent is not None:
            commands += self._begin(exchange.torrent, at)
            self._learn(at)
        return commands + self._say_on(plain, at) if plain else commands

    def _learn(self, at: Instant) -> None:
        if self.inner is not None:
            self.inner.learn(KeyedExchange(), at)

    def _failed(self, outcome: str) -> list[Command]:
        return self._unwatched() if outcome == "unwatched" else [Close(outcome)]

    def _carried(self, commands: Sequence[Command]) -> list[Command]:
        return list(commands) if self._exchange is None else carried(commands, self._exchange)
