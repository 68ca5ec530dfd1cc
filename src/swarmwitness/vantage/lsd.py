# SPDX-License-Identifier: Apache-2.0
"""Listening to local service discovery (BEP 14): what clients of our own network say there; we say nothing.

Kept is what names a torrent that is watched, and what cannot be read. Other people's torrents on the
same network are nobody's business here: such datagrams are counted and forgotten.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from swarmwitness.evidence import Direction
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.torrent import Lookup, Torrent
from swarmwitness.terms import Endpoint, InputError, IPAddress, MalformedMessage
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage.outcome import outcome_of
from swarmwitness.vantage.recorder import Line, Recorder
from swarmwitness.wire.lsd import GROUP_V4, GROUP_V6, PORT, LocalAnnounce

OnListed = Callable[[Torrent, Endpoint, Endpoint], None]
"""Told of the torrent, the peer's endpoint, and who sent the datagram."""

INTERFACES = Path("/proc/net/if_inet6")
IP_MULTICAST_ALL, IPV6_MULTICAST_ALL = 49, 29
"""linux/in.h and in6.h; the socket module has no names for them."""


class LocalListener:
    """One group of one family, on the network that a local address belongs to.

    Args:
        torrents: What is watched, by 20 bytes.
        on_listed: Called for each watched torrent of a datagram, after it was recorded.

    Attributes:
        n_others: Datagrams that named nothing that is watched.
        n_dropped: Datagrams beyond the limits of `Conduct`.
    """

    def __init__(self, recorder: Recorder, conduct: Conduct, torrents: Lookup, on_listed: OnListed) -> None:
        self._recorder = recorder
        self._conduct = conduct
        self._torrents = torrents
        self._on_listed = on_listed
        self._group: Endpoint | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self.n_others = 0
        self.n_dropped = 0

    async def start(self, local: IPAddress) -> None:
        """Join the group of the address's family on its interface.

        Raises:
            InputError: it cannot be joined there.
        """
        group = GROUP_V4 if local.version == 4 else GROUP_V6
        try:
            bare = _joined(local, group)
        except OSError as error:
            raise InputError(f"{group} cannot be joined on {local}: {outcome_of(error)}") from error
        self._group = Endpoint.of(group, PORT)
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Hearing(self._heard), sock=bare
        )

    def close(self) -> None:
        """Leave it; how much was not kept is noted."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        transport.abort()
        if self.n_dropped:
            note = {"event": "dropped", "transport": "lsd", "datagrams": self.n_dropped}
            self._recorder.note("net", note)

    def _heard(self, data: bytes, sender: Endpoint) -> None:
        """Whether it is kept must be known before it is recorded; nothing is concluded before it is."""
        if self._transport is None:
            return
        try:
            announce: LocalAnnounce | None = LocalAnnounce.from_wire(data)
        except MalformedMessage:
            announce = None
        watched = [] if announce is None else self._watched(announce)
        if announce is not None and not watched:
            self.n_others += 1
            return
        if not self._conduct.may_keep(sender, self._recorder.now()):
            self.n_dropped += 1
            return
        self._recorder.record("lsd", Direction.IN, data, Line(0, self._group, sender))
        for torrent in watched:
            if announce is not None and announce.port is not None:
                self._on_listed(torrent, Endpoint(sender.ip, announce.port), sender)

    def _watched(self, announce: LocalAnnounce) -> list[Torrent]:
        named = dict.fromkeys(announce.info_hashes)
        return [torrent for each in named if (torrent := self._torrents(each)) is not None]


class _Hearing(asyncio.DatagramProtocol):
    """The socket's side of it."""

    def __init__(self, heard: Callable[[bytes, Endpoint], None]) -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._heard(data, Endpoint(address_from_text(addr[0].partition("%")[0]), addr[1]))


def _joined(local: IPAddress, group: str) -> socket.socket:
    """A socket that hears the group alone: it is bound to the group's address, not to ours."""
    bare = socket.socket(socket.AF_INET if local.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        bare.setblocking(False)
        # Clients on the same machine listen on the port, too.
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if local.version == 4:
            bare.bind((group, PORT))
            request = socket.inet_aton(group) + local.packed
            bare.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
            _own_network_alone(bare, socket.IPPROTO_IP, IP_MULTICAST_ALL)
        else:
            bare.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            bare.bind((group, PORT))
            request = socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", _interface(local))
            bare.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
            _own_network_alone(bare, socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL)
    except OSError:
        bare.close()
        raise
    return bare


def _own_network_alone(bare: socket.socket, level: int, option: int) -> None:
    """Linux gives a socket what any other socket of the machine joined for, unless it is told not to."""
    if sys.platform == "linux":
        with suppress(OSError):
            bare.setsockopt(level, option, 0)


def _interface(local: IPAddress) -> int:
    """The number of the interface that has an IPv6 address; 0 = the system's choice."""
    try:
        lines = INTERFACES.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    for line in lines:
        address, number, *_ = line.split()
        if bytes.fromhex(address) == local.packed:
            return int(number, 16)
    return 0
