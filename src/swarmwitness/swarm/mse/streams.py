# SPDX-License-Identifier: Apache-2.0
"""What each side of an encrypted exchange sends, read byte by byte: the same reader live and in a replay.

Theory of operation: either side's stream is a fixed sequence of parts, two of which (PadA, PadB) are
of unknown length and end at a mark that can be computed. A reader takes its stream in whatever
portions, waits where a part is incomplete or where something must first be known (the secret, the
torrent, what was selected), and gives the plaintext behind the exchange. It holds at most the longest
legal part; beyond that the stream is `broken`, with the word that becomes the outcome.

    initiator  Y(96) PadA(0-512) mark(20) veil(20) ENC( VC(8) provide(4) lenC(2) PadC lenIA(2) IA ) payload
    responder  Y(96) PadB(0-512)                   ENC( VC(8) select(4)  lenD(2) PadD )             payload
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from swarmwitness.swarm.mse.keys import (
    KEY_BYTES,
    MAX_PAD_BYTES,
    PLAIN,
    RC4,
    Resolve,
    cipher_key,
    mark,
    sound,
    veil,
)
from swarmwitness.swarm.mse.rc4 import Rc4
from swarmwitness.swarm.torrent import Torrent

MARK_BYTES = 20
VC = bytes(8)
MAX_HELD_BYTES = 1 << 20
"""A replay waits for the other side's bytes before it can read on; our own log makes it wait for one read."""


class Stream(ABC):
    """One side's bytes.

    Attributes:
        public: Its public key, once it is here.
        torrent: What it is about, once that is known.
        keyed: Whether it proved that it knows the torrent: its VC came out right.
        selected: How the payload goes on, once that is known.
        broken: Why it cannot be read on.
    """

    letter = b""

    def __init__(self) -> None:
        self.public: bytes | None = None
        self.keyed = False
        self.broken: str | None = None
        self.selected: int | None = None
        self._secret: bytes | None = None
        self.torrent: Torrent | None = None
        self._cipher: Rc4 | None = None
        self._held = bytearray()
        self._part: Callable[[], bytes | None] = self._key

    def feed(self, data: bytes) -> bytes:
        """The plaintext that these bytes bring."""
        if self.broken is not None:
            return b""
        self._held += data
        plain = self.read_on()
        if len(self._held) > MAX_HELD_BYTES:
            self._break("mse_out_of_order")
        return plain

    def read_on(self) -> bytes:
        """The plaintext that can be read of what is held, with what is known by now."""
        plain = bytearray()
        while self.broken is None and (read := self._part()) is not None:
            plain += read
        return bytes(plain)

    def shared(self, secret: bytes) -> None:
        """The secret is known."""
        self._secret = secret

    def about(self, torrent: Torrent) -> None:
        """It is known what the exchange is about (after the secret)."""
        self.torrent = torrent
        if self._secret is None:
            raise ValueError("the secret comes first")
        self._cipher = Rc4(cipher_key(self.letter, self._secret, torrent.info_hash.on_wire))

    def _key(self) -> bytes | None:
        if len(self._held) < KEY_BYTES:
            return None
        self.public = self._take(KEY_BYTES)
        if not sound(self.public):
            return self._break("mse_bad_key")
        self._part = self._behind_pad
        return b""

    @abstractmethod
    def _behind_pad(self) -> bytes | None:
        """What stands behind the other's pad, by the role of who speaks; None while more is to come."""

    def _payload(self) -> bytes | None:
        if not self._held or self.selected is None:
            return None
        data = self._take(len(self._held))
        return self._decrypted(data) if self.selected == RC4 else data

    def _found(self, wanted: bytes) -> bool | None:
        """Whether the pad ends at these bytes; None while more may come."""
        at = self._held.find(wanted, 0, MAX_PAD_BYTES + len(wanted))
        if at >= 0:
            self._take(at + len(wanted))
            return True
        return None if len(self._held) < MAX_PAD_BYTES + len(wanted) else False

    def _take(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken

    def _decrypted(self, data: bytes) -> bytes:
        if self._cipher is None:
            raise ValueError("nothing can be decrypted before it is known what the exchange is about")
        return self._cipher.pass_through(data)

    def _break(self, why: str) -> bytes:
        """Nothing more can be read; no plaintext."""
        self.broken = why
        self._held.clear()
        return b""


class InitiatorStream(Stream):
    """What the side that opened the connection sends.

    Args:
        resolve: Which torrent it means, by HASH('req2', SKEY).

    Attributes:
        unwatched: HASH('req2', SKEY) of a torrent that `resolve` does not know.
        provided: Its crypto_provide, once the exchange is read up to the initial payload.
    """

    letter = b"A"

    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self._resolve = resolve
        self._offered = 0
        self._pad_bytes = 0
        self._initial_bytes = 0
        self.unwatched: bytes | None = None
        self.provided: int | None = None

    def _behind_pad(self) -> bytes | None:
        if self._secret is None:
            return None
        found = self._found(mark(self._secret))
        if found is False:
            return self._break("mse_no_hash")
        if found:
            self._part = self._name
        return b"" if found else None

    def _name(self) -> bytes | None:
        if len(self._held) < MARK_BYTES or self._secret is None:
            return None
        name = veil(self._secret, self._take(MARK_BYTES))
        torrent = self._resolve(name)
        if torrent is None:
            self.unwatched = name
            return self._break("unwatched")
        self.about(torrent)
        self._part = self._offer
        return b""

    def _offer(self) -> bytes | None:
        if len(self._held) < 14:
            return None
        head = self._decrypted(self._take(14))
        if head[:8] != VC:
            return self._break("mse_no_vc")
        self.keyed = True
        self._offered = int.from_bytes(head[8:12], "big")
        self._pad_bytes = int.from_bytes(head[12:], "big")
        if self._pad_bytes > MAX_PAD_BYTES:
            return self._break("mse_bad_pad")
        self._part = self._behind_pad_c
        return b""

    def _behind_pad_c(self) -> bytes | None:
        if len(self._held) < self._pad_bytes + 2:
            return None
        self._initial_bytes = int.from_bytes(self._decrypted(self._take(self._pad_bytes + 2))[-2:], "big")
        self.provided = self._offered
        self._part = self._initial
        return b""

    def _initial(self) -> bytes | None:
        """The initial payload is encrypted whatever is selected for what follows."""
        if not self._initial_bytes:
            self._part = self._payload
            return b""
        data = self._take(min(self._initial_bytes, len(self._held)))
        self._initial_bytes -= len(data)
        return self._decrypted(data) if data else None


class ResponderStream(Stream):
    """What the side that was called sends.

    Args:
        offered: The initiator's crypto_provide, where it is known: what may be selected.
    """

    letter = b"B"

    def __init__(self, offered: int = PLAIN | RC4) -> None:
        super().__init__()
        self._may_select = offered
        self._chosen = 0
        self._pad_bytes = 0
        self._vc: bytes | None = None

    def _behind_pad(self) -> bytes | None:
        if self._cipher is None:
            return None
        if self._vc is None:
            self._vc = self._decrypted(VC)
        found = self._found(self._vc)
        if found is False:
            return self._break("mse_no_vc")
        if found:
            self.keyed = True
            self._part = self._choice
        return b"" if found else None

    def _choice(self) -> bytes | None:
        if len(self._held) < 6:
            return None
        head = self._decrypted(self._take(6))
        self._chosen, self._pad_bytes = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
        if self._chosen not in (PLAIN, RC4) or not self._chosen & self._may_select:
            return self._break("mse_bad_select")
        if self._pad_bytes > MAX_PAD_BYTES:
            return self._break("mse_bad_pad")
        self._part = self._behind_pad_d
        return b""

    def _behind_pad_d(self) -> bytes | None:
        if len(self._held) < self._pad_bytes:
            return None
        if self._pad_bytes:
            self._decrypted(self._take(self._pad_bytes))
        self.selected = self._chosen
        self._part = self._payload
        return b""
