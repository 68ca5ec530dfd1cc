# SPDX-License-Identifier: Apache-2.0
"""Who is with us now: peers that came to us, counted by network, and peers met, once each per swarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field

from swarmwitness.swarm.pace import PerSecond, network_of
from swarmwitness.terms import Endpoint, Instant, IPAddress

ALL = ""
OWN_NAMES = 4096


@dataclass(slots=True)
class Company:
    """The state behind the limits on inbound connections; the numbers are those of conduct.py."""

    _visitors: Counter[Hashable] = field(default_factory=Counter)
    _visits: PerSecond = field(default_factory=PerSecond)
    _met: set[tuple[IPAddress, bytes, bytes]] = field(default_factory=set)
    _own: dict[bytes, None] = field(default_factory=dict)

    def admit(self, visitor: Endpoint, limits: tuple[int, int, int], at: Instant) -> bool:
        """Whether one more inbound connection is within the limits; a yes holds a place until `left`.

        Args:
            limits: Held in all, held of one network, new ones per second of one network.
        """
        network, (in_all, of_network, per_s) = network_of(visitor), limits
        if self._visitors[ALL] >= in_all or self._visitors[network] >= of_network:
            return False
        if not self._visits.take(network, per_s, at):
            return False
        self._visitors.update((ALL, network))
        return True

    def left(self, visitor: Endpoint) -> None:
        """The visitor's place is free."""
        for key in (ALL, network_of(visitor)):
            self._visitors[key] -= 1
            if self._visitors[key] <= 0:
                del self._visitors[key]

    def ours(self, peer_id: bytes) -> bytes:
        """A name of our own on some connection; whoever bears it is ourselves, met by way of a translator."""
        self._own[peer_id] = None
        if len(self._own) > OWN_NAMES:
            del self._own[next(iter(self._own))]
        return peer_id

    def meet(self, peer: Endpoint, info_hash: bytes, peer_id: bytes) -> bool:
        """Whether nobody of this address and peer_id is met in this swarm; a yes holds until `part`.

        The port does not tell a peer that came to us: it is made for the occasion.
        """
        who = (peer.ip, info_hash, peer_id)
        if who in self._met or peer_id in self._own:
            return False
        self._met.add(who)
        return True

    def part(self, peer: Endpoint, info_hash: bytes, peer_id: bytes) -> None:
        """The connection with it is over."""
        self._met.discard((peer.ip, info_hash, peer_id))
