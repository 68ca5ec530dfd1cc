# SPDX-License-Identifier: Apache-2.0
"""Odd peers, each written out by hand: monitors, cheats, poisoners and their like, at endpoints of their own.

`python -m swarmwitness.lab.actors.oddpeer SPEC.json` writes `ready` when all of them listen, and ends
when its standard input does. What each does is in `_MANNERS`. Some of them upload: they live here alone.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from swarmwitness.terms import Bitfield, Endpoint
from swarmwitness.wire import bencode, peerwire

HANDSHAKE_BYTES = 68
RESERVED = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])
VISIT_S, CALL_EVERY_S = 6.0, 3.0
OTHER_TORRENT = b"another torrent....."
METADATA_ID = 2


@dataclass(frozen=True, slots=True)
class Odd:
    """One odd peer: its manner, and where it listens or, calling, from where; ADDRESS:PORT."""

    manner: str
    at: str
    peer_id: str = "-OD0001-oddoddoddodd"
    v: str = "Odd 1.0"


@dataclass(frozen=True, slots=True)
class OddSpec:
    """Who plays.

    Attributes:
        content: The one file of the torrent.
        piece_bytes: Length of its pieces.
        info_hash: 40 hex digits, for those that call.
        observer: Whom they call, ADDRESS:PORT.
    """

    content: str
    piece_bytes: int
    info_hash: str
    observer: str
    peers: tuple[Odd, ...]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> OddSpec:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**told, "peers": tuple(Odd(**each) for each in told["peers"])})


class Visit:
    """One connection of one odd peer.

    Attributes:
        visits: How often the same address came before.
    """

    def __init__(self, cast: Cast, odd: Odd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.cast, self.odd, self.reader, self._writer = cast, odd, reader, writer
        who = odd.at, writer.get_extra_info("peername")[0]
        self.visits = cast.visits.get(who, 0)
        cast.visits[who] = self.visits + 1

    def say(self, *frames: bytes) -> None:
        """Whole messages."""
        self._writer.write(b"".join(frames))

    async def shaken(self, info_hash: bytes = b"", peer_id: str = "") -> None:
        """Answer a handshake for whatever was asked, or for something else."""
        asked = peerwire.Handshake.from_wire(await self.reader.readexactly(HANDSHAKE_BYTES))
        name = (peer_id or self.odd.peer_id).encode()
        self.say(peerwire.Handshake(RESERVED, info_hash or asked.info_hash, name).to_wire())

    def introduce(self, **more: int) -> None:
        """An extension handshake."""
        said: dict[bytes, bencode.Encodable] = {b"m": {}, b"v": self.odd.v}
        said |= {name.encode(): number for name, number in more.items()}
        self.say(frame(20, b"\0" + bencode.encode(said)))

    async def hear(self) -> bytes:
        """The next message, without its length; empty = keep-alive."""
        size = int.from_bytes(await self.reader.readexactly(4), "big")
        return await self.reader.readexactly(size)

    async def hear_on(self, seconds: float = 3600.0) -> None:
        """Stay and say nothing."""
        try:
            async with asyncio.timeout(seconds):
                while await self.reader.read(1 << 16):
                    pass
        except TimeoutError:
            pass

    async def serve(self, give: Callable[[int, int, int], bytes]) -> None:
        """Let everybody fetch; empty bytes = leave the request alone."""
        while True:
            heard = await self.hear()
            if heard[:1] == b"\x02":
                self.say(frame(1))
            elif heard[:1] == b"\x06":
                at = [int.from_bytes(heard[1 + 4 * n : 5 + 4 * n], "big") for n in range(3)]
                data = give(*at)
                if data:
                    self.say(frame(7, heard[1:9] + data))


class Cast:
    """All of one process."""

    def __init__(self, spec: OddSpec) -> None:
        self.spec = spec
        self.data = Path(spec.content).read_bytes()
        self.n_pieces = -(-len(self.data) // spec.piece_bytes)
        self.visits: dict[tuple[str, str], int] = {}

    def bitfield(self, *pieces: int) -> bytes:
        """A claim of these; none = of all."""
        told = Bitfield.of(self.n_pieces, pieces) if pieces else Bitfield.full(self.n_pieces)
        return frame(5, told.raw)

    def block(self, piece: int, begin: int, length: int) -> bytes:
        """As it is."""
        start = piece * self.spec.piece_bytes + begin
        return self.data[start : start + length]

    async def visited(self, odd: Odd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody came."""
        visit = Visit(self, odd, reader, writer)
        try:
            await _MANNERS[odd.manner](visit)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass  # Whoever called went away, or speaks something else.
        finally:
            writer.close()

    async def call(self, odd: Odd) -> None:
        """Call the observer again and again."""
        here, there = Endpoint.from_text(odd.at), Endpoint.from_text(self.spec.observer)
        while True:
            await asyncio.sleep(CALL_EVERY_S)
            try:
                reader, writer = await asyncio.open_connection(
                    str(there.ip), there.port, local_addr=(str(here.ip), 0)
                )
            except OSError:
                continue
            await self.visited(odd, reader, writer)


def frame(number: int, payload: bytes = b"") -> bytes:
    """A message."""
    return (1 + len(payload)).to_bytes(4, "big") + bytes([number]) + payload


async def _monitor(visit: Visit) -> None:
    """Claims everything at each visit, opens to nobody."""
    await visit.shaken()
    visit.say(visit.cast.bitfield())
    await visit.hear_on(VISIT_S)


async def _fake_seed(visit: Visit) -> None:
    await visit.shaken()
    visit.say(visit.cast.bitfield())
    try:
        async with asyncio.timeout(VISIT_S):
            await visit.serve(lambda *_: b"")
    except TimeoutError:
        pass


async def _stuck(visit: Visit) -> None:
    await visit.shaken()
    visit.say(frame(15))
    await visit.hear_on()


async def _rewinds(visit: Visit) -> None:
    await visit.shaken()
    kept = max(1, visit.cast.n_pieces - 3 - 2 * visit.visits)
    visit.say(visit.cast.bitfield(*range(kept)))
    await visit.hear_on(1.0)


async def _partial_seed(visit: Visit) -> None:
    await visit.shaken()
    visit.introduce(upload_only=1)
    visit.say(visit.cast.bitfield(*range(visit.cast.n_pieces // 2)))
    await visit.serve(visit.cast.block)


async def _poisoner(visit: Visit) -> None:
    await visit.shaken()
    visit.say(visit.cast.bitfield())
    await visit.serve(lambda *at: bytes(byte ^ 0xFF for byte in visit.cast.block(*at)))


async def _part_giver(visit: Visit) -> None:
    """Has the first piece alone, and gives the first block of it."""
    await visit.shaken()
    visit.say(visit.cast.bitfield(0))
    await visit.serve(lambda piece, begin, n: b"" if begin else visit.cast.block(piece, begin, n))


async def _leecher(visit: Visit) -> None:
    """As honest as any: some pieces, and gives them."""
    await visit.shaken()
    visit.introduce()
    visit.say(visit.cast.bitfield(*range(visit.cast.n_pieces // 3)))
    await visit.serve(visit.cast.block)


async def _tenants(visit: Visit) -> None:
    """One client at the first visit, another one from then on."""
    await visit.shaken(peer_id="-OD0001-firsttenant." if not visit.visits else "-NW0002-othertenant.")
    visit.say(visit.cast.bitfield(*range(visit.cast.n_pieces // 3)))
    await visit.hear_on(3600.0 if visit.visits else 1.0)


async def _elsewhere(visit: Visit) -> None:
    """Takes part in another torrent."""
    await visit.shaken(info_hash=OTHER_TORRENT)
    await visit.hear_on(2.0)


async def _earlier(visit: Visit) -> None:
    """Calls for a torrent of an earlier tenant of our port."""
    visit.say(peerwire.Handshake(RESERVED, OTHER_TORRENT, visit.odd.peer_id.encode()).to_wire())
    await visit.hear_on(2.0)


async def _crawler(visit: Visit) -> None:
    """Calls, asks for the description, leaves."""
    name = bytes.fromhex(visit.cast.spec.info_hash)
    visit.say(peerwire.Handshake(RESERVED, name, visit.odd.peer_id.encode()).to_wire())
    visit.say(frame(20, b"\0" + bencode.encode({b"m": {b"ut_metadata": METADATA_ID}, b"v": visit.odd.v})))
    await visit.reader.readexactly(HANDSHAKE_BYTES)
    theirs = await _their_metadata(visit)
    visit.say(frame(20, bytes([theirs]) + bencode.encode({b"msg_type": 0, b"piece": 0})))
    await visit.hear_on(0.5)


async def _their_metadata(visit: Visit) -> int:
    while True:
        heard = await visit.hear()
        at = heard.find(b"11:ut_metadatai")
        if heard[:2] == b"\x14\0" and at >= 0:
            return int(heard[at + 15 : heard.index(b"e", at + 15)])


_MANNERS: dict[str, Callable[[Visit], Awaitable[None]]] = {
    "monitor": _monitor,
    "fake_seed": _fake_seed,
    "stuck": _stuck,
    "rewinds": _rewinds,
    "partial_seed": _partial_seed,
    "poisoner": _poisoner,
    "part_giver": _part_giver,
    "leecher": _leecher,
    "tenants": _tenants,
    "elsewhere": _elsewhere,
    "earlier": _earlier,
    "crawler": _crawler,
}
CALLERS = frozenset({"earlier", "crawler"})


async def _main(spec: OddSpec) -> None:
    cast, calls = Cast(spec), []
    for odd in spec.peers:
        if odd.manner in CALLERS:
            calls.append(asyncio.ensure_future(cast.call(odd)))
            continue
        here = Endpoint.from_text(odd.at)
        await asyncio.start_server(
            lambda reader, writer, odd=odd: cast.visited(odd, reader, writer),  # type: ignore[misc]
            str(here.ip),
            here.port,
        )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for call in calls:
        call.cancel()


if __name__ == "__main__":
    asyncio.run(_main(OddSpec.read(Path(sys.argv[1]))))
