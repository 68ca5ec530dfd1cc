# SPDX-License-Identifier: Apache-2.0
"""Peers that mean harm: floods, drips, bombs, lies and junk, each at an endpoint of its own.

`python -m swarmwitness.lab.actors.hostilepeer SPEC.json` writes `ready` when all of them listen, and ends
when its standard input does. What each does is in `MANNERS` and, of those that come uncalled, in `CALLERS`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count, cycle
from pathlib import Path

from swarmwitness.lab.actors.oddpeer import frame
from swarmwitness.terms import Endpoint
from swarmwitness.wire import bencode, peerwire
from swarmwitness.wire.pex import PexMessage, PexPeer

HANDSHAKE_BYTES = 68
RESERVED = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])
OUR_PEX, OUR_METADATA, OUR_DONTHAVE, OUR_PUNCH = 1, 2, 3, 4
"""Numbers under which the observer takes these extensions; swarm/extensions.py has them."""
ABSURD_SIZE = 1 << 62
BATCH = 64
"""Messages in one write of a flood."""


@dataclass(frozen=True, slots=True)
class Enemy:
    """One of them: its manner, and where it listens or from where it comes; ADDRESS:PORT."""

    manner: str
    at: str


@dataclass(frozen=True, slots=True)
class HostileSpec:
    """Who attacks.

    Attributes:
        n_pieces, piece_bytes: Of the torrent.
        info_hash: 40 hex digits.
        observer: Where it listens for peers, ADDRESS:PORT.
        dht: Where its DHT node listens.
        victims: Network (first three numbers) of addresses that are named to it.
    """

    n_pieces: int
    piece_bytes: int
    info_hash: str
    observer: str
    dht: str
    victims: str
    enemies: tuple[Enemy, ...]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> HostileSpec:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**told, "enemies": tuple(Enemy(**each) for each in told["enemies"])})


@dataclass(slots=True)
class Line:
    """One connection with the observer."""

    spec: HostileSpec
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def shaken(self) -> None:
        """An honest handshake for what was asked."""
        asked = peerwire.Handshake.from_wire(await self.reader.readexactly(HANDSHAKE_BYTES))
        self.say(peerwire.Handshake(RESERVED, asked.info_hash, b"-HO0001-hostilehosti").to_wire())

    def say(self, *data: bytes) -> None:
        """Bytes."""
        self.writer.write(b"".join(data))

    async def flood(self, messages: Iterator[bytes]) -> None:
        """Until the observer hangs up."""
        while True:
            self.say(*(next(messages) for _ in range(BATCH)))
            await self.writer.drain()
            await asyncio.sleep(0.002)

    async def drip(self, data: bytes) -> None:
        """A byte now and then, never all of it."""
        for byte in data[:-1]:
            self.say(bytes([byte]))
            await self.writer.drain()
            await asyncio.sleep(0.4)

    async def stay(self) -> None:
        """And listen."""
        while await self.reader.read(1 << 16):
            pass

    def all_pieces(self) -> bytes:
        """A claim of everything."""
        return frame(14)


def _number(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def extended(number: int, payload: bytes) -> bytes:
    """A message of an extension."""
    return frame(20, bytes([number]) + payload)


def introduction(**more: bencode.Encodable) -> bytes:
    """An extension handshake that offers everything."""
    m: dict[bytes, bencode.Encodable] = {b"ut_pex": 1, b"ut_metadata": 2, b"ut_holepunch": 4}
    said: dict[bytes, bencode.Encodable] = {b"m": m, b"v": b"Hostile 1.0"}
    return extended(0, bencode.encode(said | {name.encode(): value for name, value in more.items()}))


async def _have_flood(line: Line) -> None:
    await line.shaken()
    await line.flood(frame(4, _number(n % 0xFFFFFFFF)) for n in count())


async def _pex_flood(line: Line) -> None:
    await line.shaken()
    line.say(introduction())
    victims = (Endpoint.of(f"{line.spec.victims}.{n % 250 + 1}", 1024 + n % 60_000) for n in count())
    await line.flood(
        extended(OUR_PEX, PexMessage(added=tuple(PexPeer(next(victims)) for _ in range(50))).to_wire())
        for _ in count()
    )


async def _punch_flood(line: Line) -> None:
    await line.shaken()
    line.say(introduction(), line.all_pieces())
    ip = bytes(int(part) for part in f"{line.spec.victims}.9".split("."))
    await line.flood(
        extended(OUR_PUNCH, bytes([1, 0]) + ip + struct.pack(">HI", 1024 + n % 60_000, 0)) for n in count()
    )


async def _unknown_flood(line: Line) -> None:
    await line.shaken()
    await line.flood(frame(99 + n % 100, bytes(900)) for n in count())


async def _keep_alive_flood(line: Line) -> None:
    await line.shaken()
    await line.flood(cycle((bytes(4),)))


async def _asking_flood(line: Line) -> None:
    await line.shaken()
    line.say(introduction(), frame(2))
    asks = (
        frame(6, _number(0, 0, 16384)),
        extended(OUR_METADATA, bencode.encode({b"msg_type": 0, b"piece": 0})),
        frame(21, bytes(32) + _number(0, 0, 512, 0)),
    )
    await line.flood(cycle(asks))


async def _unasked_blocks(line: Line) -> None:
    await line.shaken()
    line.say(line.all_pieces())
    await line.flood(frame(7, _number(n % line.spec.n_pieces, 0) + bytes(16384)) for n in count())


async def _donthave_flood(line: Line) -> None:
    await line.shaken()
    line.say(introduction(), line.all_pieces())
    await line.flood(extended(OUR_DONTHAVE, _number(n % 1_000_000)) for n in count())


async def _flapping(line: Line) -> None:
    await line.shaken()
    line.say(line.all_pieces())
    await line.flood(cycle((frame(1), frame(0))))


async def _drip_handshake(line: Line) -> None:
    asked = await line.reader.readexactly(HANDSHAKE_BYTES)
    await line.drip(asked[:48] + b"-HO0001-hostilehosti")


async def _drip_message(line: Line) -> None:
    await line.shaken()
    await line.drip(frame(99, bytes(60_000)))


async def _huge_frame(line: Line) -> None:
    await line.shaken()
    line.say(b"\xff\xff\xff\xff\x07", bytes(1 << 20))
    await line.stay()


async def _bogus_bitfields(line: Line) -> None:
    await line.shaken()
    size = (line.spec.n_pieces + 7) // 8
    line.say(frame(5, bytes(size + 3)), frame(5, b"\xff" * size), frame(5, b"\x00" * size))
    await line.stay()


async def _deep_bencode(line: Line) -> None:
    await line.shaken()
    line.say(extended(0, b"d1:m" + b"l" * 60_000 + b"e" * 60_000 + b"e"))
    await line.stay()


async def _wide_bencode(line: Line) -> None:
    await line.shaken()
    m: dict[bytes, bencode.Encodable] = {b"x%05d" % n: n % 256 for n in range(6000)}
    line.say(extended(0, bencode.encode({b"m": m, b"p": -1, b"reqq": 1 << 80, b"v": b"\xff" * 500})))
    await line.stay()


async def _poison(line: Line) -> None:
    await line.shaken()
    line.say(line.all_pieces())
    while True:
        size = int.from_bytes(await line.reader.readexactly(4), "big")
        heard = await line.reader.readexactly(size)
        if heard[:1] == b"\x02":
            line.say(frame(1))
        elif heard[:1] == b"\x06":
            line.say(frame(7, heard[1:9] + os.urandom(int.from_bytes(heard[9:13], "big"))))


async def _wrong_torrent(line: Line) -> None:
    await line.reader.readexactly(HANDSHAKE_BYTES)
    line.say(peerwire.Handshake(RESERVED, b"no such torrent here", b"-HO0001-hostilehosti").to_wire())
    await line.stay()


async def _mirror(line: Line) -> None:
    """Says what the observer says: its own peer_id comes back."""
    while data := await line.reader.read(1 << 16):
        line.say(data)


async def _junk(line: Line) -> None:
    line.say(b"\x13" + os.urandom(700))
    await line.stay()


async def _false_hashes(line: Line) -> None:
    await line.shaken()
    line.say(line.all_pieces())
    await line.flood(frame(22, os.urandom(32) + _number(0, n % 8, 2, 0) + os.urandom(64)) for n in count())


async def _absurd_metadata(line: Line) -> None:
    await line.shaken()
    line.say(introduction(metadata_size=ABSURD_SIZE))
    await line.stay()


async def _false_metadata(line: Line) -> None:
    """Says that the description has 40,000 bytes and gives some that are none."""
    await line.shaken()
    line.say(introduction(metadata_size=40_000))
    for piece in range(3):
        head = bencode.encode({b"msg_type": 1, b"piece": piece, b"total_size": 40_000})
        line.say(extended(OUR_METADATA, head + os.urandom(16384 if piece < 2 else 40_000 - 32_768)))
    while True:
        size = int.from_bytes(await line.reader.readexactly(4), "big")
        heard = await line.reader.readexactly(size)
        at = heard.find(b"5:piecei")
        if heard[:2] == b"\x14\x02" and at >= 0:
            piece = int(heard[at + 8 : heard.index(b"e", at + 8)])
            head = bencode.encode({b"msg_type": 1, b"piece": piece, b"total_size": 40_000})
            line.say(extended(OUR_METADATA, head + os.urandom(16384 if piece < 2 else 40_000 - 32_768)))


MANNERS: dict[str, Callable[[Line], Awaitable[None]]] = {
    "have_flood": _have_flood,
    "pex_flood": _pex_flood,
    "punch_flood": _punch_flood,
    "unknown_flood": _unknown_flood,
    "keep_alive_flood": _keep_alive_flood,
    "asking_flood": _asking_flood,
    "unasked_blocks": _unasked_blocks,
    "donthave_flood": _donthave_flood,
    "flapping": _flapping,
    "drip_handshake": _drip_handshake,
    "drip_message": _drip_message,
    "huge_frame": _huge_frame,
    "bogus_bitfields": _bogus_bitfields,
    "deep_bencode": _deep_bencode,
    "wide_bencode": _wide_bencode,
    "poison": _poison,
    "wrong_torrent": _wrong_torrent,
    "mirror": _mirror,
    "junk": _junk,
    "false_hashes": _false_hashes,
    "absurd_metadata": _absurd_metadata,
    "false_metadata": _false_metadata,
}


async def _knock(spec: HostileSpec, at: Endpoint) -> None:
    """Connections without end, half of them with junk like a key of an encrypted exchange."""
    there, held = Endpoint.from_text(spec.observer), []
    for n in count():
        try:
            _, writer = await asyncio.open_connection(str(there.ip), there.port, local_addr=(str(at.ip), 0))
        except OSError:
            await asyncio.sleep(0.1)
            continue
        if n % 2:
            writer.write(os.urandom(96 + n % 1500))
        held.append(writer)
        if len(held) > 200:
            held.pop(0).close()
        await asyncio.sleep(0.005)


async def _pour(there: str, at: Endpoint, datagrams: Iterator[bytes]) -> None:
    """Datagrams at one of the observer's sockets, 64 at a time."""
    to = Endpoint.from_text(there)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setblocking(False)
        line.bind((str(at.ip), at.port))
        while True:
            for _ in range(BATCH):
                try:
                    line.sendto(next(datagrams), (str(to.ip), to.port))
                except OSError:
                    break
            await asyncio.sleep(0.01)


def _syns() -> Iterator[bytes]:
    """uTP: SYN packets of ever new connections, and random bytes that look like packets."""
    for n in count():
        yield struct.pack(">BBHIIIHH", 0x41, 0, n & 0xFFFF, n & 0xFFFFFFFF, 0, 1 << 20, 1, 0)
        yield bytes([(n % 6) << 4 | 1]) + os.urandom(19 + n % 1300)


def _krpc() -> Iterator[bytes]:
    """Answers that nobody asked for, questions, broken and nested bencoding."""
    query: dict[bytes, bencode.Encodable] = {
        b"q": b"find_node",
        b"a": {b"id": bytes(20), b"target": bytes(20)},
        b"y": b"q",
        b"t": b"zz",
    }
    response: dict[bytes, bencode.Encodable] = {b"r": {b"id": bytes(20), b"nodes": bytes(26 * 8)}, b"y": b"r"}
    for n in count():
        yield bencode.encode({**response, b"t": n.to_bytes(4, "big")})
        yield bencode.encode(query)
        yield b"d1:y1:r1:rd" + b"l" * 1200
        yield os.urandom(200)


async def _utp_flood(spec: HostileSpec, at: Endpoint) -> None:
    await _pour(spec.observer, at, _syns())


async def _dht_flood(spec: HostileSpec, at: Endpoint) -> None:
    await _pour(spec.dht, at, _krpc())


CALLERS: dict[str, Callable[[HostileSpec, Endpoint], Awaitable[None]]] = {
    "knocking": _knock,
    "utp_flood": _utp_flood,
    "dht_flood": _dht_flood,
}


async def _listen(spec: HostileSpec, enemy: Enemy) -> None:
    here = Endpoint.from_text(enemy.at)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await MANNERS[enemy.manner](Line(spec, reader, writer))
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # The observer hung up.
        finally:
            writer.close()

    await asyncio.start_server(handle, str(here.ip), here.port)


async def _main(spec: HostileSpec) -> None:
    for enemy in spec.enemies:
        if enemy.manner in MANNERS:
            await _listen(spec, enemy)
    calls = [asyncio.ensure_future(_call(spec, enemy)) for enemy in spec.enemies if enemy.manner in CALLERS]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for call in calls:
        call.cancel()


async def _call(spec: HostileSpec, enemy: Enemy) -> None:
    await CALLERS[enemy.manner](spec, Endpoint.from_text(enemy.at))


if __name__ == "__main__":
    asyncio.run(_main(HostileSpec.read(Path(sys.argv[1]))))
