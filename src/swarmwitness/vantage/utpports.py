# SPDX-License-Identifier: Apache-2.0
"""The UDP sockets of a vantage's uTP: one per family, and for a while one beside a TCP connection's port.

A go-between tells the other side the endpoint that it sees of us (BEP 55). Where we met it over TCP that is
the TCP connection's own port, so the peer will call there: then that number is opened for UDP, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from swarmwitness.terms import Endpoint, IPAddress
from swarmwitness.vantage.datagrams import Address, Datagrams, OnError

MAX_EXTRA = 64

OnArrival = Callable[[Datagrams, bytes, Address], None]
OnBound = Callable[[Endpoint], None]


class Ports:
    """Binds and holds them.

    Args:
        on_arrival, on_error: As `Datagrams` has it, with the socket named.
        on_bound: Told of each socket that listens.
    """

    def __init__(self, on_arrival: OnArrival, on_error: OnError, on_bound: OnBound) -> None:
        self._on_arrival, self._on_error, self._on_bound = on_arrival, on_error, on_bound
        self._main: dict[int, Datagrams] = {}
        self._extra: dict[tuple[int, int], Datagrams] = {}
        self._users: Counter[Datagrams] = Counter()

    def __iter__(self) -> Iterator[Datagrams]:
        return iter([*self._main.values(), *self._extra.values()])

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where we can always be reached, as far as we know ourselves."""
        return tuple(socket.local for socket in self._main.values())

    def bind(self, ip: IPAddress, port: int) -> None:
        """Open the socket of a family.

        Raises:
            OSError: the address cannot be bound.
        """
        self._main[ip.version] = self._open(ip, port)

    def _open(self, ip: IPAddress, port: int) -> Datagrams:
        holder: list[Datagrams] = []
        made = Datagrams(
            ip, port, lambda data, where: self._on_arrival(holder[0], data, where), self._on_error
        )
        holder.append(made)
        self._on_bound(made.local)
        return made

    def take(self, version: int, port: int = 0) -> Datagrams | None:
        """The socket for a call in this family, from this port if it is to be had; `give_back` follows."""
        main = self._main.get(version)
        if main is None:
            return None
        socket = main if port in (0, main.local.port) else self._beside(main, port)
        self._users[socket] += 1
        return socket

    def _beside(self, main: Datagrams, port: int) -> Datagrams:
        key = main.local.ip.version, port
        if key not in self._extra:
            if len(self._extra) >= MAX_EXTRA:
                return main
            try:
                self._extra[key] = self._open(main.local.ip, port)
            except OSError:
                return main  # Somebody else has the number; a call from here may do all the same.
        return self._extra[key]

    def give_back(self, socket: Datagrams) -> None:
        """The call is over; a socket that nobody uses is closed, except the family's own."""
        self._users[socket] -= 1
        if self._users[socket] > 0:
            return
        del self._users[socket]
        key = socket.local.ip.version, socket.local.port
        if self._extra.get(key) is socket:
            del self._extra[key]
            socket.close()

    def close(self) -> None:
        """No datagram more."""
        for socket in self:
            socket.close()
        self._main.clear()
        self._extra.clear()
