# SPDX-License-Identifier: Apache-2.0
"""A small HTTP tracker (BEP 3, 7, 23) that believes what it is told.

It honours `ip=`: that is how an address gets into a list without anybody being there. What it answered
is written down, so that the truth knows who was named to whom.

Run by `python -m swarmwitness.lab.tracker ADDRESS PORT LOG`; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, urlsplit

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import bencode
from swarmwitness.wire.tracker_http import AnnounceRequest, to_compact

INTERVAL_S = 4
_MAX_HEAD_BYTES = 16_384
_MAX_SWARMS, _MAX_PEERS = 1000, 2000
_READ_S = 10.0


@dataclass(slots=True)
class Swarm:
    """Who announced for one info_hash: endpoint -> (peer_id, bytes left)."""

    peers: dict[Endpoint, tuple[bytes, int]] = field(default_factory=dict)

    def heard(self, request: AnnounceRequest, endpoint: Endpoint) -> None:
        """Take an announce in. Port 0 says that nobody can connect there: not listed."""
        if request.event == "stopped":
            self.peers.pop(endpoint, None)
        elif endpoint.port and (endpoint in self.peers or len(self.peers) < _MAX_PEERS):
            self.peers[endpoint] = (request.peer_id, request.left)


class Tracker:
    """Swarms by the 20 bytes that announces carry; knows no sockets."""

    def __init__(self, log: TextIO) -> None:
        self._log = log
        self._swarms: dict[bytes, Swarm] = {}

    def answer(self, head: bytes, source: str) -> bytes:
        """The HTTP answer to the head of a request that came from the address `source`."""
        try:
            request = AnnounceRequest.from_wire(head)
            endpoint = Endpoint.of(_stated_ip(head) or source, request.port)
        except (MalformedMessage, ValueError) as error:
            return _response({b"failure reason": f"not an announce: {error}"})
        name = request.info_hash.on_wire
        if name not in self._swarms and len(self._swarms) >= _MAX_SWARMS:
            return _response({b"failure reason": "too many swarms"})
        swarm = self._swarms.setdefault(name, Swarm())
        swarm.heard(request, endpoint)
        named = [peer for peer in swarm.peers if peer != endpoint][: request.numwant or 200]
        self._note(name, source, endpoint, request, named)
        return _response(_body(swarm, named, request.compact))

    def _note(
        self, name: bytes, source: str, endpoint: Endpoint, request: AnnounceRequest, named: list[Endpoint]
    ) -> None:
        line = {
            "at_ns": time.time_ns(), "info_hash": name.hex(), "from": source, "as": str(endpoint),
            "event": request.event, "left": request.left, "named": [str(peer) for peer in named],
        }  # fmt: skip
        self._log.write(json.dumps(line) + "\n")


def _stated_ip(head: bytes) -> str | None:
    target = head.split(b" ", 2)[1].decode("ascii", "replace")
    return next(iter(parse_qs(urlsplit(target).query).get("ip", [])), None)


def _body(swarm: Swarm, named: list[Endpoint], compact: bool) -> dict[bytes, bencode.Encodable]:
    seeds = sum(1 for _, left in swarm.peers.values() if left == 0)
    body: dict[bytes, bencode.Encodable] = {
        b"interval": INTERVAL_S,
        b"min interval": INTERVAL_S,
        b"complete": seeds,
        b"incomplete": len(swarm.peers) - seeds,
    }
    v4, v6 = to_compact(named)
    if compact:
        return body | {b"peers": v4} | ({b"peers6": v6} if v6 else {})
    body[b"peers"] = [
        {b"ip": str(peer.ip), b"peer id": swarm.peers[peer][0], b"port": peer.port} for peer in named
    ]
    return body


def _response(body: dict[bytes, bencode.Encodable]) -> bytes:
    payload = bencode.encode(body)
    lines = (
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain",
        f"Content-Length: {len(payload)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + payload


async def serve(tracker: Tracker, host: str, port: int) -> asyncio.Server:
    """Listen; each connection is one announce."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_S)
            writer.write(tracker.answer(head, writer.get_extra_info("peername")[0]))
            await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # A caller that sends no request gets no answer.
        finally:
            writer.close()

    return await asyncio.start_server(handle, host, port, limit=_MAX_HEAD_BYTES)


async def _main(host: str, port: int, log: Path) -> None:
    with log.open("w", encoding="utf-8", buffering=1) as file:
        server = await serve(Tracker(file), host, port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
