# SPDX-License-Identifier: Apache-2.0
"""Where peers come to us: one port for TCP and uTP, and one for our canaries; each visitor finds its swarm.

Theory of operation: a visitor has no swarm until its first bytes name a torrent; then the conversation
is made by that swarm, and at the next look its link joins the swarm's others. Until then the
visitor is held here, and leaves by its own time limit.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_address
from typing import Protocol

from swarmwitness.swarm.dialogue import PeerDialogue
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.way import Way
from swarmwitness.terms import Endpoint, InputError, Instant, IPAddress
from swarmwitness.vantage.listen import Listener
from swarmwitness.vantage.outfit import Link, Outfit
from swarmwitness.vantage.utp import UtpHub

ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Of documentation (RFC 5737, 3849): the system says from where it would go there; nothing is sent."""


class Host(Protocol):
    """A swarm, as a visitor needs it."""

    def talk(self, visitor: Endpoint) -> PeerDialogue:
        """What is said with it."""

    def join(self, link: Link, way: Way, at: Instant) -> bool:
        """It belongs here; False if it is met already."""

    def over(self, link: Link, outcome: str) -> None:
        """Its link is over."""


class Hosts(Protocol):
    """All swarms of a watch."""

    def torrent(self, on_wire: bytes) -> Torrent | None:
        """What is watched under these 20 bytes."""

    def torrents(self) -> Iterator[Torrent]:
        """All that is watched."""

    def host(self, on_wire: bytes) -> Host:
        """The swarm of a watched torrent."""


@dataclass(slots=True)
class Doors:
    """All listeners of one vantage, and the visitors that have not named a torrent yet."""

    outfit: Outfit
    hosts: Hosts
    _listeners: list[Listener] = field(default_factory=list)
    _visitors: dict[Link, Way] = field(default_factory=dict)
    _joined: dict[Link, Host] = field(default_factory=dict)

    async def open(self) -> None:
        """Listen where the settings say, and have a uTP socket where uTP is spoken.

        Raises:
            InputError: an address is not ours, or a port is taken.
        """
        try:
            await self._open()
        except OSError as error:
            raise _refused(error, self.outfit.settings.listen_port) from error

    async def _open(self) -> None:
        outfit, settings = self.outfit, self.outfit.settings
        if settings.listen_port:
            await self._listen(settings.listen_port)
            outfit.port = settings.listen_port
            if settings.canaries:
                await self._listen(settings.listen_port + 1)
        if settings.utp:
            await self._start_utp()
        if outfit.ports:
            for address in self._addresses():
                outfit.owns(address)

    async def _listen(self, port: int) -> None:
        settings, outfit = self.outfit.settings, self.outfit
        listener = Listener(
            outfit.recorder, outfit.conduct, self._visited, partial(self._opened, Way("tcp")), self._over
        )
        self._listeners.append(listener)
        given: list[IPAddress | None] = [each for each in (settings.local, settings.local6) if each]
        for local in given or [None]:
            external = settings.external
            same = external is not None and (local is None or local.version == external.version)
            told = Endpoint(external, port) if same and external is not None else None
            await listener.start(local, port, external=told)
        outfit.ports = (*outfit.ports, port)

    async def _start_utp(self) -> None:
        settings, outfit = self.outfit.settings, self.outfit
        hub = UtpHub(
            outfit.recorder,
            outfit.conduct,
            outfit.entropy,
            local=settings.local or settings.local6,
            local6=settings.local6 if settings.local else None,
            port=settings.listen_port,
            on_inbound=self._visited if settings.listen_port else None,
            external=settings.external,
        )
        hub.connect_timeout_s = settings.connect_timeout_s
        hub.on_open = partial(self._opened, Way("utp"))
        hub.on_over = self._over
        await hub.start()
        outfit.hub = hub

    def _addresses(self) -> Iterator[IPAddress]:
        """Ours, as far as we know them."""
        settings = self.outfit.settings
        given = [each for each in (settings.local, settings.local6) if each is not None]
        yield from given if given else map(ip_address, own_addresses())
        if settings.external is not None:
            yield settings.external

    # Visitors

    def _visited(self, remote: Endpoint) -> InboundDialogue:
        private, pads = self.outfit.keys()
        return InboundDialogue(
            self.hosts.torrent,
            self.hosts.torrents,
            partial(self._make, remote),
            limits=self.outfit.settings.limits,
            private=private,
            pads=pads,
        )

    def _make(self, remote: Endpoint, torrent: Torrent) -> PeerDialogue:
        return self.hosts.host(torrent.info_hash.on_wire).talk(remote)

    def _opened(self, way: Way, link: Link) -> None:
        self._visitors[link] = way

    def step(self, at: Instant) -> None:
        """Whoever has named a torrent joins its swarm."""
        for link, way in list(self._visitors.items()):
            torrent = link.dialogue.torrent
            if torrent is None:
                continue
            del self._visitors[link]
            host = self.hosts.host(torrent.info_hash.on_wire)
            if host.join(link, way, at):
                self._joined[link] = host
            else:
                link.close("twice")

    def tick(self, at: Instant) -> None:
        """Let those who have said nothing see the time."""
        for link in list(self._visitors):
            link.tick()
        if self.outfit.hub is not None:
            self.outfit.hub.tick(at)

    def _over(self, link: Link, outcome: str) -> None:
        self._visitors.pop(link, None)
        host = self._joined.pop(link, None)
        if host is not None:
            host.over(link, outcome)
        else:
            tally = self.outfit.shared.tally
            tally.outcomes[outcome] += 1
            tally.past_bytes += link.received_bytes
            tally.oddities.update(link.dialogue.transcript.odd)

    @property
    def busy(self) -> bool:
        """Whether a peer that came to us is still on the line."""
        return bool(self._visitors or self._joined)

    def close(self) -> None:
        """Take in nobody more, and hang up on who is here."""
        for listener in self._listeners:
            listener.close()
        if self.outfit.hub is not None:
            self.outfit.hub.close()


def _refused(error: OSError, port: int) -> InputError:
    """Which key is at fault: the address, where this machine has no such one; else the port."""
    if error.errno == errno.EADDRNOTAVAIL:
        return InputError("is no address of this machine", field="observe.address or address6")
    return InputError(f"cannot listen on port {port}: {error.strerror or error}", field="observe.listen")


def own_addresses() -> Iterator[str]:
    """From which addresses this machine would go out into the world."""
    for family, there in ELSEWHERE.items():
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((there, 9))
                yield probe.getsockname()[0]
        except OSError:
            continue
