# SPDX-License-Identifier: Apache-2.0
"""A real log, real loopback sockets, and peers and trackers of every temper."""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit
from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint
from swarmwitness.vantage import Clock, Entropy, Recorder, Target
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.tracker_http import AnnounceRequest

PIECE, BLOCK = 32768, 16384
CONTENT = random.Random(5).randbytes(4 * PIECE + 1000)
N_PIECES = 5
FAST_AND_LTEP = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def torrent_bytes() -> bytes:
    hashes = b"".join(sha1(CONTENT[at : at + PIECE]).digest() for at in range(0, len(CONTENT), PIECE))
    info = {"name": "film.mkv", "piece length": PIECE, "pieces": hashes, "length": len(CONTENT)}
    return encode({"info": info})


@pytest.fixture(scope="session")
def torrent_file() -> bytes:
    return torrent_bytes()


@pytest.fixture(scope="session")
def target(torrent_file) -> Callable[..., Target]:
    """A target with the given trackers; content may be asked for."""
    metainfo = Metainfo.from_wire(torrent_file)

    def made(*trackers: str, allowed: bool = True) -> Target:
        return Target(metainfo.info_hashes[0], metainfo, trackers, (("film", None),), allowed, torrent_file)

    return made


@dataclass
class Station:
    """A recorder with everything behind it."""

    directory: Path
    log: EvidenceLog
    recorder: Recorder
    seen: list[tuple[int, Exhibit]]

    def kinds(self) -> list[str]:
        return [exhibit.kind for _, exhibit in self.seen]


@pytest.fixture
def station(tmp_path):
    """Records into a fresh log."""
    clock, entropy, seen = Clock(), Entropy(), []
    directory = tmp_path / "evidence"
    key = Ed25519PrivateKey.generate()
    log = EvidenceLog.create(
        directory, origin="test.example/log", key=key, salt=entropy.draw, at=clock.read()
    )
    recorder = Recorder(log, clock, "here", lambda index, exhibit: seen.append((index, exhibit)))
    with log:
        yield Station(directory, log, recorder, seen)


@pytest.fixture
def conduct() -> Conduct:
    return Conduct(
        "mailto:witness@example.org",
        dials_per_network_per_s=1000,
        min_announce_interval_s=0.2,
        private_networks=True,
    )


class Peers:
    """Listeners on 127.0.0.x, each with its own behaviour; they stop with the test."""

    def __init__(self) -> None:
        self._hosts = (f"127.0.0.{n}" for n in itertools.count(2))

    @asynccontextmanager
    async def peer(self, handler: Handler):
        """Where it listens."""

        writers: list[asyncio.StreamWriter] = []

        async def guarded(reader, writer):
            writers.append(writer)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await handler(reader, writer)
            writer.close()

        server = await asyncio.start_server(guarded, next(self._hosts), 0)
        host, port = server.sockets[0].getsockname()
        try:
            yield Endpoint.of(host, port)
        finally:
            server.close()
            for writer in writers:
                writer.transport.abort()
            await asyncio.sleep(0.01)

    @asynccontextmanager
    async def tracker(self, *peers: Endpoint, interval: int = 1, asked: list[AnnounceRequest] | None = None):
        """A tracker's URL."""

        async def answer(reader, writer):
            request = AnnounceRequest.from_wire(await reader.readuntil(b"\r\n\r\n"))
            if asked is not None:
                asked.append(request)
            body = encode({"interval": interval, "peers": to_compact(peers)[0]})
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + body)
            await writer.drain()

        async with self.peer(answer) as where:
            yield f"http://{where}/announce"


@pytest.fixture
def peers() -> Peers:
    return Peers()


class Words:
    """What a peer can say, as raw bytes (there is no encoder for most of it)."""

    content = CONTENT

    @staticmethod
    def frame(number: int, payload: bytes = b"") -> bytes:
        return (1 + len(payload)).to_bytes(4, "big") + bytes([number]) + payload

    @staticmethod
    def shake(info_hash: bytes, peer_id: bytes = b"-XX0001-abcdefghijkl") -> bytes:
        return b"\x13BitTorrent protocol" + FAST_AND_LTEP + info_hash + peer_id

    def have(self, piece: int) -> bytes:
        return self.frame(4, piece.to_bytes(4, "big"))

    async def greet(self, reader, writer, *frames: bytes) -> None:
        """Read a handshake, answer it, and say the rest."""
        asked = await reader.readexactly(68)
        writer.write(self.shake(asked[28:48]) + b"".join(frames))
        await writer.drain()

    async def serve(self, reader, writer, content: bytes = CONTENT) -> None:
        """Answer requests for ever."""
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            frame = await reader.readexactly(length)
            if frame[:1] == b"\x06":
                piece, begin, size = (int.from_bytes(frame[at : at + 4], "big") for at in (1, 5, 9))
                start = piece * PIECE + begin
                writer.write(self.frame(7, frame[1:9] + content[start : start + size]))
                await writer.drain()

    def seed(self, content: bytes = CONTENT) -> Handler:
        """Has all, unchokes at once, gives what is asked."""

        async def handler(reader, writer):
            ltep = self.frame(20, b"\0" + encode({"m": {}, "v": "Seed 1.0", "reqq": 50}))
            await self.greet(reader, writer, ltep, self.frame(14), self.frame(1))
            await self.serve(reader, writer, content)

        return handler

    def leecher(self, pause_s: float, pieces: int = N_PIECES) -> Handler:
        """Has nothing at first, then one piece more after each pause; never gives."""

        async def handler(reader, writer):
            await self.greet(reader, writer, self.frame(15))
            for piece in range(pieces):
                await asyncio.sleep(pause_s)
                writer.write(self.have(piece))
                await writer.drain()
            await reader.read()

        return handler


@pytest.fixture(scope="session")
def words() -> Words:
    return Words()


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.4.1 that is free now, and the next one as well."""
    while True:
        with socket.socket() as one, socket.socket() as next_:
            one.bind(("127.0.4.1", 0))
            port: int = one.getsockname()[1]
            try:
                next_.bind(("127.0.4.1", port + 1))
            except OSError:
                continue
            return port
