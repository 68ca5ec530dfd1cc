# SPDX-License-Identifier: Apache-2.0
"""A small tracker (BEP 3, 7, 15, 23, 48) over HTTP, HTTPS and UDP that believes what it is told.

It honours `ip=`: that is how an address gets into a list without anybody being there. What it answered
is written down, so that the truth knows who was named to whom. It can misbehave (trackermodes.py).

Run by `python -m swarmwitness.lab.tracker ADDRESS PORT LOG [MODE] [CHAIN KEY]`: HTTP (or, with a certificate,
HTTPS) and UDP at the same port; ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, urlsplit

from swarmwitness.lab.trackedswarm import Announced, Swarm
from swarmwitness.lab.trackermodes import Mode, badly, injected
from swarmwitness.lab.udptracker import UdpTracker
from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import bencode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.scrape import scraped_hashes
from swarmwitness.wire.tracker_http import AnnounceRequest, target_of

INTERVAL_S = 4
_MAX_HEAD_BYTES = 16_384
_MAX_SWARMS = 10_000
_READ_S = 10.0


class Tracker:
    """Swarms by the 20 bytes that announces carry; knows no sockets.

    Args:
        more: Endpoints that are named in every answer although nobody announced them.
    """

    def __init__(self, log: TextIO, more: Sequence[Endpoint] = ()) -> None:
        self._log = log
        self._more = more
        self._swarms: dict[bytes, Swarm] = {}

    def heard(self, told: Announced) -> tuple[Swarm, list[Endpoint]] | None:
        """Take an announce in: its swarm and whom to name; None where there are too many swarms."""
        if told.name not in self._swarms and len(self._swarms) >= _MAX_SWARMS:
            return None
        swarm = self._swarms.setdefault(told.name, Swarm())
        swarm.heard(told)
        fit = (peer for peer in (*swarm.peers, *self._more) if told.family in (0, peer.ip.version))
        named = [peer for peer in fit if peer != told.endpoint][: told.numwant or 200]
        self._note(told, named)
        return swarm, named

    def swarm(self, name: bytes) -> Swarm:
        """A swarm as it stands; an empty one for a name that nobody announced."""
        return self._swarms.get(name) or Swarm()

    def answer(self, head: bytes, source: str) -> bytes:
        """The HTTP answer to the head of a request that came from the address `source`."""
        try:
            if urlsplit(target_of(head)).path.rpartition(b"/")[2].startswith(b"scrape"):
                return _response(self._scraped(scraped_hashes(head)))
            request = AnnounceRequest.from_wire(head)
            endpoint = Endpoint.of(_stated_ip(head) or source, request.port)
        except (MalformedMessage, ValueError) as error:
            return _response({b"failure reason": f"not an announce: {error}"})
        told = Announced(
            request.info_hash.on_wire,
            source,
            endpoint,
            request.peer_id,
            request.left,
            request.event,
            request.numwant,
        )
        heard = self.heard(told)
        if heard is None:
            return _response({b"failure reason": "too many swarms"})
        return _response(_body(*heard, request.compact))

    def _scraped(self, names: Sequence[bytes]) -> dict[bytes, bencode.Encodable]:
        counted = {name: self.swarm(name) for name in names or tuple(self._swarms)}
        files: dict[bytes, bencode.Encodable] = {
            name: {
                b"complete": swarm.seeds,
                b"downloaded": swarm.seeds,
                b"incomplete": len(swarm.peers) - swarm.seeds,
            }
            for name, swarm in counted.items()
        }
        return {b"files": files}

    def _note(self, told: Announced, named: list[Endpoint]) -> None:
        line = {
            "at_ns": time.time_ns(), "info_hash": told.name.hex(), "from": told.source,
            "as": str(told.endpoint), "event": told.event, "left": told.left,
            "named": [str(peer) for peer in named],
        }  # fmt: skip
        self._log.write(json.dumps(line) + "\n")


def _stated_ip(head: bytes) -> str | None:
    target = target_of(head).decode("ascii", "replace")
    return next(iter(parse_qs(urlsplit(target).query).get("ip", [])), None)


def _body(swarm: Swarm, named: list[Endpoint], compact: bool) -> dict[bytes, bencode.Encodable]:
    body: dict[bytes, bencode.Encodable] = {
        b"interval": INTERVAL_S,
        b"min interval": INTERVAL_S,
        b"complete": swarm.seeds,
        b"incomplete": len(swarm.peers) - swarm.seeds,
    }
    v4, v6 = to_compact(named)
    if compact:
        return body | {b"peers": v4} | ({b"peers6": v6} if v6 else {})
    body[b"peers"] = [
        {b"ip": str(peer.ip), b"peer id": swarm.peers.get(peer, (bytes(20), 0))[0], b"port": peer.port}
        for peer in named
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


async def serve(
    tracker: Tracker, host: str, port: int, mode: Mode = Mode.HONEST, tls: ssl.SSLContext | None = None
) -> asyncio.Server:
    """Listen for HTTP, or with `tls` for HTTPS; each connection is one question."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _READ_S)
            honest = tracker.answer(head, writer.get_extra_info("peername")[0])
            async for portion in badly(mode, head, honest):
                writer.write(portion)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # A caller that sends no request, or leaves, gets no answer.
        finally:
            writer.close()

    return await asyncio.start_server(handle, host, port, limit=_MAX_HEAD_BYTES, ssl=tls)


async def _main(host: str, port: int, log: Path, mode: Mode, tls: ssl.SSLContext | None) -> None:
    with log.open("w", encoding="utf-8", buffering=1) as file:
        tracker = Tracker(file, injected(host) if mode is Mode.INJECT else ())
        server = await serve(tracker, host, port, mode, tls)
        udp = await UdpTracker.serve(tracker, host, port, mode)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        server.close()
        udp.close()


def _context(arguments: Sequence[str]) -> ssl.SSLContext | None:
    if not arguments:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*arguments)
    return context


if __name__ == "__main__":
    _host, _port, _log, *_rest = sys.argv[1:]
    _mode = Mode(_rest[0]) if _rest else Mode.HONEST
    asyncio.run(_main(_host, int(_port), Path(_log), _mode, _context(_rest[1:])))
