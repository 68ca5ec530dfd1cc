# SPDX-License-Identifier: Apache-2.0
"""Dialled TCP sockets in one epoll of our own, which hangs in the event loop as a single reader.

Theory of operation: `connect` makes a socket and puts it into the epoll once, edge-triggered; the loop
wakes `_turn` when any of them has something to tell. So a first contact costs nine system calls and no
task, timer or handle of its own, whichever loop runs it. To its protocol a `TcpTransport` is a transport of
asyncio: `connection_lost` comes once, later than the call that brought it about, and a mistake of ours
ends the one connection it was made on.
"""

from __future__ import annotations

import asyncio
import errno
import select
import socket
from collections.abc import Callable

from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.wheel import Wheel

READ_BYTES = 1 << 16
EVENTS_PER_TURN = 512
"""Then others in the loop have their turn."""
_KIND = {4: socket.AF_INET, 6: socket.AF_INET6}
_UNDER_WAY = frozenset({0, errno.EINPROGRESS})

Waiter = asyncio.Future[Exception | None]
"""How the attempt came out; None = it stands."""


class TcpTransport(asyncio.Transport):
    """One socket, from the attempt to its end; what of `asyncio.Transport` a link asks for."""

    __slots__ = ("_hub", "_left", "_socket", "_waiter", "bucket", "fd", "lost", "protocol", "stands")

    def __init__(self, hub: TcpHub, made: socket.socket, protocol: asyncio.Protocol, waiter: Waiter) -> None:
        self._hub = hub
        self._socket = made
        self._left = b""
        self.fd = made.fileno()
        self.protocol = protocol
        self._waiter = waiter
        self.bucket: int | None = None
        self.stands = False
        self.lost = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Only `sockname` and `socket`."""
        if name == "sockname":
            try:
                return self._socket.getsockname()
            except OSError:
                return default
        return self._socket if name == "socket" else default

    def get_write_buffer_size(self) -> int:
        """Bytes that the socket has not taken yet."""
        return len(self._left)

    def is_closing(self) -> bool:
        """Whether it is over, or about to be."""
        return self.lost

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send now what the socket takes, and the rest when it takes more."""
        if self.lost:
            return
        if self._left:
            self._left += data
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._hub.lose(self, error)
            return
        if sent < len(data):
            self._left = bytes(data[sent:])

    def close(self) -> None:
        """Hang up; nobody waits for what was not taken: see `PeerLink.close`."""
        self._hub.lose(self, None)

    def abort(self) -> None:
        """Hang up."""
        self._hub.lose(self, None)

    # For the hub

    def heard(self, events: int) -> None:
        """What the epoll says of the socket."""
        if not self.stands:
            if not events & (select.EPOLLOUT | select.EPOLLERR | select.EPOLLHUP):
                return
            if not self._arrive(events):
                return
        if self._left and events & select.EPOLLOUT:
            self._go_on()
        if events & ~select.EPOLLOUT and not self.lost:
            self._read(events)

    def _arrive(self, events: int) -> bool:
        """The attempt came out; whether well."""
        number = 0
        if events & (select.EPOLLERR | select.EPOLLHUP):
            number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            self._hub.lose(self, OSError(number, "connect"))
            return False
        self.stands = True
        self._hub.arrived(self)
        return not self.lost

    def _go_on(self) -> None:
        left, self._left = self._left, b""
        self.write(left)

    def _read(self, events: int) -> None:
        """One read per turn, so that nobody keeps the others waiting; the epoll tells of the rest again."""
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._hub.lose(self, error)
            return
        if not data:
            self.protocol.eof_received()
            self._hub.lose(self, None)
            return
        self.protocol.data_received(data)
        if not self.lost and (len(data) == READ_BYTES or events & ~(select.EPOLLOUT | select.EPOLLIN)):
            self._hub.again(self)

    def tell(self, error: Exception | None) -> None:
        """How the attempt came out."""
        if not self._waiter.done():
            self._waiter.set_result(error)

    def bury(self, error: Exception | None) -> None:
        """Give the socket back, by which the epoll forgets it, and say that it is over."""
        self._left = b""
        self._socket.close()
        if self.stands:
            self.tell(None)
            self.protocol.connection_lost(error)
        elif error is None:
            self._waiter.cancel()
        else:
            self.tell(error)


class TcpHub:
    """All dialled sockets of one loop.

    Args:
        now_ns: The monotonic clock, for time limits.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, now_ns: Callable[[], int]) -> None:
        self.loop = loop
        self._now_ns = now_ns
        self._epoll = select.epoll()
        self._mask = select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLET
        self._open: dict[int, TcpTransport] = {}
        self._gone: list[tuple[TcpTransport, Exception | None]] = []
        self._burying = False
        self._wheel: Wheel[TcpTransport] = Wheel(self._late, now_ns)
        loop.add_reader(self._epoll.fileno(), self._turn)

    def __len__(self) -> int:
        """Sockets that stand, and attempts under way."""
        return len(self._open)

    def connect(
        self,
        remote: Endpoint,
        protocol: asyncio.Protocol,
        waiter: Waiter,
        timeout_s: float,
        local: IPAddress | None = None,
    ) -> TcpTransport:
        """Begin an attempt; `waiter` is told how it comes out, later.

        Raises:
            OSError: it cannot even begin: no route, no sockets, not our address.
        """
        kind = _KIND[remote.ip.version]
        made = socket.socket(kind, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if local is not None:
                made.bind((str(local), 0))
            number = made.connect_ex((socket.inet_ntop(kind, remote.ip.packed), remote.port))
            if number not in _UNDER_WAY:
                raise OSError(number, "connect")
            transport = TcpTransport(self, made, protocol, waiter)
            self._epoll.register(transport.fd, self._mask)
        except OSError:
            made.close()
            raise
        self._open[transport.fd] = transport
        now = self._now_ns()
        self._wheel.wait(transport, now + int(timeout_s * 1e9), now)
        return transport

    def close(self) -> None:
        """Hang up everywhere, and turn no more; who is told of it is told at once."""
        for transport in list(self._open.values()):
            transport.abort()
        self._bury()
        self._wheel.stop()
        if not self._epoll.closed:
            self.loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    # For the transports

    def arrived(self, transport: TcpTransport) -> None:
        """The connection stands."""
        self._wheel.wait(transport, None, 0)
        transport.protocol.connection_made(transport)
        transport.tell(None)

    def lose(self, transport: TcpTransport, error: Exception | None) -> None:
        """It is over; whoever waits is told when the one that brought it about has returned.

        Until then the socket keeps its number, so that nobody else's news can be taken for its own.
        """
        if transport.lost:
            return
        transport.lost = True
        self._wheel.wait(transport, None, 0)
        del self._open[transport.fd]
        self._gone.append((transport, error))
        if not self._burying:
            self._burying = True
            self.loop.call_soon(self._bury)

    def again(self, transport: TcpTransport) -> None:
        """Tell of it once more, if there is something to tell."""
        self._epoll.modify(transport.fd, self._mask)

    def _turn(self) -> None:
        self._burying = True
        for fd, events in self._epoll.poll(0, EVENTS_PER_TURN):
            transport = self._open.get(fd)
            if transport is None:
                continue
            try:
                transport.heard(events)
            except Exception as error:  # noqa: BLE001  # as asyncio has it, the loop outlives its protocols
                self._blame(transport, error)
                self.lose(transport, error)
        self._bury()

    def _bury(self) -> None:
        self._burying = False
        gone, self._gone = self._gone, []
        for transport, error in gone:
            try:
                transport.bury(error)
            except Exception as fault:  # noqa: BLE001
                self._blame(transport, fault)

    def _blame(self, transport: TcpTransport, error: Exception) -> None:
        """A mistake of ours, in what the protocol does: as asyncio has it, the connection ends with it."""
        about = {"message": "a protocol raised", "exception": error, "protocol": transport.protocol}
        self.loop.call_exception_handler(about)

    def _late(self, transport: TcpTransport) -> None:
        self.lose(transport, TimeoutError())
