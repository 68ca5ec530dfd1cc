# SPDX-License-Identifier: Apache-2.0
"""A swarm as the laboratory's tracker knows it, whatever carried the announces."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness.terms import Endpoint

MAX_PEERS = 2000


@dataclass(frozen=True, slots=True)
class Announced:
    """One announce, whatever carried it.

    Attributes:
        name: The 20 bytes of the info_hash.
        source: The address that it came from.
        endpoint: What is to be listed.
        family: 4 or 6: over UDP only such peers can be told; 0 = all.
    """

    name: bytes
    source: str
    endpoint: Endpoint
    peer_id: bytes
    left: int
    event: str | None
    numwant: int | None
    family: int = 0


@dataclass(slots=True)
class Swarm:
    """Who announced for one info_hash: endpoint -> (peer_id, bytes left)."""

    peers: dict[Endpoint, tuple[bytes, int]] = field(default_factory=dict)

    def heard(self, told: Announced) -> None:
        """Take an announce in. Port 0 says that nobody can connect there: not listed."""
        if told.event == "stopped":
            self.peers.pop(told.endpoint, None)
        elif told.endpoint.port and (told.endpoint in self.peers or len(self.peers) < MAX_PEERS):
            self.peers[told.endpoint] = (told.peer_id, told.left)

    @property
    def seeds(self) -> int:
        """Peers with nothing left."""
        return sum(1 for _, left in self.peers.values() if left == 0)
