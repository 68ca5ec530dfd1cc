# SPDX-License-Identifier: Apache-2.0
"""What was said by local service discovery (BEP 14): who announces a watched torrent is a row at rung 0.

Anybody of the local network can send such a datagram with any port, so it is hearsay; the address is the
datagram's own, and `said_by` is where it came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from swarmwitness.evidence import Direction
from swarmwitness.observation.dhtsaid import row_of
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.lsd import LocalAnnounce


class LocalSaid:
    """Reads the exhibits of kind `lsd`."""

    def __init__(
        self, rows: Callable[[InfoHash], RowMaker], torrents: Lookup, oddities: Counter[str]
    ) -> None:
        self._rows = rows
        self._torrents = torrents
        self.oddities = oddities

    def take(self, cited: Cited) -> list[Sighting]:
        """The rows that this datagram establishes, of watched torrents alone."""
        sender = cited.exhibit.remote
        if sender is None or cited.exhibit.direction is not Direction.IN:
            return []
        try:
            announce = LocalAnnounce.from_wire(cited.exhibit.payload)
        except MalformedMessage:
            self.oddities["lsd_malformed"] += 1
            return []
        self.oddities.update(anomaly.kind for anomaly in announce.anomalies)
        if announce.port is None:
            return []
        peer = Endpoint(sender.ip, announce.port)
        return [
            row_of(self._rows(torrent.info_hash), cited, peer, serial, sender)
            for serial, torrent in enumerate(self._watched(announce))
        ]

    def _watched(self, announce: LocalAnnounce) -> list[Torrent]:
        named = dict.fromkeys(announce.info_hashes)
        return [torrent for each in named if (torrent := self._torrents(each)) is not None]
