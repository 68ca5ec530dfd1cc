# SPDX-License-Identifier: Apache-2.0
"""The UDP side of the laboratory's tracker (BEP 15, 41)."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from typing import TYPE_CHECKING, cast

from swarmwitness.lab.trackedswarm import Announced
from swarmwitness.lab.trackermodes import Mode, badly_over_udp
from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.terms.endpoint import address_from_wire
from swarmwitness.wire import tracker_udp as wire

if TYPE_CHECKING:
    from swarmwitness.lab.tracker import Tracker

INTERVAL_S = 4
ID_LIFE_S = 120
Name = tuple[str, int]


class UdpTracker(asyncio.DatagramProtocol):
    """Answers datagrams out of the same swarms as HTTP does.

    A connection id is a keyed digest of who asks and when, so nothing is kept for it, and nobody who cannot
    read what is sent to an address can announce it. (This tracker honours the `ip` field; then anybody can.)
    """

    def __init__(self, tracker: Tracker, mode: Mode = Mode.HONEST) -> None:
        self._tracker = tracker
        self._mode = mode
        self._key = secrets.token_bytes(16)
        self._transport: asyncio.DatagramTransport | None = None
        self._other: asyncio.DatagramTransport | None = None
        self.asked = 0

    @classmethod
    async def serve(cls, tracker: Tracker, host: str, port: int, mode: Mode = Mode.HONEST) -> UdpTracker:
        """Listen."""
        loop, made = asyncio.get_running_loop(), cls(tracker, mode)
        await loop.create_datagram_endpoint(lambda: made, local_addr=(host, port))
        if mode is Mode.WRONG_ENDPOINT:
            other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(host, 0))
            made._other = other
        return made

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Name) -> None:
        """One question."""
        self.asked += 1
        try:
            response = self._answer(wire.request_from_wire(data), addr)
        except (MalformedMessage, ValueError):
            return  # As trackers do: no answer to what is no question.
        for portion, elsewhere in badly_over_udp(self._mode, response):
            out = self._other if elsewhere else self._transport
            if out is not None:
                out.sendto(portion, addr)

    def _answer(self, request: wire.Request, addr: Name) -> wire.Response:
        if isinstance(request, wire.ConnectRequest):
            return wire.ConnectResponse(request.transaction, self._id(addr, 0))
        if request.connection_id not in (self._id(addr, 0), self._id(addr, 1)):
            return wire.ErrorResponse(request.transaction, b"Connection ID mismatch.")
        if isinstance(request, wire.ScrapeRequest):
            swarms = [self._tracker.swarm(name) for name in request.info_hashes]
            counts = (wire.Counts(s.seeds, s.seeds, len(s.peers) - s.seeds) for s in swarms)
            return wire.ScrapeResponse(request.transaction, tuple(counts))
        return self._announced(request, addr)

    def _announced(self, request: wire.AnnounceRequest, addr: Name) -> wire.Response:
        sender = Endpoint.of(addr[0].partition("%")[0], request.port)
        if request.ip and sender.ip.version == 4:
            sender = Endpoint(address_from_wire(request.ip.to_bytes(4, "big")), request.port)
        wanted = None if request.numwant < 0 else request.numwant
        told = Announced(
            request.info_hash, addr[0], sender, request.peer_id, request.left, request.event, wanted,
            sender.ip.version,
        )  # fmt: skip
        heard = self._tracker.heard(told)
        if heard is None:
            return wire.ErrorResponse(request.transaction, b"too many swarms")
        swarm, named = heard
        leechers = len(swarm.peers) - swarm.seeds
        return wire.AnnounceResponse(request.transaction, INTERVAL_S, leechers, swarm.seeds, tuple(named))

    def _id(self, addr: Name, ago: int) -> int:
        age = int(time.monotonic() // ID_LIFE_S) - ago
        said = f"{addr[0]} {addr[1]} {age}".encode()
        return int.from_bytes(hashlib.blake2b(said, key=self._key, digest_size=8).digest(), "big")

    def close(self) -> None:
        """Listen no more."""
        for transport in (self._transport, self._other):
            if transport is not None:
                transport.close()
