# SPDX-License-Identifier: Apache-2.0
"""Who we are outside: the address that the nodes see, by majority of networks (BEP 42).

One liar, or one network of them, must not give us a name; so each network has one vote, its last.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from swarmwitness.swarm.pace import network_of
from swarmwitness.terms import Endpoint, IPAddress

LEAST_VOTES = 5
MOST_VOTERS = 256


class Outside:
    """The votes of one family."""

    def __init__(self) -> None:
        self._votes: OrderedDict[int, Endpoint] = OrderedDict()

    def told(self, by: Endpoint, seen: Endpoint) -> None:
        """A node says that it sees us so."""
        if by.ip.version != seen.ip.version:
            return
        network = network_of(by) if by.ip.is_global else int(by.ip)
        self._votes[network] = seen
        self._votes.move_to_end(network)
        if len(self._votes) > MOST_VOTERS:
            self._votes.popitem(last=False)

    @property
    def address(self) -> IPAddress | None:
        """What more than half say; None while too few have spoken."""
        if len(self._votes) < LEAST_VOTES:
            return None
        ((address, votes),) = Counter(seen.ip for seen in self._votes.values()).most_common(1)
        return address if 2 * votes > len(self._votes) else None

    @property
    def endpoint(self) -> Endpoint | None:
        """The same with the port, which behind some translators is another for each node: then 0."""
        address = self.address
        if address is None:
            return None
        ports = Counter(seen.port for seen in self._votes.values() if seen.ip == address)
        ((port, votes),) = ports.most_common(1)
        return Endpoint(address, port if 2 * votes > len(self._votes) else 0)
