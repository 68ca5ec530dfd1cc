# SPDX-License-Identifier: Apache-2.0
"""An encrypted exchange read from the log: both raw streams and our private key -> both plaintexts.

The readers are those of the live exchange, so the streams are the same; only how they are cut differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.mse.keys import KEY_BYTES, LEAST_PRIVATE_BYTES, among, secret_of
from swarmwitness.swarm.mse.rc4 import has_rc4
from swarmwitness.swarm.mse.streams import InitiatorStream, ResponderStream, Stream
from swarmwitness.swarm.torrent import Torrent

INITIATOR, RESPONDER = "initiator", "responder"
"""Our role, as the `mse` note names it."""
_OTHER = {Speaker.US: Speaker.PEER, Speaker.PEER: Speaker.US}


class KeyedReader:
    """One connection that was encrypted.

    Args:
        role: Ours: `initiator` or `responder`.
        private: Our private key of this connection, from the note.
        watched: What it can be about: for an initiator the one torrent.

    Raises:
        ValueError: another role, or no private key.
    """

    def __init__(self, role: str, private: bytes, watched: Callable[[], Iterable[Torrent]]) -> None:
        if role not in (INITIATOR, RESPONDER):
            raise ValueError(f"nobody is {role!r} in an exchange")
        if not LEAST_PRIVATE_BYTES <= len(private) <= KEY_BYTES:
            raise ValueError(f"a private key has 16 to 96 bytes, not {len(private)}")
        self._private = private
        self._secret: bytes | None = None
        self._caller = InitiatorStream(among(watched))
        self._called = ResponderStream()
        ours, theirs = self._caller, self._called
        self._streams: dict[Speaker, Stream] = (
            {Speaker.US: ours, Speaker.PEER: theirs}
            if role == INITIATOR
            else {Speaker.US: theirs, Speaker.PEER: ours}
        )
        self.broken: str | None = None if has_rc4() else "mse_no_cipher"

    @property
    def keyed(self) -> bool:
        """Whether the peer proved that it knows the torrent."""
        return self._streams[Speaker.PEER].keyed

    @property
    def torrent(self) -> Torrent | None:
        """What it is about, once the initiator has said."""
        return self._caller.torrent

    @property
    def unwatched(self) -> bytes | None:
        """HASH('req2', SKEY) of a torrent that is not watched."""
        return self._caller.unwatched

    def feed(self, speaker: Speaker, data: bytes) -> list[tuple[Speaker, bytes]]:
        """What these bytes add to either plaintext."""
        if self.broken is not None:
            return []
        portions = [(speaker, self._streams[speaker].feed(data))]
        while self._learn():
            portions += [(who, self._streams[who].read_on()) for who in (speaker, _OTHER[speaker])]
        return [(who, plain) for who, plain in portions if plain]

    def _learn(self) -> bool:
        """Tell either stream what the other one brought; whether that was anything new."""
        peer, caller, called = self._streams[Speaker.PEER], self._caller, self._called
        if self._secret is None and peer.public is not None and peer.broken is None:
            self._secret = secret_of(self._private, peer.public)
            caller.shared(self._secret)
            called.shared(self._secret)
            return True
        if caller.torrent is not None and called.torrent is None:
            called.about(caller.torrent)
            return True
        if called.selected is not None and caller.selected is None:
            caller.selected = called.selected
            return True
        return False
