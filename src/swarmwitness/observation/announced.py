# SPDX-License-Identifier: Apache-2.0
"""One recorded announce: the endpoints that the answer lists, at rung 0."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.announce import MAX_RAW_BYTES, read_answer
from swarmwitness.swarm.facts import Listed
from swarmwitness.swarm.rungs import Ladder
from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.tracker_http import AnnounceRequest


class AnnounceReplay:
    """The HTTP bytes of one connection to a tracker.

    An answer counts when the connection is over, so how it was cut into reads makes no difference;
    the exhibit that is cited is the last read, with which the answer was whole.
    """

    def __init__(self, make: RowMaker) -> None:
        self._make = make
        self._raw = bytearray()
        self._request = bytearray()
        self._last: Cited | None = None
        self.oddities: Counter[str] = Counter()

    def take(self, cited: Cited) -> list[Sighting]:
        """Keep the bytes; rows come at the end."""
        exhibit = cited.exhibit
        if exhibit.kind != "http":
            return []
        kept = self._raw if exhibit.direction is Direction.IN else self._request
        if len(kept) <= MAX_RAW_BYTES:
            kept += exhibit.payload
            self._last = cited if kept is self._raw else self._last
        return []

    def finish(self, end: Exhibit | None) -> list[Sighting]:
        """The connection is over: one row per endpoint listed, each once."""
        if self._last is None:
            return []
        answer = read_answer(bytes(self._raw))
        self.oddities.update(anomaly.kind for anomaly in answer.anomalies)
        ours = self._ourselves(self._last.exhibit)
        others = [peer for peer in answer.listed if peer.endpoint != ours]
        return [self._row(self._last, peer, serial) for serial, peer in enumerate(others)]

    def _row(self, cited: Cited, peer: Listed, serial: int) -> Sighting:
        (rung,) = Ladder(None).take(peer, cited.exhibit.at)
        row = self._make.bare(cited, peer.endpoint, rung, serial)
        return row if peer.peer_id is None else replace(row, peer_id=peer.peer_id.hex())

    def _ourselves(self, exhibit: Exhibit) -> Endpoint | None:
        """Our own announce come back is no sighting of anybody: our address, the port that we told."""
        try:
            request = AnnounceRequest.from_wire(bytes(self._request))
        except MalformedMessage:
            return None
        return None if exhibit.local is None else Endpoint(exhibit.local.ip, request.port)
