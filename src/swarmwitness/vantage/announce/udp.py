# SPDX-License-Identifier: Apache-2.0
"""UDP trackers over one socket for each address of ours: every datagram is recorded, then read.

The sockets are not connected, so that an answer from where nobody was asked is seen, too: it goes
on record and is not believed. What names no open question belongs to no connection (number 0); of
a flood of such only as much is kept as `conduct.py` says, and a note tells how much was not.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from swarmwitness.evidence import Direction
from swarmwitness.swarm.announce.answer import Answer
from swarmwitness.swarm.announce.udp import Ask, Door, UdpExchange
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.announce.about import About
from swarmwitness.vantage.announce.way import Way
from swarmwitness.vantage.entropy import Entropy
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import Line, Recorder, RecordingError
from swarmwitness.wire.tracker_udp import answered_in, asked_in

MAX_DATAGRAM = 65_536
MAX_AT_ONCE = 256
"""Datagrams read before others have their turn."""
MAX_HEARD = 64
"""Datagrams that one exchange listens to; a sender of more is noise."""
MAX_DOORS = 4096
BUFFER_BYTES = 4 << 20
SECOND = 1_000_000_000


class UdpSocket:
    """One of our addresses."""

    def __init__(
        self, version: int, local: IPAddress | None, on_readable: Callable[[UdpSocket], None]
    ) -> None:
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        self.bare = socket.socket(family, socket.SOCK_DGRAM)
        self._family = family
        self._local = local
        try:
            self._prepare(version)
        except OSError:
            self.bare.close()
            raise
        self.port: int = self.bare.getsockname()[1]
        asyncio.get_running_loop().add_reader(self.bare, on_readable, self)

    def _prepare(self, version: int) -> None:
        self.bare.setblocking(False)
        self.bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if version == 6:
            self.bare.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.bare.bind(("" if self._local is None else str(self._local), 0))

    def towards(self, remote: Endpoint) -> Endpoint:
        """Our end, as `remote` sees it on this machine's side; no packet is sent to learn it.

        Raises:
            OSError: there is no way there.
        """
        if self._local is not None:
            return Endpoint(self._local, self.port)
        with socket.socket(self._family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(remote.ip), remote.port or 1))
            return Endpoint.of(probe.getsockname()[0].partition("%")[0], self.port)

    @property
    def end(self) -> Endpoint:
        """Our end where nothing more is known: the address may be the unspecified one."""
        return Endpoint.of(self.bare.getsockname()[0], self.port)

    def close(self) -> None:
        """Hear no more."""
        asyncio.get_running_loop().remove_reader(self.bare)
        self.bare.close()


@dataclass(slots=True)
class _Known:
    """What is shared by all questions to one tracker."""

    door: Door
    local: Endpoint


class Call:
    """One question under way."""

    __slots__ = (
        "_about",
        "_going",
        "_hub",
        "_remote",
        "_socket",
        "_timer",
        "exchange",
        "heard",
        "line",
        "over",
    )

    def __init__(self, hub: UdpHub, about: About, exchange: UdpExchange, line: Line, way: UdpSocket) -> None:
        assert line.remote is not None
        self._hub = hub
        self._about = about
        self._socket = way
        self._timer: asyncio.TimerHandle | None = None
        self._remote = (str(line.remote.ip), line.remote.port)
        self.exchange = exchange
        self.line = line
        self.heard = 0
        self._going = True
        self.over: asyncio.Future[Answer] = hub.loop.create_future()

    def begin(self) -> None:
        """Ask."""
        at = self._about.record(self._hub.recorder, "open", "asked", self.line)
        self.perform(self.exchange.begin(at))

    def is_from(self, name: tuple[str, int], sender: Callable[[], Endpoint]) -> bool:
        """Whether the datagram is from whom we asked; mostly the spelling of the address tells."""
        return name == self._remote or sender() == self.line.remote

    def perform(self, data: bytes | None) -> None:
        """Send what the exchange wants sent, or end it, or wait on."""
        if self.exchange.over is not None:
            self.finish(self.exchange.over)
            return
        if data is not None:
            self._send(data)
        if self._timer is not None:
            self._timer.cancel()
        wait_ns = self.exchange.due_ns - self._hub.recorder.now().monotonic_ns
        self._timer = self._hub.loop.call_later(max(wait_ns, 0) / SECOND, self._tick)

    def _send(self, data: bytes) -> None:
        self._hub.expect(data, self)
        self._hub.recorder.record("udp", Direction.OUT, data, self.line)
        try:
            self._socket.bare.sendto(data, self._remote)
        except BlockingIOError:
            pass  # The queue of our own machine is full: lost like any datagram, and sent again like one.
        except OSError as error:
            self.exchange.over = Answer(outcome_of(error))
            self.finish(self.exchange.over)

    def _tick(self) -> None:
        try:
            self.perform(self.exchange.tick(self._hub.recorder.now()))
        except RecordingError as error:
            self.broke(error)

    def finish(self, answer: Answer) -> None:
        """It is over; told once."""
        if self._end():
            self._about.record(self._hub.recorder, "close", answer.outcome, self.line)
            if not self.over.done():
                self.over.set_result(answer)

    def broke(self, error: RecordingError) -> None:
        """Nothing more can be recorded."""
        if self._end() and not self.over.done():
            self.over.set_exception(error)

    def _end(self) -> bool:
        """Whether it was still going on."""
        if self._timer is not None:
            self._timer.cancel()
        self._hub.forget(self)
        going, self._going = self._going, False
        return going


class UdpHub:
    """All questions to UDP trackers.

    Args:
        first_wait_s: Until a question is repeated (BEP 15: 15 s).
    """

    def __init__(
        self, recorder: Recorder, conduct: Conduct, entropy: Entropy, *, first_wait_s: float = 15.0
    ) -> None:
        self.recorder = recorder
        self.loop = asyncio.get_running_loop()
        self._conduct = conduct
        self._entropy = entropy
        self._first_wait_s = first_wait_s
        self._sockets: dict[tuple[int, IPAddress | None], UdpSocket] = {}
        self._known: dict[tuple[Endpoint, IPAddress | None], _Known] = {}
        self._calls: dict[int, Call] = {}
        self._dropped = 0

    async def ask(self, about: About, ask: Ask, endpoints: Sequence[Endpoint], way: Way) -> Answer:
        """Ask one tracker, at the first of its endpoints; failures are outcomes.

        Args:
            about: What the notes say.
        """
        remote, local = endpoints[0], way.local
        try:
            bound = self._socket(remote.ip.version, local)
            known = self._knowledge(remote, local, bound)
        except OSError as error:
            outcome = outcome_of(error)
            line = self.recorder.new_line(None, remote)
            about.record(self.recorder, "fail", outcome, line)
            return Answer(outcome)
        exchange = UdpExchange(
            ask,
            known.door,
            self._entropy.number,
            ipv6=remote.ip.version == 6,
            first_wait_s=self._first_wait_s,
            timeout_s=way.deadline - self.loop.time(),
        )
        call = Call(self, about, exchange, self.recorder.new_line(known.local, remote), bound)
        call.begin()
        try:
            return await call.over
        finally:
            call.finish(Answer("we_closed"))

    def _socket(self, version: int, local: IPAddress | None) -> UdpSocket:
        if (version, local) not in self._sockets:
            self._sockets[version, local] = UdpSocket(version, local, self._readable)
        return self._sockets[version, local]

    def _knowledge(self, remote: Endpoint, local: IPAddress | None, way: UdpSocket) -> _Known:
        known = self._known.get((remote, local))
        if known is None or known.door.id_at(self.recorder.now()) is None:
            # The way there may have changed since, so our end is looked up again with each new id.
            if len(self._known) >= MAX_DOORS:
                self._known.clear()
            known = _Known(Door() if known is None else known.door, way.towards(remote))
            self._known[remote, local] = known
        return known

    def expect(self, data: bytes, call: Call) -> None:
        """Answers to this datagram are for this call."""
        asked = asked_in(data)
        if asked is not None:
            self._calls[asked[0]] = call

    def forget(self, call: Call) -> None:
        """The call is over: what still answers it belongs to nobody."""
        for transaction in call.exchange.reading.asked:
            if self._calls.get(transaction) is call:
                del self._calls[transaction]

    def _readable(self, way: UdpSocket) -> None:
        for _ in range(MAX_AT_ONCE):
            try:
                data, name = way.bare.recvfrom(MAX_DATAGRAM)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # An error of the network about an earlier datagram; that one's time will run out.
            self._take(data, name, way)

    def _take(self, data: bytes, name: tuple[str, int], way: UdpSocket) -> None:
        transaction = answered_in(data)
        call = None if transaction is None else self._calls.get(transaction)

        def sender() -> Endpoint:
            return Endpoint.of(name[0].partition("%")[0], name[1])

        if call is None or call.heard >= MAX_HEARD:
            self._stray(data, sender(), way)
            return
        call.heard += 1
        genuine = call.is_from(name[:2], sender)
        line = call.line if genuine else Line(call.line.connection, call.line.local, sender())
        try:
            at = self.recorder.record("udp", Direction.IN, data, line)
            call.perform(call.exchange.received(data, at, genuine=genuine))
        except RecordingError as error:
            call.broke(error)

    def _stray(self, data: bytes, sender: Endpoint, way: UdpSocket) -> None:
        if self._conduct.may_keep(sender, self.recorder.now()):
            self.recorder.record("udp", Direction.IN, data, Line(0, way.end, sender))
            return
        if not self._dropped:
            self.loop.call_later(1.0, self._tell_dropped)
        self._dropped += 1

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped and self.recorder.failure is None:
            self.recorder.note("net", {"event": "dropped", "transport": "udp", "datagrams": dropped})

    def close(self) -> None:
        """End every question and close the sockets."""
        for call in list(dict.fromkeys(self._calls.values())):
            call.finish(Answer("we_closed"))
        self._tell_dropped()
        for way in self._sockets.values():
            way.close()
        self._sockets.clear()
