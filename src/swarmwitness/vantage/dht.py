# SPDX-License-Identifier: Apache-2.0
"""Our node of the DHT on real sockets: every datagram is recorded before it is read (kind `dht`).

One socket per family. A flood beyond the limits of `Conduct` is counted and not kept.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from typing import cast

from swarmwitness.evidence import Direction
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.dht.lookup import LookupLimits
from swarmwitness.swarm.dht.node import DhtCore, NodeSettings, SendTo
from swarmwitness.swarm.dht.search import DhtAnswer, Search
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Endpoint, InputError, Instant, IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.datagrams import Address, Datagrams
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import Line, Recorder

__all__ = ["DhtAnswer", "DhtNode", "DhtSettings"]

TICK_S = 0.1
RESOLVE_S = 5.0
KNOWN_S = 3.0
RESOLVE_EVERY_S = 300.0
ANYWHERE: tuple[IPAddress, ...] = (IPv4Address(0), IPv6Address(0))
"""Without a local address the system chooses, as for dialling."""
MOST_ADDRESSES = 4096
MOST_NAMES = 64
"""Of ours, as nodes call us."""


@dataclass(frozen=True, slots=True)
class DhtSettings:
    """How to take part.

    Attributes:
        port: UDP, of both families; 0 = the system chooses.
        bootstrap: Where to start: ADDRESS:PORT, [ADDRESS]:PORT or NAME:PORT.
        known: Nodes that answered before; while one of them still does, nobody asks the bootstrap.
        queries_per_s: To all nodes together; `Conduct` limits those to one.
        announce: Tell nodes that we listen on `announce_port`, which must then be true.
        announce_port: TCP and uTP.
        limits: Of one look-up.
    """

    port: int = 0
    bootstrap: tuple[str, ...] = ()
    known: tuple[Endpoint, ...] = ()
    queries_per_s: int = 100
    announce: bool = False
    announce_port: int = 0
    limits: LookupLimits = field(default_factory=LookupLimits)

    def __post_init__(self) -> None:
        if self.announce and not 0 < self.announce_port <= 0xFFFF:
            raise ValueError("who announces tells the port on which it listens")


class DhtNode:
    """A read-only node (BEP 43).

    Args:
        local, local6: Addresses to bind to, and only to these; with neither, any address of both families.
    """

    def __init__(
        self,
        recorder: Recorder,
        conduct: Conduct,
        entropy: Entropy,
        settings: DhtSettings,
        local: IPAddress | None = None,
        *,
        local6: IPAddress | None = None,
    ) -> None:
        self._recorder = recorder
        self._conduct = conduct
        self._entropy = entropy
        self._settings = settings
        self._bind = tuple(each for each in (local, local6) if each is not None) or ANYWHERE
        self._sockets: dict[int, Datagrams] = {}
        self._remotes: dict[Address, Endpoint] = {}
        self._core = self._new_core(())
        self._waiting: dict[Search, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._resolving: asyncio.Task[None] | None = None
        self._resolve_due_ns = 0
        self._told_external: set[Endpoint] = set()
        self._dropped = 0
        self._dropped_noted_ns = 0

    @property
    def n_nodes(self) -> int:
        """Nodes that we know."""
        return self._core.n_nodes

    @property
    def external(self) -> Endpoint | None:
        """How most nodes see us; None while too few have said."""
        return next((seen for version in (4, 6) if (seen := self._core.external(version))), None)

    @property
    def seen(self) -> tuple[Endpoint, ...]:
        """Nodes that answered, the latest last: enough to start from again."""
        return tuple(self._core.seen)

    @property
    def odd(self) -> dict[str, int]:
        """Kinds of oddity -> how often."""
        return dict(self._core.odd)

    def add_node(self, endpoint: Endpoint) -> None:
        """A node to start from, such as one that was seen before or that a peer told of (BEP 5, `port`)."""
        self._core.add_node(endpoint)

    async def start(self) -> None:
        """Open the sockets and begin to look for nodes.

        Raises:
            InputError: no socket can be had at the address and port that were asked for.
        """
        for ip in self._bind:
            stands = self._open(ip)
            if stands is not None:
                self._sockets[ip.version] = stands
        if not self._sockets:
            where = ", ".join(map(str, self._bind))
            raise InputError(f"no UDP socket can be had at {where}, port {self._settings.port}")
        self._core = self._new_core(tuple(self._sockets), self._core.bootstrap)
        for known in self._settings.known:
            self._core.add_node(known)
        if self._settings.known:
            self._resolve_due_ns = self._recorder.now().monotonic_ns + int(RESOLVE_EVERY_S * 1e9)
            self._beat()
            await self._meet_again()
        # The bootstrap is asked besides: nodes that all belong to one hand would else never be left.
        await self._resolve()
        if self._timer is None:
            self._beat()

    async def get_peers(
        self, torrent: Torrent, *, timeout_s: float = 20.0, announce: bool = True
    ) -> DhtAnswer:
        """Look for the peers of a torrent; what the nodes say is recorded, and so is the look-up's end.

        Never raises for the network.

        Args:
            announce: Tell the nearest nodes that we listen, where the settings say that we do.
        """
        if not self._sockets:
            return self._told(torrent, DhtAnswer("we_closed"))
        search = self._core.search(torrent.info_hash.on_wire)
        ended = self._waiting[search] = asyncio.get_running_loop().create_future()
        outcome: str | None = "we_closed"
        try:
            async with asyncio.timeout(timeout_s):
                self._pump(search)
                await ended
            outcome = None if self._sockets else "we_closed"
        except TimeoutError:
            outcome = "timeout"
        finally:
            self._waiting.pop(search, None)
            answer = search.answer(outcome)
            told = self._core.end(search)
            self._send(told if announce else ())
            self._told(torrent, answer)
        return answer

    def tick(self, at: Instant) -> None:
        """Time passed; the node also has a timer of its own."""
        if not self._sockets:
            return
        self._send(self._core.tick(at))
        for search in tuple(self._waiting):
            self._settle(search)
        self._note_dropped(at)
        self._note_external()
        if not self.n_nodes and at.monotonic_ns >= self._resolve_due_ns and self._resolving is None:
            self._resolving = asyncio.ensure_future(self._resolve())

    def close(self) -> None:
        """Close the sockets; look-ups under way end as `we_closed`."""
        if self._timer is not None:
            self._timer.cancel()
        if self._resolving is not None:
            self._resolving.cancel()
        sockets, self._sockets = self._sockets, {}
        for each in sockets.values():
            each.close()
        if sockets and self._dropped:
            self._dropped_noted_ns = 0
            self._note_dropped(self._recorder.now())
        for ended in self._waiting.values():
            if not ended.done():
                ended.set_result(None)

    # Behind them

    def _received(self, version: int, data: bytes, sender: Address) -> None:
        """Recorded first, read afterwards."""
        by, remote = self._sockets.get(version), self._remote(sender)
        if by is None:
            return
        awaited = self._core.asked.awaits(remote)
        if not self._conduct.may_keep(remote, self._recorder.now(), awaited=awaited):
            self._dropped += 1
            return
        at = self._recorder.record("dht", Direction.IN, data, Line(0, by.local, remote))
        search = self._core.received(data, remote, at)
        if search is not None:
            self._send(self._core.pump(search, at))
            self._settle(search)

    def _unreachable(self, sender: Address, outcome: str) -> None:
        """ICMP says that nobody is there; whoever is looked for need not be waited for."""
        self._core.unreachable(self._remote(sender), outcome)

    def _remote(self, sender: Address) -> Endpoint:
        """The reading of addresses is remembered, since few senders send most."""
        remote = self._remotes.get(sender)
        if remote is None:
            if len(self._remotes) >= MOST_ADDRESSES:
                self._remotes.clear()
            remote = self._remotes[sender] = endpoint_of(sender)
        return remote

    def _new_core(self, families: tuple[int, ...], before: Iterable[Endpoint] = ()) -> DhtCore:
        settings = self._settings
        port = settings.announce_port if settings.announce else 0
        numbers = NodeSettings(settings.queries_per_s, port, settings.limits)
        core = DhtCore(self._conduct, self._entropy.draw, numbers, families)
        for known in before:
            core.add_node(known)
        return core

    def _open(self, ip: IPAddress) -> Datagrams | None:
        try:
            stands = Datagrams(
                ip, self._settings.port, partial(self._received, ip.version), self._unreachable
            )
        except OSError:
            return None
        self._recorder.note("net", {"event": "listen", "transport": "dht"}, Line(0, stands.local, None))
        return stands

    async def _meet_again(self) -> None:
        """If none of those known before answers soon they are forgotten, since each costs time."""
        for _ in range(int(KNOWN_S / TICK_S)):
            if self.n_nodes or not self._sockets:
                return
            await asyncio.sleep(TICK_S)
        for known in self._settings.known:
            self._core.bootstrap.pop(known, None)

    async def _resolve(self) -> None:
        """Turn the bootstrap's names into addresses; one that cannot be is recorded and left for later."""
        self._resolve_due_ns = self._recorder.now().monotonic_ns + int(RESOLVE_EVERY_S * 1e9)
        await asyncio.gather(*(self._resolve_one(where) for where in self._settings.bootstrap))
        self._resolving = None

    async def _resolve_one(self, where: str) -> None:
        name, _, port = where.rpartition(":")
        try:
            self._core.add_node(Endpoint.from_text(where))
            return
        except ValueError:
            pass  # No address: a name.
        outcome = "bad_name"
        if name and port.isascii() and port.isdigit():
            outcome = await self._look_up(name, int(port))
        self._recorder.note("net", {"event": "resolve", "name": where[:300], "outcome": outcome})

    async def _look_up(self, name: str, port: int) -> str:
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError, OverflowError) as error:
            return outcome_of(error)
        for entry in found:
            self._core.add_node(endpoint_of(cast(Address, entry[4][:2])))
        return "resolved"

    def _beat(self) -> None:
        if self._sockets:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._beat)
            self.tick(self._recorder.now())

    def _pump(self, search: Search) -> None:
        self._send(self._core.pump(search, self._recorder.now()))
        self._settle(search)

    def _send(self, sends: Iterable[SendTo]) -> None:
        for send in sends:
            by = self._sockets.get(send.remote.ip.version)
            if by is not None:
                at = self._recorder.record("dht", Direction.OUT, send.data, Line(0, by.local, send.remote))
                self._core.sent(send, at)
                by.send(send.data, (str(send.remote.ip), send.remote.port))

    def _settle(self, search: Search) -> None:
        """Wake whoever waits for a search that is over."""
        ended = self._waiting.get(search)
        if ended is not None and not ended.done() and search.over:
            ended.set_result(None)

    def _told(self, torrent: Torrent, answer: DhtAnswer) -> DhtAnswer:
        note: dict[str, str | int] = {
            "event": "lookup",
            "source": "dht",
            "info_hash": str(torrent.info_hash),
            "outcome": answer.outcome,
            "asked": answer.asked,
            "answered": answer.answered,
        }
        self._recorder.note("net", note)
        return answer

    def _note_dropped(self, at: Instant) -> None:
        """Once a second at most, so that a flood of datagrams is none of notes."""
        if self._dropped and at.monotonic_ns - self._dropped_noted_ns >= 1_000_000_000:
            note = {"event": "dropped", "transport": "dht", "datagrams": self._dropped}
            self._dropped, self._dropped_noted_ns = 0, at.monotonic_ns
            self._recorder.note("net", note)

    def _note_external(self) -> None:
        """What the nodes call us is ours: this port, and the one that we announce."""
        for version, by in self._sockets.items():
            seen = self._core.external(version)
            if seen is None or not seen.port or seen in self._told_external or by.local is None:
                continue
            if len(self._told_external) >= MOST_NAMES:
                return
            self._told_external.add(seen)
            self._note_listen("dht", by.local, seen)
            if self._settings.announce:
                port = self._settings.announce_port
                self._note_listen("tcp", Endpoint(by.local.ip, port), Endpoint(seen.ip, port))

    def _note_listen(self, transport: str, local: Endpoint, external: Endpoint) -> None:
        note = {"event": "listen", "transport": transport, "external": external.to_text()}
        self._recorder.note("net", note, Line(0, local, None))


def endpoint_of(name: Address) -> Endpoint:
    """As a socket names it; an interface is no part of an address."""
    return Endpoint(address_from_text(name[0].partition("%")[0]), name[1])
