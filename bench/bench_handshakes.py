# SPDX-License-Identifier: Apache-2.0
"""Recorded first contacts per second: connect, handshakes, extension handshakes, bitfield, close; log sealed.

The listener runs in a process of its own (on the other core, where there is one). The same is measured
with a bare dial through the loop's own transports that records and parses nothing. By the wall, and
by seconds of the processor: the latter is what one core that has nothing else to do would take.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog
from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.commands import Close, Command
from swarmwitness.terms import Bitfield, Endpoint, Instant, Rung
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

N_PIECES = 1000
CONTACTS = 8_000
ROUNDS = 7
IN_FLIGHT = 128
AIMS_PER_S = {"uvloop": 10_000, "asyncio": 5_000}
OUT = Path(__file__).parent / "out"
CLOSE = Close("we_closed")
HOSTS = tuple(f"127.0.7.{n}" for n in range(1, 9))
PORT = 7788
LTEP = {"m": {"ut_metadata": 2, "ut_pex": 1, "lt_donthave": 7}, "v": "bench/1.0", "reqq": 500, "p": PORT}


def metainfo() -> bytes:
    """A torrent of a thousand pieces, whose content nobody asks for."""
    info = {
        "length": N_PIECES << 14,
        "name": "bench",
        "piece length": 1 << 14,
        "pieces": bytes(20 * N_PIECES),
    }
    return encode({"info": info})


class Answering(asyncio.Protocol):
    """A peer that answers a handshake with all that the observer waits for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.heard = b""

    def data_received(self, data: bytes) -> None:
        if len(self.heard) < 68 <= len(self.heard) + len(data):
            asked = peerwire.Handshake.from_wire((self.heard + data)[:68])
            shake = peerwire.Handshake(asked.reserved, asked.info_hash, b"-BE0001-" + bytes(12))
            ltep = peerwire.Extended(0, encode(LTEP))
            bits = peerwire.BitfieldMessage(Bitfield.full(N_PIECES).raw)
            self.transport.write(shake.to_wire() + peerwire.encode(ltep) + peerwire.encode(bits))
        self.heard += data


def listen(ready: Callable[[], None], core: int) -> None:
    """The other process."""
    _pin(core)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        servers = [await loop.create_server(Answering, host, PORT, backlog=4096) for host in HOSTS]
        ready()
        await asyncio.gather(*(server.serve_forever() for server in servers))

    uvloop.run(serve())


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


@dataclass(frozen=True)
class Spent:
    """Seconds by the wall and of the processor; the latter is what one free core would take."""

    wall_s: float
    cpu_s: float


def _now() -> Spent:
    return Spent(time.perf_counter(), time.process_time())


async def many(
    contact: Callable[[Endpoint], Awaitable[None]], count: int, after: Callable[[], None]
) -> Spent:
    """`count` contacts, `IN_FLIGHT` at once, and what comes after."""
    remotes = [Endpoint.of(host, PORT) for host in HOSTS]
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await contact(remotes[number % len(remotes)])

    begun = _now()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    after()
    over = _now()
    return Spent(over.wall_s - begun.wall_s, over.cpu_s - begun.cpu_s)


class Benched(PeerDialogue):
    """A dialogue that leaves once the peer has claimed something."""

    def received(self, data: bytes, at: Instant) -> list[Command]:
        commands = super().received(data, at)
        if Rung.CLAIMED in self.ladder.reached:
            commands.append(CLOSE)
        return commands


async def recorded(directory: Path, count: int) -> Spent:
    """With conduct, dialogue, evidence log, and its seal at the end."""
    entropy, clock = Entropy(), Clock()
    log = EvidenceLog.create(
        directory, origin="bench", key=Ed25519PrivateKey.generate(), salt=entropy.draw, at=clock.read()
    )
    recorder, conduct = Recorder(log, clock, "bench"), Conduct("bench@example.org")
    meta = Metainfo.from_wire(metainfo())
    torrent = Torrent.of(meta.info_hashes[0], meta)
    dialer, limits, loop = Dialer(recorder), Limits(), asyncio.get_running_loop()

    async def contact(remote: Endpoint) -> None:
        over = loop.create_future()
        dialogue = Benched(torrent, peer_id=conduct.peer_id(entropy.draw(12)), conduct=conduct, limits=limits)
        link = PeerLink(dialer, remote, dialogue, lambda _link, outcome: over.set_result(outcome))
        await dialer.dial(link)
        assert await over == "we_closed"

    spent = await many(contact, count, recorder.seal)
    assert log.size >= 5 * count
    dialer.close()
    log.close()
    return spent


class Bare(asyncio.Protocol):
    """Says the same, reads until the same amount has come, records and parses nothing."""

    def __init__(self, over: asyncio.Future[None], words: bytes, enough: int) -> None:
        self.over, self.words, self.left = over, words, enough

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.words)

    def data_received(self, data: bytes) -> None:
        self.left -= len(data)
        if self.left <= 0:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.over.set_result(None)


async def bare(count: int) -> Spent:
    """The same contacts without evidence."""
    loop = asyncio.get_running_loop()
    words = peerwire.Handshake(bytes(8), bytes(20), bytes(20)).to_wire()
    enough = 68 + len(peerwire.encode(peerwire.Extended(0, encode(LTEP)))) + 5 + N_PIECES // 8

    async def contact(remote: Endpoint) -> None:
        over = loop.create_future()
        await loop.create_connection(lambda: Bare(over, words, enough), str(remote.ip), remote.port)
        await over

    return await many(contact, count, lambda: None)


def main() -> dict[str, float]:
    """Contacts per second, with uvloop and with plain asyncio."""
    figures: dict[str, float] = {}
    before = os.sched_getaffinity(0)
    context = multiprocessing.get_context("fork")
    started = context.Event()
    listener = context.Process(target=listen, args=(started.set, 1), daemon=True)
    listener.start()
    started.wait(10)
    # On the disk of the repository, and removed at the end alone: a file system without a journal looks
    # through all that was deleted within the last minutes whenever a file is made in its place.
    OUT.mkdir(exist_ok=True)
    try:
        _pin(0)
        with tempfile.TemporaryDirectory(dir=OUT) as folder:
            for name, runner in (("uvloop", uvloop.run), ("asyncio", asyncio.run)):
                figures |= _measured(name, runner, Path(folder))
    finally:
        os.sched_setaffinity(0, before)
        listener.terminate()
        listener.join()
    for name, aim in AIMS_PER_S.items():
        for kind in ("per_s", "per_cpu_s"):
            best = figures[f"{name}_recorded_{kind}"]
            verdict = "met" if best >= aim else "missed"
            print(f"aim: {aim:,} recorded contacts {kind} on one core, {name}: {best:,.0f}, {verdict}")
    return figures


def _measured(
    name: str, run: Callable[[Coroutine[None, None, Spent]], Spent], folder: Path
) -> dict[str, float]:
    """Some rounds, turn by turn: what slows a round down is the neighbours, so best, median and worst."""
    with_log, without = [], []
    for turn in range(ROUNDS):
        with_log.append(run(recorded(folder / f"{name}{turn}", CONTACTS)))
        without.append(run(bare(CONTACTS)))
    figures: dict[str, float] = {"load": os.getloadavg()[0]}
    for what, spent in (("recorded", with_log), ("bare", without)):
        for kind, seconds in (("per_s", [s.wall_s for s in spent]), ("per_cpu_s", [s.cpu_s for s in spent])):
            rates = sorted(CONTACTS / each for each in seconds)
            figures[f"{what}_{kind}"] = rates[-1]
            figures[f"{what}_{kind}_median"] = rates[len(rates) // 2]
            figures[f"{what}_{kind}_worst"] = rates[0]
            shown = " / ".join(f"{rates[at]:,.0f}" for at in (-1, len(rates) // 2, 0))
            print(f"{name:8s}{what:9s}{kind:10s} best / median / worst {shown}  load {figures['load']:.1f}")
    return {f"{name}_{what}": value for what, value in figures.items()}


if __name__ == "__main__":
    main()
