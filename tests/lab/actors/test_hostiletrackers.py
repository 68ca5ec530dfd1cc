# SPDX-License-Identifier: Apache-2.0
"""Several tempers at once, each at its own port."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from swarmwitness.lab.actors.hostiletrackers import listen
from swarmwitness.lab.trackermodes import BINARY, Mode
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.wire.tracker_http import AnnounceRequest


def free_ports(n: int) -> list[int]:
    held = [socket.socket() for _ in range(n)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


async def asked(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = AnnounceRequest(InfoHash(bytes(20)), b"-SW0200-123456789012", 0)
    writer.write(request.to_wire(f"http://127.0.0.1:{port}/announce", "test"))
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


def test_each_has_its_temper(tmp_path: Path) -> None:
    async def play() -> list[bytes]:
        with (tmp_path / "log").open("w") as log:
            modes = (Mode.HONEST, Mode.GARBAGE, Mode.REDIRECT_LOOP)
            ports = free_ports(len(modes))
            for mode, port in zip(modes, ports, strict=True):
                await listen(log, mode, Endpoint.of("127.0.0.1", port))
            return [await asked(port) for port in ports]

    honest, garbage, loop = asyncio.run(play())
    assert b"8:interval" in honest
    assert garbage == BINARY
    assert loop.startswith(b"HTTP/1.1 302")
