# SPDX-License-Identifier: Apache-2.0
"""All uTP connections of one vantage: one UDP socket per family, each datagram recorded before it is heard.

Theory of operation: a datagram belongs to the connection whose two ends and number it names; it is
recorded under that connection's line. A SYN of somebody new is a visitor, within the limits of
conduct.py. All else is a stray: kept under number 0 within limits, counted beyond, answered by RESET.
A peer that comes to us has no conversation before it proved its address; then `on_inbound` gives one.
Where our call and the peer's cross (BEP 55), the first that stands carries the conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

from swarmwitness.evidence import Direction
from swarmwitness.swarm.commands import Conversation
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.utp.connection import State, UtpConnection
from swarmwitness.terms import Endpoint, Instant, IPAddress, MalformedMessage
from swarmwitness.vantage.datagrams import Address, Datagrams
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.recorder import Line, Recorder, RecordingError
from swarmwitness.vantage.utplink import OnOver, UtpLink
from swarmwitness.vantage.utpports import Ports
from swarmwitness.vantage.utpstrays import Strays, endpoint_of
from swarmwitness.vantage.utptable import LinkTable
from swarmwitness.vantage.wheel import Wheel
from swarmwitness.wire.utp import Packet, PacketType

__all__ = ["OnInbound", "UtpHub", "UtpLink"]

OnInbound = Callable[[Endpoint], Conversation | None]
MAX_HELD_BYTES = 64 << 20
"""Of all peers, out of order; above, the link that holds most is closed."""
MAX_HALF_OPEN = 256
"""Visitors at a time who have not proved their address: forged ones cannot take every place."""
WARY_NS = 1_000_000_000
"""Nobody new is let in so long after a visitor failed to prove its address."""
ANY_V4, ANY_V6 = ip_address("0.0.0.0"), ip_address("::")  # noqa: S104 - a vantage serves every address


def _nobody(link: UtpLink, outcome: str) -> None:
    """No one asked to be told."""


def _held(link: UtpLink) -> int:
    return 0 if link.connection is None else link.connection.held_bytes


class UtpHub:
    """The uTP end of a vantage.

    Args:
        local: Address to bind; None = every address of both families.
        local6: A second address, of the other family.
        port: 0 = the system chooses; the same for both families where that can be had.
        on_inbound: Gives the conversation with a peer that came to us; None = nobody is let in.
        external: Our address as others see it, where it is known.

    Attributes:
        on_over: Told when a link is over that a peer opened.
        on_open: Told when such a link stands.
        connect_timeout_s: For the exchange of first packets.
    """

    def __init__(
        self,
        recorder: Recorder,
        conduct: Conduct,
        entropy: Entropy,
        *,
        local: IPAddress | None = None,
        local6: IPAddress | None = None,
        port: int = 0,
        on_inbound: OnInbound | None = None,
        external: IPAddress | None = None,
    ) -> None:
        self.recorder = recorder
        self.conduct = conduct
        self._entropy = entropy
        self._locals = (ANY_V4, ANY_V6) if local is None else (local,)
        if local6 is not None:
            self._locals = (*self._locals[:1], local6)
        self._port = port
        self._on_inbound = on_inbound
        self._external = external
        self._ports = Ports(self._arrived, self._icmp, self._listens)
        self._links = LinkTable()
        self._strays = Strays(recorder, conduct)
        self._wheel: Wheel[UtpLink] = Wheel(self._due, lambda: recorder.now().monotonic_ns)
        self._wary_ns = 0
        self.on_over: OnOver = _nobody
        self.on_open: Callable[[UtpLink], None] = lambda link: None
        self.connect_timeout_s = 10.0

    @property
    def n_links(self) -> int:
        """Connections and attempts."""
        return len(self._links)

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where we can be reached, as far as we know ourselves."""
        return self._ports.endpoints

    async def start(self) -> Endpoint:
        """Bind; where the machine has no IPv6 at all, it is left out.

        Returns:
            The first endpoint.

        Raises:
            OSError: the address cannot be bound.
        """
        for ip in self._locals:
            port = self._port or next((each.port for each in self.endpoints), 0)
            try:
                self._ports.bind(ip, port)
            except OSError:
                if ip != ANY_V6 or not self.endpoints:
                    raise
        return self.endpoints[0]

    def _listens(self, local: Endpoint) -> None:
        note = {"event": "listen", "transport": "utp"}
        if self._external is not None and self._external.version == local.ip.version:
            note["external"] = Endpoint(self._external, local.port).to_text()
        self.recorder.note("net", note, Line(0, local, None))

    def close(self) -> None:
        """Hang up on everybody, and close the sockets."""
        for link in self._links:
            if link.connection is not None:
                link.connection.abort("we_closed")
                self.pump(link, self.recorder.now())
        self._wheel.stop()
        self._ports.close()
        self._strays.tell()

    def tick(self, at: Instant) -> None:
        """Time passed; to be called every second or so. Retransmissions have a timer of their own."""
        for socket in self._ports:
            socket.drain()
        self._strays.tell()
        if sum(map(_held, self._links)) > MAX_HELD_BYTES:
            self._turn_away(max(self._links, key=_held), "flood", at)

    # Dialling

    def expect(self, link: UtpLink) -> Datagrams | None:
        """Take the socket for this call; if it is a punching one, the peer may call first from now on.

        To be called before the go-between is asked: the peer can be faster than the answer.
        """
        if link.socket is None:
            link.where = (str(link.remote.ip), link.remote.port)
            link.socket = self._ports.take(link.remote.ip.version, link.port)
            if link.socket is not None and link.punching:
                self._links.expect(link)
        return link.socket

    async def dial(self, link: UtpLink) -> None:
        """Connect; failures are outcomes, recorded and told to the link's `on_over`, never raised."""
        socket = self.expect(link)
        if socket is None:
            link.failed("unreachable")
            return
        if link.opened or link.ended:
            return  # The peer's call came first.
        at = self.recorder.now()
        link.waiter = asyncio.get_running_loop().create_future()
        link.line = self.recorder.new_line(socket.local_for(link.remote), link.remote)
        link.connection = UtpConnection.dial(
            self._links.free_number(link.where, self._entropy),
            self._entropy.number(),
            at,
            connect_ns=int(self.connect_timeout_s * 1e9),
            keep_open=link.punching,
        )
        self._links.enter(link)
        self.pump(link, at)
        try:
            await link.waiter
        except asyncio.CancelledError:
            if not link.connected:
                link.close("we_closed")
            raise

    # What comes

    def _arrived(self, socket: Datagrams, data: bytes, where: Address) -> None:
        try:
            packet = Packet.from_wire(data)
        except MalformedMessage:
            self._strays.keep(socket, data, where)
            return
        link = self._links.of(packet, where)
        if link is not None:
            self._hear(link, packet, data)
        elif packet.type is PacketType.SYN and self._awaited(where):
            self._knocked(socket, packet, data, where)
        elif self._strays.keep(socket, data, where) and packet.type is not PacketType.RESET:
            self._strays.answer(socket, packet, where)

    def _hear(self, link: UtpLink, packet: Packet, data: bytes) -> None:
        at = self.recorder.record("utp", Direction.IN, data, link.line)
        sound = False
        try:
            link.heard(packet, at)
            sound = True
        finally:
            if not sound:
                self._fault(link)

    def _knocked(self, socket: Datagrams, packet: Packet, data: bytes, where: Address) -> None:
        """Somebody wants to connect; nothing of it is believed before they answered our answer."""
        remote = endpoint_of(where)
        if not self._welcome(remote, where):
            self._strays.keep(socket, data, where)
            return
        link = UtpLink(self, remote, None, self._visitor_over)
        link.socket, link.where = socket, where
        link.line = self.recorder.new_line(socket.local_for(remote), remote)
        at = self.recorder.record("utp", Direction.IN, data, link.line)
        connect_ns = int(self.connect_timeout_s * 1e9)
        entropy = int.from_bytes(self._entropy.draw(6), "big")
        link.connection = UtpConnection.accept(packet, entropy, at, connect_ns=connect_ns)
        self._links.enter(link)
        self.pump(link, at)

    def _awaited(self, where: Address) -> bool:
        """Whether anybody may call, or this one was told to."""
        return self._on_inbound is not None or self._links.punching(where) is not None

    def _welcome(self, remote: Endpoint, where: Address) -> bool:
        """Somebody may be guessing what only a visitor can know: then the door opens once a second."""
        wary = self.recorder.now().monotonic_ns < self._wary_ns and self._links.punching(where) is None
        if wary or self._links.n_half_open >= MAX_HALF_OPEN or self.conduct.fit_to_dial(remote) is not None:
            return False
        return self.conduct.may_admit(remote, self.recorder.now())

    def _visitor_over(self, link: UtpLink, outcome: str) -> None:
        self.conduct.company.left(link.remote)
        if outcome == "unproved":
            self._wary_ns = self.recorder.now().monotonic_ns + WARY_NS
        if link.opened:
            self.on_over(link, outcome)
        else:
            self._spared(link.where)

    def _spared(self, where: Address) -> None:
        """The peer's own call came to nothing: ours goes on, if it stands."""
        caller = self._links.punching(where)
        if caller is None or caller.opened or caller.ended or caller.connection is None:
            return
        if caller.connection.standing:
            at = self.recorder.now()
            caller.begin(caller.dialogue, at)
            self.pump(caller, at)

    # What stands

    def stands(self, link: UtpLink, at: Instant) -> UtpLink | None:
        """The peer answered; the link that goes on over this connection, or None."""
        if not link.inbound:
            if not self._yields(link):
                link.begin(link.dialogue, at)
            return link
        self._links.proved(link)
        caller = self._links.punching(link.where)
        if caller is not None:
            return self._crossed(link, caller, at)
        dialogue = None if self._on_inbound is None else self._on_inbound(link.remote)
        if dialogue is None:
            self._turn_away(link, "not_wanted", at)
            return None
        link.begin(dialogue, at)
        self.on_open(link)
        return link

    def _yields(self, caller: UtpLink) -> bool:
        """Whether the peer's own call, which is under way too, is the one that goes on.

        Of two calls that met, libtorrent keeps that of the lower port. Were each side to keep its own,
        either would end the other's.
        """
        ours, theirs = caller.local, self._links.visitor_at(caller.where)
        return caller.punching and theirs is not None and ours is not None and ours.port > caller.remote.port

    def _crossed(self, visitor: UtpLink, caller: UtpLink, at: Instant) -> UtpLink | None:
        """Our call and the peer's met: one connection is enough, and the first that stands is it."""
        if caller.opened or visitor.connection is None:
            self._turn_away(visitor, "crossed", at)
            return None
        if caller.connection is not None:
            self._give_up(caller, caller.connection, visitor.line, at)
        self._leave(visitor)
        visitor.ended = True
        self.conduct.company.left(visitor.remote)
        caller.connection, caller.line = visitor.connection, visitor.line
        self._links.enter(caller)
        caller.begin(caller.dialogue, at)
        return caller

    def _give_up(self, caller: UtpLink, attempt: UtpConnection, instead: Line, at: Instant) -> None:
        """Our own attempt, for the peer's."""
        attempt.abort("crossed")
        for datagram in attempt.flush(at):
            self._send(caller, datagram)
        note = {"event": "crossed", "goes_on": instead.connection, **caller.about}
        self.recorder.note("net", note, caller.line)
        self._leave(caller)

    def _turn_away(self, link: UtpLink, outcome: str, at: Instant) -> None:
        assert link.connection is not None
        link.connection.abort(outcome)
        self.pump(link, at)

    # What goes, and the time

    def pump(self, link: UtpLink, at: Instant) -> None:
        """Send what the connection has to say, and see whether it is over."""
        if link.connection is None or link.ended:
            return
        for datagram in link.connection.flush(at):
            if not self._send(link, datagram):
                return
        if link.connection.state is State.OVER:
            self._ended(link)
        else:
            self._wheel.wait(link, link.connection.due_ns, at.monotonic_ns)

    def _send(self, link: UtpLink, datagram: bytes) -> bool:
        """Whether the link goes on: that nobody listens there can be told while we send."""
        assert link.socket is not None
        self.recorder.record("utp", Direction.OUT, datagram, link.line)
        link.socket.send(datagram, link.where)
        return not link.ended

    def _due(self, link: UtpLink) -> None:
        if link.connection is not None and not link.ended:
            at = self.recorder.now()
            link.connection.tick(at)
            self.pump(link, at)

    # The end

    def _leave(self, link: UtpLink) -> None:
        self._wheel.wait(link, None, 0)
        self._links.leave(link)

    def _ended(self, link: UtpLink) -> None:
        assert link.connection is not None
        outcome = link.connection.outcome or "fault"
        self._leave(link)
        event = "close" if link.opened else "fail"
        self.recorder.note("net", {"event": event, "outcome": outcome, **link.about}, link.line)
        self._done(link, outcome)

    def _done(self, link: UtpLink, outcome: str) -> None:
        self.release(link)
        link.over(outcome)

    def release(self, link: UtpLink) -> None:
        """The link is over: its socket may be, too, and nobody is expected any more."""
        self._links.forget(link)
        if not link.inbound and link.socket is not None:
            self._ports.give_back(link.socket)
            link.socket = None

    def _fault(self, link: UtpLink) -> None:
        """A mistake of ours, or a log that cannot be written: the link is over, and the error goes on."""
        if link.connection is None or link.ended:
            return
        link.connection.abort("fault")
        with suppress(RecordingError):
            self.pump(link, self.recorder.now())
        if not link.ended:
            self._leave(link)
            self._done(link, "fault")

    def _icmp(self, where: Address, outcome: str) -> None:
        """Nobody listens there, or there is no way: the end of attempts, except where both sides call."""
        for link in self._links.attempts_at(where):
            assert link.connection is not None
            link.connection.fail(outcome)
            self.pump(link, self.recorder.now())
