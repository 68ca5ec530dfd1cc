# SPDX-License-Identifier: Apache-2.0
"""Devices that answer anybody: each in its own way, and none of them BitTorrent."""

from __future__ import annotations

import asyncio
import socket

import pytest

from swarmwitness.lab.actors.bystanders import KINDS, serve
from swarmwitness.terms import Endpoint

SAYS = {"printer": b"@PJL", "web": b"HTTP/1.1 400", "echo": b"\x13BitTorrent protocol", "silent": b""}


async def answer(kind: str) -> bytes:
    with socket.create_server(("127.18.62.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = await serve(kind, Endpoint.of("127.18.62.1", port))
    reader, writer = await asyncio.open_connection("127.18.62.1", port)
    writer.write(b"\x13BitTorrent protocol")
    try:
        return await asyncio.wait_for(reader.read(64), 1.0)
    except TimeoutError:
        return b""
    finally:
        writer.close()
        server.close()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_each_says_what_it_says(kind: str) -> None:
    said = asyncio.run(answer(kind))
    assert said.startswith(SAYS[kind])
    assert bool(said) == bool(SAYS[kind])
