# SPDX-License-Identifier: Apache-2.0
"""Innocents at whose endpoints somebody answers: devices and services that do not speak BitTorrent.

`python -m swarmwitness.lab.actors.bystanders KIND=ADDRESS:PORT…` writes `ready` when all listen, and
ends when its standard input does. KIND is one of

* `printer`: says what a printer says;
* `web`: answers as a web server does to what it cannot read;
* `silent`: takes the connection and says nothing;
* `echo`: sends back what it gets, over TCP and UDP, our own greeting too.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from swarmwitness.lab.actors.printer import greet
from swarmwitness.terms import Endpoint

READ_S, MAX_READ = 30.0, 4096
KINDS = ("printer", "web", "silent", "echo")
_WEB = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def _web(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(MAX_READ)
    writer.write(_WEB)
    await writer.drain()


async def _silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(MAX_READ):
        pass


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(MAX_READ):
        writer.write(data)
        await writer.drain()


_SAYS = {"web": _web, "silent": _silent, "echo": _echo}


class _EchoDatagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(data, addr)


async def serve(kind: str, endpoint: Endpoint) -> asyncio.Server:
    """Listen as one of them."""
    if kind == "printer":
        return await asyncio.start_server(greet, str(endpoint.ip), endpoint.port)
    says = _SAYS[kind]

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.wait_for(says(reader, writer), READ_S)
        except (TimeoutError, OSError):
            pass  # Whoever called went away, or stayed too long.
        finally:
            writer.close()

    if kind == "echo":
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(_EchoDatagrams, local_addr=(str(endpoint.ip), endpoint.port))
    return await asyncio.start_server(handle, str(endpoint.ip), endpoint.port)


async def _main(arguments: Sequence[str]) -> None:
    servers = [
        await serve(kind, Endpoint.from_text(text))
        for kind, _, text in (argument.partition("=") for argument in arguments)
    ]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for server in servers:
        server.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1:]))
