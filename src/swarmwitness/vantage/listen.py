# SPDX-License-Identifier: Apache-2.0
"""Taking in peers that come over TCP: bounded in all, by network and by second, recorded like any other.

Theory of operation: a door stands in each socket's place until it is known who knocks. Whoever is
beyond the limits of conduct.py is let go at once, before anything is written down of it; once a
second a note says how many they were. Everybody else becomes a `PeerLink`, whose conversation
decides what the peer wants, and leaves it when it does not say.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import cast

from swarmwitness.swarm.commands import Conversation
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.dial import OnOver, OwnAddresses, PeerLink
from swarmwitness.vantage.recorder import Line, Recorder

BACKLOG = 128
DROPPED_EVERY_S = 1.0
OPENED = b'{"direction":"in","event":"open","outcome":"accepted"}'
"""Of an inbound peer nobody knows yet what it wants."""
NO_SUCH_FAMILY = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}

Make = Callable[[Endpoint], Conversation | None]
"""The conversation with whoever comes from there; None = with nobody from there."""
OnOpen = Callable[[PeerLink], None]


class _Door(asyncio.Protocol):
    """Stands in for a connection until it is known who comes."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody knocks."""
        self._listener.visited(cast(asyncio.Transport, transport))


class Listener:
    """Listens for peers at one vantage.

    Args:
        conduct: Says how many are taken in.
        make: Makes the conversation, an `InboundDialogue`.
        on_open: Told of each link that stands.
        on_over: Told when it is over, with the outcome.

    Attributes:
        endpoints: Where it listens.
        links: Who is here.
        dropped: How many were let go unheard.
    """

    def __init__(
        self, recorder: Recorder, conduct: Conduct, make: Make, on_open: OnOpen, on_over: OnOver
    ) -> None:
        self._recorder = recorder
        self._conduct = conduct
        self._make = make
        self._on_open = on_open
        self._on_over = on_over
        self._own = OwnAddresses()
        self._servers: list[asyncio.Server] = []
        self._untold = 0
        self._closed = False
        self._telling: asyncio.TimerHandle | None = None
        self.endpoints: list[Endpoint] = []
        self.links: set[PeerLink] = set()
        self.dropped = 0

    async def start(
        self, local: IPAddress | None = None, port: int = 0, *, external: Endpoint | None = None
    ) -> Endpoint:
        """Listen; where, as the socket says. May be called once per address.

        Args:
            local: None = every address of both families, on the same port.
            port: 0 = any that is free.
            external: Under which endpoint others reach us, where that is another one: for the note.

        Raises:
            OSError: the address is not ours, or the port is taken.
        """
        if local is not None:
            return await self._bind(local, port, external)
        where = await self._bind(IPv4Address(0), port, external)
        try:
            await self._bind(IPv6Address(0), where.port, external)
        except OSError as error:
            if error.errno not in NO_SUCH_FAMILY:
                raise
        return where

    def close(self, outcome: str = "we_closed") -> None:
        """Take in nobody more, and hang up on everybody who is here."""
        self._closed = True
        for server in self._servers:
            server.close()
        self._servers.clear()
        for link in list(self.links):
            link.close(outcome)
        self._tell_dropped()

    def tick(self) -> None:
        """Let every inbound conversation see the time."""
        for link in list(self.links):
            link.tick()

    # What a link asks of its desk

    @property
    def recorder(self) -> Recorder:
        """Where everything goes."""
        return self._recorder

    @property
    def conduct(self) -> Conduct:
        """The rules."""
        return self._conduct

    def opened(self, dialogue: Conversation) -> bytes:
        """The note of a connection that stands."""
        return OPENED

    def address(self, text: str) -> IPAddress:
        """Our own address, as a socket spells it."""
        return self._own.of(text)

    # Visitors

    def visited(self, transport: asyncio.Transport) -> None:
        """Take somebody in, or let them go; who was in the queue when we closed is let go unheard."""
        if self._closed:
            transport.abort()
            return
        name = transport.get_extra_info("peername")
        remote = None if name is None else Endpoint.of(name[0].partition("%")[0], name[1])
        dialogue = None if remote is None else self._admitted(remote)
        if remote is None or dialogue is None:
            self._drop(transport)
            return
        link = PeerLink(self, remote, dialogue, self._over)
        self.links.add(link)
        transport.set_protocol(link)
        link.connection_made(transport)
        self._on_open(link)

    def _admitted(self, remote: Endpoint) -> Conversation | None:
        if not self._conduct.may_admit(remote, self._recorder.now()):
            return None
        dialogue = self._make(remote)
        if dialogue is None:
            self._conduct.company.left(remote)
        return dialogue

    def _over(self, link: PeerLink, outcome: str) -> None:
        self.links.discard(link)
        self._conduct.company.left(link.remote)
        self._on_over(link, outcome)

    def _drop(self, transport: asyncio.Transport) -> None:
        transport.abort()
        self.dropped += 1
        self._untold += 1
        if self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_later(DROPPED_EVERY_S, self._tell_dropped)

    def _tell_dropped(self) -> None:
        """Nobody is dropped without a trace, and no flood can fill the log."""
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        count, self._untold = self._untold, 0
        if count and self._recorder.failure is None:
            self._recorder.note("net", {"event": "dropped", "transport": "tcp", "connections": count})

    async def _bind(self, local: IPAddress, port: int, external: Endpoint | None) -> Endpoint:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Door(self), str(local), port, backlog=BACKLOG)
        self._servers.append(server)
        where = Endpoint(local, server.sockets[0].getsockname()[1])
        self.endpoints.append(where)
        note = {"event": "listen", "transport": "tcp"}
        if external is not None:
            note["external"] = external.to_text()
        self._recorder.note("net", note, Line(0, where, None))
        return where
