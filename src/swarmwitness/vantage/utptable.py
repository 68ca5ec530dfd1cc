# SPDX-License-Identifier: Apache-2.0
"""Which uTP connection a datagram belongs to: by where it comes from, and the number that it carries."""

from __future__ import annotations

from collections.abc import Iterator

from swarmwitness.vantage.datagrams import Address
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.utplink import UtpLink
from swarmwitness.wire.utp import Packet, PacketType

MASK = 0xFFFF


class LinkTable:
    """The connections and attempts of a hub."""

    def __init__(self) -> None:
        self._links: dict[tuple[Address, int], UtpLink] = {}
        self._there: dict[Address, dict[UtpLink, None]] = {}
        self._punching: dict[Address, UtpLink] = {}
        self._half_open: set[UtpLink] = set()

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[UtpLink]:
        return iter(list(self._links.values()))

    @property
    def n_half_open(self) -> int:
        """Visitors who have not proved their address."""
        return len(self._half_open)

    def enter(self, link: UtpLink) -> None:
        """From now on datagrams find it."""
        assert link.connection is not None
        self._links[link.where, link.connection.receive_id] = link
        self._there.setdefault(link.where, {})[link] = None
        if link.punching:
            self.expect(link)
        if link.inbound:
            self._half_open.add(link)

    def expect(self, link: UtpLink) -> None:
        """The peer there was told to call us."""
        self._punching[link.where] = link

    def forget(self, link: UtpLink) -> None:
        """It need not call any more."""
        if self._punching.get(link.where) is link:
            del self._punching[link.where]

    def proved(self, link: UtpLink) -> None:
        """The visitor answered our answer."""
        self._half_open.discard(link)

    def leave(self, link: UtpLink) -> None:
        """It is over, or goes on over another connection."""
        assert link.connection is not None
        self._half_open.discard(link)
        self._links.pop((link.where, link.connection.receive_id), None)
        there = self._there.get(link.where, {})
        there.pop(link, None)
        if not there:
            self._there.pop(link.where, None)
        self.forget(link)

    def punching(self, where: Address) -> UtpLink | None:
        """Our link there, where a relay told the peer to call us, too."""
        return self._punching.get(where)

    def visitor_at(self, where: Address) -> UtpLink | None:
        """A call of theirs that has not proved its address yet; None if there is none."""
        return next((link for link in self._there.get(where, ()) if link in self._half_open), None)

    def attempts_at(self, where: Address) -> list[UtpLink]:
        """Our attempts there that nobody answered, and that the peer was not told to meet."""
        return [
            link for link in self._there.get(where, ()) if not (link.opened or link.inbound or link.punching)
        ]

    def of(self, packet: Packet, where: Address) -> UtpLink | None:
        """The connection that the packet belongs to."""
        number = packet.connection
        if packet.type is PacketType.SYN:
            return self._links.get((where, number + 1 & MASK))
        link = self._links.get((where, number))
        if link is None and packet.type is PacketType.RESET:
            # Whoever knows nothing of a connection sends back the number that we wrote.
            for each in (number - 1 & MASK, number + 1 & MASK):
                found = self._links.get((where, each))
                if found is not None and found.connection is not None and found.connection.send_id == number:
                    return found
        return link

    def free_number(self, where: Address, entropy: Entropy) -> int:
        """A number that no connection with that peer has, nor the ones beside it.

        Raises:
            ValueError: there are tens of thousands of connections with one endpoint.
        """
        for _ in range(1000):
            number = entropy.number() & MASK
            if not any((where, each & MASK) in self._links for each in (number - 1, number, number + 1)):
                return number
        raise ValueError(f"no number is left for one more connection with {where[0]}")
