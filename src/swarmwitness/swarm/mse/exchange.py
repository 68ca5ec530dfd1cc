# SPDX-License-Identifier: Apache-2.0
"""Holding an encrypted exchange, as the side that calls and as the side that is called: bytes in, bytes out.

Theory of operation: what the peer sends is read by a `Stream`; what we send follows from how far it
has been read. What is to be said before it can be said is queued: the initiator's queue travels as
initial payload (IA), so that the exchange costs no round trip more than it must.
"""

from __future__ import annotations

from swarmwitness.swarm.mse.keys import (
    PLAIN,
    RC4,
    Resolve,
    cipher_key,
    mark,
    named,
    pad_of,
    public_of,
    secret_of,
    veil,
)
from swarmwitness.swarm.mse.rc4 import Rc4, has_rc4
from swarmwitness.swarm.mse.streams import VC, InitiatorStream, ResponderStream, Stream
from swarmwitness.swarm.torrent import Torrent

MAX_INITIAL_BYTES = 0xFFFF
Heard = tuple[bytes, bytes]
"""(what must be sent now, plaintext that came)"""


class Exchange:
    """What both roles share.

    Args:
        peer: Reads the peer's side.
        private: Our private key, 20 bytes of entropy, for this connection alone.
        pads: Entropy for our pad, `PAD_ENTROPY_BYTES`; less makes the pad shorter.
    """

    def __init__(self, peer: Stream, private: bytes, pads: bytes) -> None:
        self._peer = peer
        self._private = private
        self._pads = pads
        self._secret: bytes | None = None
        self._cipher: Rc4 | None = None
        self._queue = bytearray()
        self._settled: int | None = None
        self._failure = None if has_rc4() else "mse_no_cipher"

    @property
    def failure(self) -> str | None:
        """Why the exchange came to nothing, as an outcome."""
        return self._failure or self._peer.broken

    @property
    def keyed(self) -> bool:
        """Whether the peer proved that it knows the torrent."""
        return self._peer.keyed

    def say(self, data: bytes) -> bytes:
        """What to send for these bytes: nothing yet while the exchange is under way."""
        if self._settled is None:
            self._queue += data
            return b""
        return data if self._settled == PLAIN else self._encrypted(data)

    def _hello(self) -> bytes:
        """Our key and pad; computed when it is sent, since most of those who are dialled never answer."""
        return public_of(self._private) + pad_of(self._pads)

    def _share(self) -> bytes | None:
        """The secret, at the moment at which it becomes known."""
        public = self._peer.public
        if public is None or self._secret is not None or self.failure is not None:
            return None
        self._secret = secret_of(self._private, public)
        self._peer.shared(self._secret)
        return self._secret

    def _settle(self, selected: int) -> bytes:
        """The exchange is over: what was queued goes out."""
        self._settled = selected
        queued = bytes(self._queue)
        self._queue.clear()
        return self.say(queued) if queued else b""

    def _encrypted(self, data: bytes) -> bytes:
        if self._cipher is None:
            raise ValueError("there is no key yet")
        return self._cipher.pass_through(data)


class Initiator(Exchange):
    """The side that calls.

    Args:
        torrent: What the exchange is keyed by.
        plain_ok: Offer to go on unencrypted after the exchange, too.
    """

    def __init__(self, torrent: Torrent, private: bytes, pads: bytes, *, plain_ok: bool = True) -> None:
        self._provide = RC4 | PLAIN if plain_ok else RC4
        self._responder = ResponderStream(self._provide)
        super().__init__(self._responder, private, pads)
        self._torrent = torrent

    def begin(self) -> bytes:
        """Our first bytes."""
        return self._hello()

    def hear(self, data: bytes) -> Heard:
        """The peer's bytes, in whatever portions."""
        plain = self._peer.feed(data)
        out = b""
        secret = self._share()
        if secret is not None:
            out = self._offer(secret)
            plain += self._peer.read_on()
        if self._responder.selected is not None and self._settled is None:
            out += self._settle(self._responder.selected)
        return out, plain

    def _offer(self, secret: bytes) -> bytes:
        """Which torrent, what we can speak, and as initial payload what waits to be said."""
        skey = self._torrent.info_hash.on_wire
        self._peer.about(self._torrent)
        self._cipher = Rc4(cipher_key(b"A", secret, skey))
        initial = bytes(self._queue[:MAX_INITIAL_BYTES])
        del self._queue[: len(initial)]
        offer = VC + self._provide.to_bytes(4, "big") + bytes(2) + len(initial).to_bytes(2, "big")
        return mark(secret) + veil(secret, named(skey)) + self._encrypted(offer + initial)


class Responder(Exchange):
    """The side that is called.

    Args:
        resolve: Finds the torrent that the caller means.
        plain_ok: Go on unencrypted where the caller offers nothing else.
    """

    def __init__(self, resolve: Resolve, private: bytes, pads: bytes, *, plain_ok: bool = True) -> None:
        self._caller = InitiatorStream(resolve)
        super().__init__(self._caller, private, pads)
        self._speakable = RC4 | PLAIN if plain_ok else RC4

    @property
    def torrent(self) -> Torrent | None:
        """What the caller means, once it has said."""
        return self._caller.torrent

    def hear(self, data: bytes) -> Heard:
        """The caller's bytes, in whatever portions."""
        plain = self._peer.feed(data)
        out = b""
        if self._share() is not None:
            out = self._hello()
            plain += self._peer.read_on()
        if self._caller.provided is not None and self._settled is None:
            out += self._choose(self._caller.provided)
            plain += self._peer.read_on()
        return out, plain

    def _choose(self, provided: int) -> bytes:
        """RC4 where it is offered: the caller who offers both may fear who reads along."""
        common = provided & self._speakable
        if not common or self._secret is None or self.torrent is None:
            self._failure = "mse_bad_provide"
            return b""
        selected = RC4 if common & RC4 else PLAIN
        self._cipher = Rc4(cipher_key(b"B", self._secret, self.torrent.info_hash.on_wire))
        choice = self._encrypted(VC + selected.to_bytes(4, "big") + bytes(2))
        self._peer.selected = selected
        return choice + self._settle(selected)
