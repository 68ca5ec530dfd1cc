# SPDX-License-Identifier: Apache-2.0
"""Liars that name innocents: DHT nodes and a peer that tells by PEX of endpoints where nobody takes part.

`python -m swarmwitness.lab.actors.slanderer SPEC.json` writes `ready` when all of them listen, and ends
when its standard input does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from swarmwitness.lab.actors.dhtpolluter import Polluter, listen
from swarmwitness.terms import Endpoint
from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.krpc import Query
from swarmwitness.wire.pex import POLITE, PexMessage, PexPeer

HANDSHAKE_BYTES = 68
PEX_ID = 1
RESERVED = bytes([0, 0, 0, 0, 0, 0x10, 0, 0x04])


@dataclass(frozen=True, slots=True)
class SlanderSpec:
    """Who lies where about whom; all endpoints as ADDRESS:PORT.

    Attributes:
        nodes: DHT nodes; each names its share of `dht_victims` as peers of whatever is asked for.
        peer: Where the lying peer listens; it answers every handshake.
        pex_victims: Whom it says it is connected to, in messages as long as BEP 11 permits.
    """

    nodes: tuple[str, ...]
    dht_victims: tuple[str, ...]
    peer: str
    pex_victims: tuple[str, ...]

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> SlanderSpec:
        """What `write` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        lists = (tuple(told[name]) for name in ("nodes", "dht_victims", "pex_victims"))
        nodes, dht_victims, pex_victims = lists
        return cls(nodes, dht_victims, told["peer"], pex_victims)


class Slanderer(Polluter):
    """DHT nodes of one process that share out whom they name."""

    def __init__(self, endpoints: list[Endpoint], victims: list[Endpoint]) -> None:
        super().__init__("slander", endpoints)
        self._victims = victims

    def _slander(self, query: Query, number: int) -> Iterator[tuple[int, bytes]]:
        share = tuple(self._victims[number :: len(self.endpoints)])
        yield number, self._response(query, number, values=share, nodes=self._others(query))


async def lie_by_pex(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, victims: list[Endpoint]
) -> None:
    """One visitor: shake hands for whatever it asks, claim everything, name the victims."""
    try:
        shaken = peerwire.Handshake.from_wire(await reader.readexactly(HANDSHAKE_BYTES))
        answer = peerwire.Handshake(RESERVED, shaken.info_hash, b"-LI0001-slanderslan1")
        told = encode({b"m": {b"ut_pex": PEX_ID}, b"v": b"Liar 1.0"})
        writer.write(answer.to_wire() + _extended(0, told) + b"\0\0\0\x01\x0e")
        theirs = await _their_pex(reader)
        for at in range(0, len(victims), POLITE):
            named = tuple(PexPeer(each) for each in victims[at : at + POLITE])
            writer.write(_extended(theirs, PexMessage(added=named).to_wire()))
            await writer.drain()
        await reader.read()
    except (OSError, ValueError, asyncio.IncompleteReadError):
        pass  # Whoever called went away.
    finally:
        writer.close()


async def _their_pex(reader: asyncio.StreamReader) -> int:
    """The number under which the visitor takes PEX, from its extension handshake."""
    while True:
        size = int.from_bytes(await reader.readexactly(4), "big")
        frame = await reader.readexactly(size)
        at = frame.find(b"6:ut_pexi")
        if frame[:2] == b"\x14\0" and at >= 0:
            return int(frame[at + 9 : frame.index(b"e", at + 9)])


def _extended(number: int, payload: bytes) -> bytes:
    return (2 + len(payload)).to_bytes(4, "big") + bytes([20, number]) + payload


async def _main(spec: SlanderSpec) -> None:
    nodes, dht, pex = (
        [Endpoint.from_text(text) for text in texts]
        for texts in (spec.nodes, spec.dht_victims, spec.pex_victims)
    )
    await listen(Slanderer(nodes, dht))
    here = Endpoint.from_text(spec.peer)
    server = await asyncio.start_server(
        lambda reader, writer: lie_by_pex(reader, writer, pex), str(here.ip), here.port
    )
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_main(SlanderSpec.read(Path(sys.argv[1]))))
