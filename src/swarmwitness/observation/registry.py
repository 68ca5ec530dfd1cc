# SPDX-License-Identifier: Apache-2.0
"""What the log itself says was watched, and which endpoints and info_hashes are our own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from swarmwitness.observation.aside import Control
from swarmwitness.observation.note import Note
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InfoHash, IPAddress, MalformedMessage
from swarmwitness.terms.endpoint import fold
from swarmwitness.terms.infohash import V1_BYTES
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.metainfo import Metainfo

_T = TypeVar("_T")
MAX_OWN = 1024
"""Endpoints and addresses of ours that are remembered: a vantage has few."""


class Registry:
    """Torrents by info_hash; a later target replaces an earlier one, since works can be added to a case."""

    def __init__(self) -> None:
        self._metainfos: dict[InfoHash, Metainfo] = {}
        self._torrents: dict[InfoHash, Torrent] = {}
        self._by_wire: dict[bytes, Torrent] = {}
        # As rows spell them: every row is compared, and reading an address anew takes longer than that.
        self._controls: dict[str, Control] = {}
        self._ours: set[tuple[str, int]] = set()
        self._here: set[str] = set()
        self._any_ports: set[int] = set()

    def take_torrent(self, payload: bytes) -> None:
        """A sealed .torrent file.

        Raises:
            MalformedMessage: it is none.
        """
        metainfo = Metainfo.from_wire(payload)
        for info_hash in metainfo.info_hashes:
            self._metainfos[info_hash] = metainfo

    def take_target(self, payload: bytes) -> InfoHash:
        """A sealed target; what it is about.

        Raises:
            MalformedMessage: it is none.
        """
        note = Note.from_wire(payload)
        info_hash = note.info_hash("info_hash")
        control = _control(note.text("control"))
        torrent = Torrent.of(
            info_hash, self._metainfos.get(info_hash), note.works("works"), note.flag("pieces_allowed")
        )
        self._torrents[info_hash] = self._by_wire[info_hash.on_wire] = torrent
        if control is not None:
            self._controls[info_hash.on_wire.hex()] = control
            # A peer of ours in that swarm listens there.
            port = note.entries.get("port")
            if isinstance(port, int) and 0 < port <= 0xFFFF:
                _add(self._any_ports, port)
        return info_hash

    def begin(self) -> None:
        """A watch begins: it tells anew what it watches, and knows of no torrent but by what it tells.

        What an earlier watch fetched, and this one does not tell, it has to fetch anew; its live rows come
        without it till then.
        So it is with our endpoints: an address that was ours can be somebody else's by now.
        """
        for known in (self._ours, self._here, self._any_ports):
            known.clear()
        self._metainfos.clear()
        self._torrents.clear()
        self._by_wire.clear()

    def by_wire(self, asked: bytes) -> Torrent | None:
        """The watched torrent that the 20 bytes of a handshake name; None if none is."""
        return self._by_wire.get(asked)

    def watched(self) -> Iterable[Torrent]:
        """Everything that is watched."""
        return self._torrents.values()

    def look_up(self, info_hash: InfoHash) -> Torrent:
        """The torrent of a connection; of one that no target named only the info_hash is known."""
        return self._torrents.get(info_hash) or Torrent.of(info_hash, self._metainfos.get(info_hash))

    def control(self, info_hash: InfoHash) -> Control | None:
        """Whether the info_hash is our own, and of which kind. Once ours, ours for the whole log."""
        return self._controls.get(info_hash.on_wire.hex())

    # Our own endpoints

    def take_listen(self, local: Endpoint | None, note: Note) -> None:
        """A socket of ours listens: its local end, and `external`, under which others reach it.

        Raises:
            MalformedMessage: `external` is no endpoint.
        """
        external = note.text("external")
        try:
            named = [Endpoint.from_text(external)] if external else []
        except ValueError as error:
            raise MalformedMessage(f"external: {error}") from None
        for endpoint in named:
            self.here(endpoint.ip)
        for endpoint in (*named, *(() if local is None else (local,))):
            if endpoint.ip.is_unspecified:
                _add(self._any_ports, endpoint.port)
            else:
                _add(self._ours, (str(fold(endpoint.ip)), endpoint.port))

    def here(self, ip: IPAddress) -> None:
        """An address from which we speak."""
        _add(self._here, str(fold(ip)))

    def is_ours(self, row: Sighting) -> bool:
        """Whether a socket of ours listens there: who names it names us."""
        port = row.port or 0
        return (row.ip, port) in self._ours or (port in self._any_ports and row.ip in self._here)

    def control_of(self, row: Sighting) -> Control | None:
        """Of the swarm that the row is about."""
        return self._controls.get(row.info_hash[: 2 * V1_BYTES])


def _control(text: str) -> Control | None:
    try:
        return Control(text) if text else None
    except ValueError:
        raise MalformedMessage(f"no such control: {text!r}") from None


def _add(held: set[_T], one: _T) -> None:
    if len(held) < MAX_OWN:
        held.add(one)
