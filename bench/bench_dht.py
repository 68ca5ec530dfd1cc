# SPDX-License-Identifier: Apache-2.0
"""DHT queries per second: ours, recorded with the log on, beside libtorrent's, counted where they arrive.

64 nodes answer in a process of their own, each naming the eight nodes nearest to the target and two peers.
Both sides look up random info_hashes as fast as they can, one after the other, on one core.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import uvloop
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog
from swarmwitness.lab.libtorrent import load
from swarmwitness.swarm import Conduct, Torrent
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.dht import DhtNode, DhtSettings
from swarmwitness.wire.krpc import NodeInfo, Response

N_NODES, PORT = 64, 6881
ROUNDS, SECONDS = 3, 4.0
IN_FLIGHT = 64
OURS, THEIRS = "127.0.9.2", "127.0.9.3"
NODES = [NodeInfo(os.urandom(20), Endpoint.of(f"127.0.8.{n + 1}", PORT)) for n in range(N_NODES)]
PEERS = (Endpoint.of("192.0.2.1", 1), Endpoint.of("192.0.2.2", 2))
NO_LIMIT = 10**9


class Answering(asyncio.DatagramProtocol):
    """A node whose answers are ready but for the transaction; it names those nearest by the first byte."""

    def __init__(self, me: NodeInfo, counts: Counter[str]) -> None:
        self.counts = counts
        self.ready = [self._answer(me, byte) for byte in range(256)]

    @staticmethod
    def _answer(me: NodeInfo, byte: int) -> tuple[bytes, bytes]:
        near = tuple(sorted(NODES, key=lambda node: node.node_id[0] ^ byte)[:8])
        whole = Response(b"%%%%", me.node_id, near, values=PEERS, token=b"tokn").to_wire()
        before, _, after = whole.partition(b"1:t4:%%%%")
        return before, after

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.counts[addr[0]] += 1
        at = data.find(b"info_hash20:")
        before, after = self.ready[data[at + 12] if at > 0 else 0]
        start = data.rfind(b"1:t")
        end = start + 5 + data[start + 3] - 48
        self.transport.sendto(before + data[start:end] + after, addr)


def answer(line: Connection, core: int) -> None:
    """The other process: at each word it tells the counts so far."""
    _pin(core)
    counts: Counter[str] = Counter()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        for node in NODES:
            await loop.create_datagram_endpoint(
                lambda node=node: Answering(node, counts), local_addr=(str(node.endpoint.ip), PORT)
            )
        line.send("ready")
        while await loop.run_in_executor(None, line.recv) != "stop":
            line.send(dict(counts))

    uvloop.run(serve())


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


async def ours(folder: Path) -> float:
    """Look-ups one after the other, many at once; seconds of the processor that it took."""
    clock, entropy = Clock(), Entropy()
    key = Ed25519PrivateKey.generate()
    with EvidenceLog.create(folder, origin="bench", key=key, salt=entropy.draw, at=clock.read()) as log:
        recorder = Recorder(log, clock, "bench")
        conduct = Conduct(
            "bench@example.org", private_networks=True, queries_per_node_per_s=NO_LIMIT,
            datagrams_per_s=NO_LIMIT, datagrams_per_sender_per_s=NO_LIMIT,
        )  # fmt: skip
        bootstrap = tuple(str(node.endpoint) for node in NODES[:8])
        settings = DhtSettings(bootstrap=bootstrap, queries_per_s=NO_LIMIT)
        node = DhtNode(recorder, conduct, entropy, settings, address_from_text(OURS))
        await node.start()
        until, spent = time.perf_counter() + SECONDS, time.process_time()

        async def work() -> None:
            while time.perf_counter() < until:
                found = await node.get_peers(Torrent.of(InfoHash(entropy.draw(20))), timeout_s=10)
                assert len(found.listed) == len(PEERS)

        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        node.close()
        recorder.seal()
        return time.process_time() - spent


def theirs() -> float:
    """libtorrent, given more look-ups than it can do; seconds of the processor that it took."""
    lt = load()
    session: Any = lt.session(
        {
            "listen_interfaces": f"{THEIRS}:{PORT}", "outgoing_interfaces": THEIRS, "enable_dht": True,
            "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "dht_bootstrap_nodes": "",
            "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False, "alert_mask": 0,
            "dht_upload_rate_limit": NO_LIMIT, "dht_block_ratelimit": NO_LIMIT,
            "dht_ignore_dark_internet": False,
        }
    )  # fmt: skip
    for node in NODES[:8]:
        session.add_dht_node((str(node.endpoint.ip), PORT))
    time.sleep(0.5)
    until, spent = time.perf_counter() + SECONDS, time.process_time()
    while time.perf_counter() < until:
        for _ in range(40):
            session.dht_get_peers(lt.sha1_hash(os.urandom(20)))
        session.pop_alerts()
        time.sleep(0.01)
    return time.process_time() - spent


def main() -> dict[str, float]:
    """Queries per second of both, and the ratio."""
    before = os.sched_getaffinity(0)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    nodes = context.Process(target=answer, args=(there, 1), daemon=True)
    nodes.start()
    here.recv()
    best: dict[str, float] = {
        "ours_per_s": 0,
        "ours_per_cpu_s": 0,
        "libtorrent_per_s": 0,
        "libtorrent_per_cpu_s": 0,
    }
    try:
        _pin(0)
        for _ in range(ROUNDS):
            with tempfile.TemporaryDirectory() as folder:
                _best(best, "ours", *_counted(here, OURS, lambda: uvloop.run(ours(Path(folder) / "log"))))
            _best(best, "libtorrent", *_counted(here, THEIRS, theirs))
    finally:
        os.sched_setaffinity(0, before)
        here.send("stop")
        nodes.join(5)
        nodes.terminate()
    best["ratio"] = best["ours_per_s"] / best["libtorrent_per_s"]
    best["ratio_per_cpu_s"] = best["ours_per_cpu_s"] / best["libtorrent_per_cpu_s"]
    print("  ".join(f"{what} {value:,.2f}" for what, value in best.items()))
    return best


def _counted(line: Connection, who: str, run: Any) -> tuple[float, float]:
    """Queries that arrived per second, by the wall and of the processor."""
    line.send("count")
    before = line.recv().get(who, 0)
    cpu_s = run()
    line.send("count")
    arrived = line.recv().get(who, 0) - before
    return arrived / SECONDS, arrived / cpu_s


def _best(best: dict[str, float], who: str, per_s: float, per_cpu_s: float) -> None:
    best[f"{who}_per_s"] = max(best[f"{who}_per_s"], per_s)
    best[f"{who}_per_cpu_s"] = max(best[f"{who}_per_cpu_s"], per_cpu_s)


if __name__ == "__main__":
    main()
