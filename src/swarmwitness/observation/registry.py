# SPDX-License-Identifier: Apache-2.0
"""What the log itself says was watched: the sealed torrents and targets."""

from __future__ import annotations

from swarmwitness.observation.note import Note
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import InfoHash
from swarmwitness.wire.metainfo import Metainfo


class Registry:
    """Torrents by info_hash; a later target replaces an earlier one, since works can be added to a case."""

    def __init__(self) -> None:
        self._metainfos: dict[InfoHash, Metainfo] = {}
        self._torrents: dict[InfoHash, Torrent] = {}
        self._by_wire: dict[bytes, Torrent] = {}

    def take_torrent(self, payload: bytes) -> None:
        """A sealed .torrent file.

        Raises:
            MalformedMessage: it is none.
        """
        metainfo = Metainfo.from_wire(payload)
        for info_hash in metainfo.info_hashes:
            self._metainfos[info_hash] = metainfo

    def take_target(self, payload: bytes) -> None:
        """A sealed target.

        Raises:
            MalformedMessage: it is none.
        """
        note = Note.from_wire(payload)
        info_hash = note.info_hash("info_hash")
        torrent = Torrent.of(
            info_hash, self._metainfos.get(info_hash), note.works("works"), note.flag("pieces_allowed")
        )
        self._torrents[info_hash] = self._by_wire[info_hash.on_wire] = torrent

    def by_wire(self, asked: bytes) -> Torrent | None:
        """The watched torrent that the 20 bytes of a handshake name; None if none is."""
        return self._by_wire.get(asked)

    def look_up(self, info_hash: InfoHash) -> Torrent:
        """The torrent of a connection; of one that no target named only the info_hash is known."""
        return self._torrents.get(info_hash) or Torrent.of(info_hash, self._metainfos.get(info_hash))
