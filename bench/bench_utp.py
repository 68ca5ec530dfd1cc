# SPDX-License-Identifier: Apache-2.0
"""uTP, recorded: a 4 MiB piece from libtorrent (and libtorrent's own time for it), first contacts, memory.

The clients run in processes of their own. The piece is the first and only one of its torrent, so that
the observer takes it whole from one peer; libtorrent takes the same from the same seed over uTP alone.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.observation.replay import Replayer
from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.utp import Reassembly, UtpConnection
from swarmwitness.terms import Bitfield, Endpoint, Instant, MalformedMessage
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.utp import UtpHub, UtpLink
from swarmwitness.wire import peerwire
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.utp import Packet, PacketType

PIECE_BYTES = 4 << 20
CONTACTS, HELD, IN_FLIGHT = 3000, 2000, 64
N_PIECES = 1000
HERE, SEED, LEECH, MANY = "127.0.8.1", "127.0.8.2", "127.0.8.3", "127.0.8.4"
ROUNDS = 3

CLIENTS = r"""
import json, pathlib, sys, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
root, seed_ip, leech_ip, size = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
(root / "seed").mkdir()
(root / "seed" / "film").write_bytes(bytes(range(256)) * (size // 256))
made = lt.create_torrent(lt.list_files(str(root / "seed" / "film")), size, lt.create_torrent.v1_only)
lt.set_piece_hashes(made, str(root / "seed"))
raw = lt.bencode(made.generate())
(root / "film.torrent").write_bytes(raw)

def session(ip):
    return lt.session({"listen_interfaces": f"{ip}:0", "outgoing_interfaces": ip, "enable_dht": False,
        "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "enable_incoming_tcp": False,
        "enable_outgoing_tcp": False, "allow_multiple_connections_per_ip": True, "unchoke_interval": 1})

def add(ses, folder):
    p = lt.add_torrent_params()
    p.ti, p.save_path = lt.torrent_info(lt.bdecode(raw)), str(root / folder)
    p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    return ses.add_torrent(p)

seed = session(seed_ip)
handle = add(seed, "seed")
while not (seed.listen_port() and handle.status().is_seeding):
    time.sleep(0.05)
print(seed.listen_port(), flush=True)
for number, line in enumerate(sys.stdin):
    leech = session(leech_ip)
    got = add(leech, f"leech{number}")
    while not leech.listen_port() or str(got.status().state) != "downloading":
        time.sleep(0.01)
    begun = time.perf_counter()
    got.connect_peer((seed_ip, seed.listen_port()))
    while not got.status().is_seeding and time.perf_counter() < begun + 60:
        time.sleep(0.005)
    print(time.perf_counter() - begun, flush=True)
    del leech
"""


class Station:
    """A recorder into a fresh log, with live rows."""

    def __init__(self, folder: Path, rows: bool = True) -> None:
        clock, self.entropy = Clock(), Entropy()
        live = Replayer("bench")

        def on_exhibit(index: int, exhibit: Exhibit) -> None:
            if rows:
                live.feed(index, exhibit)

        self.log = EvidenceLog.create(
            folder, origin="bench", key=Ed25519PrivateKey.generate(), salt=self.entropy.draw, at=clock.read()
        )
        self.recorder = Recorder(self.log, clock, "bench", on_exhibit)
        self.conduct = Conduct(private_networks=True, dials_per_network_per_s=1 << 30)

    def dialogue(self, torrent: Torrent) -> PeerDialogue:
        peer_id = self.conduct.peer_id(self.entropy.draw(12))
        return PeerDialogue(torrent, peer_id=peer_id, conduct=self.conduct, limits=Limits())

    def watch(self, torrent: Torrent, raw: bytes) -> None:
        self.recorder.record("torrent", Direction.NONE, raw)
        works = [{"work_id": "film", "path": None}]
        note = {"info_hash": str(torrent.info_hash), "works": works, "pieces_allowed": True}
        self.recorder.note("target", note)


# A piece


async def take(station: Station, torrent: Torrent, to: Endpoint) -> tuple[float, float]:
    """Seconds from the call to the whole piece, and from its first block."""
    hub = UtpHub(station.recorder, station.conduct, station.entropy, local=ip_address(HERE))
    await hub.start()
    link = UtpLink(hub, to, station.dialogue(torrent), lambda *_: None)
    begun = time.perf_counter()
    first = None
    await hub.dial(link)
    while not link.dialogue.transcript.verified and time.perf_counter() < begun + 60:
        await asyncio.sleep(0.002)
        if first is None and link.received_bytes > 16_384:
            first = time.perf_counter()
    over = time.perf_counter()
    hub.close()
    return over - begun, over - (first or begun)


def pieces(folder: Path) -> dict[str, object]:
    command = [sys.executable, "-c", CLIENTS, str(folder), SEED, LEECH, str(PIECE_BYTES)]
    clients = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert clients.stdin is not None
    assert clients.stdout is not None
    port = int(clients.stdout.readline())
    raw = (folder / "film.torrent").read_bytes()
    metainfo = Metainfo.from_wire(raw)
    torrent = Torrent.of(metainfo.info_hashes[0], metainfo, [("film", None)], True)
    ours, flow, theirs = [], [], []
    for number in range(ROUNDS):
        station = Station(folder / f"log{number}")
        station.watch(torrent, raw)
        whole, flowing = uvloop.run(take(station, torrent, Endpoint.of(SEED, port)))
        station.log.close()
        ours.append(whole)
        flow.append(PIECE_BYTES / flowing / 1e6)
        clients.stdin.write("\n")
        clients.stdin.flush()
        theirs.append(float(clients.stdout.readline()))
    clients.stdin.close()
    clients.wait(30)
    clients.stdout.close()
    for name, values in (("ours", ours), ("libtorrent", theirs)):
        print(f"{name:12} 4 MiB from call to verified: {', '.join(f'{v:.2f}' for v in values)} s")
    print(f"{'ours':12} from the first block on: {', '.join(f'{v:.1f}' for v in flow)} MB/s, with live rows")
    return {"ours_s": ours, "ours_mb_per_s": flow, "libtorrent_s": theirs}


# Many peers


def metainfo() -> bytes:
    """A torrent of a thousand pieces, whose content nobody asks for."""
    info = {"length": N_PIECES << 14, "name": "b", "piece length": 1 << 14, "pieces": bytes(20 * N_PIECES)}
    return encode({"info": info})


class Crowd(asyncio.DatagramProtocol):
    """Thousands of peers at one port: each call is answered by a handshake and a bitfield."""

    def __init__(self) -> None:
        self._calls: dict[tuple[object, int], UtpConnection] = {}
        self._clock = Clock()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, where: tuple[str, int]) -> None:
        try:
            packet = Packet.from_wire(data)
        except MalformedMessage:
            return
        at = self._clock.read()
        if packet.type is PacketType.SYN:
            self._calls[where, packet.connection + 1 & 0xFFFF] = UtpConnection.accept(packet, 7, at)
        call = self._calls.get((where, packet.connection + (packet.type is PacketType.SYN) & 0xFFFF))
        if call is None:
            return
        heard = call.received(packet, at)
        if heard.startswith(b"\x13"):
            shake = peerwire.Handshake(heard[20:28], heard[28:48], b"-BE0001-" + os.urandom(12))
            bits = peerwire.BitfieldMessage(Bitfield.full(N_PIECES).raw)
            call.send(shake.to_wire() + peerwire.encode(bits))
        call.tick(at)
        for datagram in call.flush(at):
            self._transport.sendto(datagram, where)  # type: ignore[attr-defined]


def crowd(ready: Callable[[], None]) -> None:
    """The other process."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(Crowd, local_addr=(MANY, 7799))
        ready()
        await asyncio.Event().wait()

    uvloop.run(serve())


async def contacts(station: Station, torrent: Torrent) -> float:
    """First contacts per second: SYN to bitfield to goodbye."""
    hub = UtpHub(station.recorder, station.conduct, station.entropy, local=ip_address(HERE))
    await hub.start()
    numbers = iter(range(CONTACTS))

    async def work() -> None:
        for _ in numbers:
            link = UtpLink(hub, Endpoint.of(MANY, 7799), station.dialogue(torrent), lambda *_: None)
            await hub.dial(link)
            while link.dialogue.transcript.claims.bitfield is None or not link.received_bytes:
                await asyncio.sleep(0)
            link.close("we_closed")

    begun = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    took = time.perf_counter() - begun
    hub.close()
    return CONTACTS / took


async def hold(station: Station, torrent: Torrent) -> float:
    """Bytes of the process per open peer: link, connection, dialogue and live reading."""
    hub = UtpHub(station.recorder, station.conduct, station.entropy, local=ip_address(HERE))
    await hub.start()
    links = []
    before = _rss()
    for _ in range(HELD):
        link = UtpLink(hub, Endpoint.of(MANY, 7799), station.dialogue(torrent), lambda *_: None)
        links.append(link)
        await hub.dial(link)
    await asyncio.sleep(0.5)
    after = _rss()
    assert all(link.received_bytes for link in links)
    hub.close()
    return (after - before) / HELD


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def layer_bytes() -> float:
    """Of these, what uTP itself takes: a standing connection and its passive reader."""
    at = Instant(0, 1)
    tracemalloc.start()
    kept: list[object] = []
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(HELD):
        connection, reader = UtpConnection.dial(7, 100, at), Reassembly()
        connection.flush(at)
        connection.received(Packet(PacketType.STATE, 7, 500, 100, window_bytes=9999), at)
        kept += [connection, reader]
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return used / HELD


def many(folder: Path) -> dict[str, object]:
    event = multiprocessing.Event()
    process = multiprocessing.Process(target=crowd, args=(event.set,), daemon=True)
    process.start()
    event.wait(20)
    raw = metainfo()
    read = Metainfo.from_wire(raw)
    torrent = Torrent.of(read.info_hashes[0], read, [("film", None)], False)
    rates = []
    for rows in (False, True):
        station = Station(folder / f"contacts{rows}", rows)
        station.watch(torrent, raw)
        rates.append(uvloop.run(contacts(station, torrent)))
        station.log.close()
    station = Station(folder / "held")
    station.watch(torrent, raw)
    per_peer = uvloop.run(hold(station, torrent))
    station.log.close()
    process.kill()
    process.join()
    print(f"first contacts over uTP, recorded: {rates[0]:,.0f}/s; with live rows {rates[1]:,.0f}/s")
    layer = layer_bytes()
    print(f"memory per open peer, all in: {per_peer:,.0f} bytes; of these uTP's own {layer:,.0f}")
    return {"contacts_per_s": rates, "bytes_per_peer": per_peer, "bytes_of_utp": layer}


def main() -> dict[str, object]:
    """Everything."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {**pieces(folder), **many(folder)}


if __name__ == "__main__":
    main()
