# SPDX-License-Identifier: Apache-2.0
"""Rows for the endpoints that a peer names as its own neighbours (BEP 11): hearsay, rung 0.

Each endpoint gives one row per connection. Beyond `MAX_NAMED` they are counted and give none: a
peer can invent as many as it likes.
"""

from __future__ import annotations

from dataclasses import replace

from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.swarm.facts import PexSeen
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.terms.sighting import Sighting

MAX_NAMED = 1000
FLOOD = "pex_flood"
"""The anomaly that says how many were beyond."""
FLOODS = (FLOOD, "pex_overflow")
"""The anomalies of whoever named more than there are rows: of all messages, and of one."""
FIRST_SERIAL = 16
"""Serials below are those of the rungs that the same exhibit gives the peer itself."""


class Neighbours:
    """What one peer named so far."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = replace(maker, source="pex")
        self._named: set[bytes] = set()
        self.beyond = 0

    def rows(self, cited: Cited, said_by: Endpoint, told: list[PexSeen]) -> list[Sighting]:
        """The rows of the messages that one exhibit completed."""
        rows: list[Sighting] = []
        for peer in (peer for each in told for peer in each.added):
            if self._new(peer.endpoint):
                row = self._maker.bare(cited, peer.endpoint, Rung.LISTED, FIRST_SERIAL + len(rows))
                rows.append(replace(row, said_by=said_by.to_text()))
        return rows

    def _new(self, endpoint: Endpoint) -> bool:
        key = endpoint.ip.packed + endpoint.port.to_bytes(2, "big")
        if key in self._named:
            return False
        if len(self._named) >= MAX_NAMED:
            self.beyond += 1
            return False
        self._named.add(key)
        return True
