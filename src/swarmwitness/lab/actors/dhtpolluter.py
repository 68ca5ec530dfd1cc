# SPDX-License-Identifier: Apache-2.0
"""DHT nodes that lie: they claim to be next to whatever is asked for, and name peers that are none.

`python -m swarmwitness.lab.actors.dhtpolluter HOW ADDRESS:PORT…` ends when its standard input does, and then
writes how many questions came as one JSON line. HOW is one of

* `crowd`: names as many peers as a datagram holds, the same whatever is asked for;
* `neighbours`: names peers of its own /24 alone;
* `lure`: names ever nearer nodes, all of them its own, and no peer;
* `flood`: answers, and sends a thousand answers more that nobody asked for;
* `forge`: lets another of its addresses answer in its place;
* `broken`: answers with fields of wrong types and lists that end early.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from hashlib import sha1
from ipaddress import IPv4Address

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import krpc
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.krpc import NodeInfo, Query, Response

CROWD = tuple(Endpoint(IPv4Address("198.51.100.1") + at, 6881 + at) for at in range(200)) * 20
FLOOD = 1000
Address = tuple[str, int]


def near(target: bytes, salt: bytes, shared_bytes: int = 6) -> bytes:
    """An id that shares its first bytes with a target."""
    return target[:shared_bytes] + sha1(salt, usedforsecurity=False).digest()[: 20 - shared_bytes]


class Polluter:
    """All the sockets of one process, with one behaviour."""

    def __init__(self, how: str, endpoints: list[Endpoint]) -> None:
        self.endpoints = endpoints
        self.sockets: list[asyncio.DatagramTransport] = []
        self.asked = 0
        self._say: Callable[[Query, int], Iterator[tuple[int, bytes]]] = getattr(self, f"_{how}")

    def heard(self, data: bytes, sender: Address, number: int) -> None:
        """A datagram came to one of the sockets."""
        try:
            query = krpc.decode(data)
        except MalformedMessage:
            return
        if isinstance(query, Query):
            self.asked += 1
            for by, answer in self._say(query, number):
                self.sockets[by].sendto(answer, sender)

    def _response(self, query: Query, number: int, **said: object) -> bytes:
        node_id = near(query.target or bytes(20), b"%d" % number)
        return Response(query.transaction, node_id, token=b"t", **said).to_wire()  # type: ignore[arg-type]

    def _crowd(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        yield number, self._response(query, number, values=CROWD, nodes=self._others(query))

    def _neighbours(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        here = int(self.endpoints[number].ip) & ~0xFF
        values = tuple(Endpoint(IPv4Address(here + at), 6881) for at in range(1, 255))
        yield number, self._response(query, number, values=values)

    def _lure(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        yield number, self._response(query, number, nodes=self._others(query))

    def _flood(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        yield number, self._response(query, number)
        for at in range(FLOOD):
            yield number, Response(at.to_bytes(4, "big"), bytes(20), values=CROWD[:5]).to_wire()

    def _forge(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        yield (number + 1) % len(self.endpoints), self._response(query, number, values=CROWD[:5])

    def _broken(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        said: dict[bytes, Encodable] = {
            b"id": 7, b"nodes": b"x" * 30, b"values": [b"12345", 5], b"token": [], b"BFsd": b"\xff" * 255
        }  # fmt: skip
        yield number, encode({b"t": query.transaction, b"y": b"r", b"r": said, b"ip": b"1", b"v": 1})
        yield number, b"d1:y1:r1:rd" + b"l" * 400

    def _others(self, query: Query) -> tuple[NodeInfo, ...]:
        target = query.target or bytes(20)
        return tuple(
            NodeInfo(near(target, b"%d %b" % (at, query.transaction), 6 + self.asked % 10), endpoint)
            for at, endpoint in enumerate(self.endpoints)
        )


class _Listening(asyncio.DatagramProtocol):
    def __init__(self, polluter: Polluter, number: int) -> None:
        self._polluter, self._number = polluter, number

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._polluter.heard(data, addr, self._number)


async def listen(polluter: Polluter) -> None:
    """Open its sockets."""
    loop = asyncio.get_running_loop()
    for number, endpoint in enumerate(polluter.endpoints):
        transport, _ = await loop.create_datagram_endpoint(
            lambda number=number: _Listening(polluter, number),  # type: ignore[misc]
            local_addr=(str(endpoint.ip), endpoint.port),
        )
        polluter.sockets.append(transport)


async def _main(how: str, endpoints: list[Endpoint]) -> None:
    polluter = Polluter(how, endpoints)
    await listen(polluter)
    _say("ready")
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    _say(json.dumps({"asked": polluter.asked}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], [Endpoint.from_text(text) for text in sys.argv[2:]]))
