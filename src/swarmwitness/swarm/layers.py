# SPDX-License-Identifier: Apache-2.0
"""From what crossed the network to the peer-wire bytes of both sides: the layers under a transcript, read.

Theory of operation: a sealed connection holds raw bytes: TCP portions or uTP datagrams, encrypted or
not. Each layer is a passive reader of both directions. A replay asks nothing but the log, so what
a layer needs beside the bytes (our private key of an encrypted exchange) is a note of ours in it.
Of a peer that came to us the first bytes may be a key, and the note stands behind them: bytes that
are not BitTorrent's in the open are held until it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from swarmwitness.swarm.facts import Fact, KeyedExchange, Speaker
from swarmwitness.swarm.inbound import speaks_bittorrent
from swarmwitness.swarm.mse.reading import KeyedReader
from swarmwitness.swarm.mse.streams import MAX_HELD_BYTES
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.utp.reassembly import Reassembly

Portion = tuple[Speaker, bytes]
"""Who speaks, and the next bytes of their stream."""


class Layers:
    """The layers of one connection.

    Args:
        transport: `tcp` or `utp`.
        inbound: Whether the peer came to us, so that it alone decides how it speaks.
    """

    def __init__(self, transport: str = "tcp", *, inbound: bool = False) -> None:
        self.transport = transport
        self._datagrams = Reassembly() if transport == "utp" else None
        self._undecided: bytearray | None = bytearray() if inbound else None
        self._keyed: KeyedReader | None = None
        self._told = False

    @property
    def name(self) -> str:
        """As rows name it: tcp, utp, tcp+mse, utp+mse."""
        return self.transport if self._keyed is None else f"{self.transport}+mse"

    @property
    def odd(self) -> Counter[str]:
        """Kinds of oddities of the peer's datagrams -> how often."""
        return Counter() if self._datagrams is None else self._datagrams.odd

    @property
    def torrent(self) -> Torrent | None:
        """What an encrypted exchange is keyed by, once the peer proved that it knows it."""
        return self._keyed.torrent if self._keyed is not None and self._keyed.keyed else None

    @property
    def unwatched(self) -> bool:
        """Whether the peer asked by encrypted exchange for a torrent that is not watched."""
        return self._keyed is not None and self._keyed.unwatched is not None

    def keyed(self, role: str, private: bytes, torrents: Callable[[], Iterable[Torrent]]) -> list[Portion]:
        """The connection is encrypted: our role, and our private key of it.

        Args:
            torrents: What it can be about.

        Raises:
            ValueError: no such role.
        """
        self._keyed = KeyedReader(role, private, torrents)
        held, self._undecided = bytes(self._undecided or b""), None
        return self._keyed.feed(Speaker.PEER, held)

    def feed(self, speaker: Speaker, raw: bytes) -> list[Portion]:
        """What these bytes add to either stream."""
        return self._open(self._transported(speaker, raw))

    def facts(self) -> list[Fact]:
        """What the layers established since they were asked last; it comes before the bytes read with it."""
        if self._told or self._keyed is None or not self._keyed.keyed:
            return []
        self._told = True
        return [KeyedExchange()]

    def _transported(self, speaker: Speaker, raw: bytes) -> list[Portion]:
        if self._datagrams is None:
            return [(speaker, raw)]
        data = self._datagrams.feed(speaker, raw)
        return [(speaker, data)] if data else []

    def _open(self, portions: list[Portion]) -> list[Portion]:
        """Through the encryption, if there is one."""
        if self._keyed is not None:
            keyed = self._keyed
            return [read for portion in portions for read in keyed.feed(*portion)]
        if self._undecided is None:
            return portions
        return [read for portion in portions for read in self._decided(*portion)]

    def _decided(self, speaker: Speaker, data: bytes) -> list[Portion]:
        """The bytes of a peer that came to us, as soon as they are known to be no key."""
        first = self._undecided
        if first is None or speaker is Speaker.US:
            return [(speaker, data)]
        first += data[: MAX_HELD_BYTES - len(first)]
        if not speaks_bittorrent(bytes(first[:20])):
            return []
        self._undecided = None
        return [(speaker, bytes(first))]
