# SPDX-License-Identifier: Apache-2.0
"""One UDP socket that serves many peers: datagrams in and out, and what ICMP says of them.

Theory of operation: the kernel keeps what ICMP says in a queue of its own (IP_RECVERR), with the address
that it is about, which an ordinary read would not tell. Reading is bounded per turn, so that a flood
cannot keep the loop from everything else. What the kernel does not take at once is dropped: the
protocols above send again.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
import sys
from collections.abc import Callable

from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.outcome import outcome_of

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address], None]
OnError = Callable[[Address, str], None]
"""Told of an address and an outcome: ICMP says that nobody listens there, or that there is no way."""

MAX_DATAGRAM_BYTES = 65_536
PER_TURN = 64
BUFFER_BYTES = 4 << 20
_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
_ERRQUEUE = 0x2000
_EXTENDED_ERROR = struct.Struct("=I")
_BY_ICMP = (2, 3)
"""Origins of an extended error: ICMP and ICMPv6 (linux/errqueue.h)."""


class Datagrams:
    """A bound UDP socket in the running loop.

    Args:
        ip: Where to bind; the unspecified address of a family = all of it.
        port: 0 = the system chooses.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(self, ip: IPAddress, port: int, on_datagram: OnDatagram, on_error: OnError) -> None:
        family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
        self._on_datagram, self._on_error = on_datagram, on_error
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._prepare(family)
            self._socket.bind((str(ip), port))
        except OSError:
            self._socket.close()
            raise
        self.local = Endpoint(ip, self._socket.getsockname()[1])
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def _prepare(self, family: socket.AddressFamily) -> None:
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        if family == socket.AF_INET6:
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "linux":
            self._socket.setsockopt(*_RECVERR[family], 1)

    def local_for(self, remote: Endpoint) -> Endpoint:
        """Our end of what goes to `remote`: the system chooses it, where the socket serves all addresses."""
        if not self.local.ip.is_unspecified:
            return self.local
        with socket.socket(self._socket.family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((str(remote.ip), remote.port))
            except OSError:
                return self.local
            return Endpoint.of(probe.getsockname()[0].partition("%")[0], self.local.port)

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram; what cannot be sent now is lost, as on the way."""
        for _ in range(2):
            try:
                self._socket.sendto(data, to)
            except BlockingIOError:
                return
            except OSError as error:
                # An error of an earlier datagram is told here once, and this one was not sent.
                if not self.drain() and error.errno not in (errno.ECONNREFUSED, errno.EHOSTUNREACH):
                    self._on_error(to, outcome_of(error))
                    return
            else:
                return

    def close(self) -> None:
        """No datagram more."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _readable(self) -> None:
        for _ in range(PER_TURN):
            if self._socket.fileno() < 0:
                return  # Whoever heard the last datagram closed the socket.
            try:
                data, sender = self._socket.recvfrom(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                break
            except OSError:
                self._rearm()
                break
            self._on_datagram(data, sender[:2])

    def _rearm(self) -> None:
        """libuv stops watching a socket that has an error waiting."""
        self._loop.remove_reader(self._socket.fileno())
        self.drain()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def drain(self) -> int:
        """Tell what ICMP said since; how much it was."""
        told = 0
        while told < PER_TURN:
            try:
                _, notes, _, about = self._socket.recvmsg(1, 512, _ERRQUEUE)
            except OSError:
                return told
            told += 1
            for _, _, note in notes:
                if len(note) >= 8 and note[4] in _BY_ICMP and about:
                    number = _EXTENDED_ERROR.unpack_from(note)[0]
                    self._on_error(about[:2], outcome_of(OSError(number, "")))
        return told
