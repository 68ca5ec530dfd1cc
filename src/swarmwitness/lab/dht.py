# SPDX-License-Identifier: Apache-2.0
"""A DHT whose truth is known: real nodes, announced peers, nodes that lie, and our node that looks them up.

`python -m swarmwitness.lab.dht FOLDER BASE [BASE6]` plays it where it is started (`Stage` says where that is)
and writes what came out as one JSON line. Each scene has a log of its own below FOLDER.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit
from swarmwitness.lab.actors.dhtnode import NodesSpec, write_spec
from swarmwitness.lab.swarm import Actor
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Conduct, Torrent
from swarmwitness.swarm.dht.search import DhtAnswer
from swarmwitness.terms import Endpoint, InfoHash, IPAddress
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.dht import DhtNode, DhtSettings
from swarmwitness.wire import krpc

N_NODES, N_SWARMS, PORT = 30, 6, 6881
NODES_NET, LIARS_NET, OUR_NET = 30, 31, 9
LIES = ("crowd", "neighbours", "lure", "flood", "forge", "broken")
N_LIARS = 8
MEETING_S = 2.0


def info_hash_of(number: int) -> InfoHash:
    """The name of a swarm that exists nowhere else."""
    return InfoHash(sha1(b"laboratory swarm %d" % number, usedforsecurity=False).digest())


def members_of(number: int) -> tuple[int, ...]:
    """Which nodes announce themselves in a swarm: more of them the higher its number."""
    return tuple((7 * number + 3 * at) % N_NODES for at in range(2 * number + 1))


@dataclass(slots=True)
class Watch:
    """A log with our node on it, and the rows as they came."""

    folder: Path
    recorder: Recorder
    node: DhtNode
    rows: list[Sighting] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def replayed(self) -> list[Sighting]:
        """The rows again, from the sealed log."""
        self.recorder.seal()
        return list(replay(self.folder))


@contextmanager
def watching(folder: Path, settings: DhtSettings, local: str, local6: str | None = None) -> Iterator[Watch]:
    """Our node, recording into a fresh log."""
    clock, entropy, conduct = Clock(), Entropy(), Conduct("laboratory@example.org", private_networks=True)
    key = Ed25519PrivateKey.generate()
    replayer = Replayer("laboratory")
    with EvidenceLog.create(folder, origin="laboratory", key=key, salt=entropy.draw, at=clock.read()) as log:

        def on_exhibit(index: int, exhibit: Exhibit) -> None:
            held.kinds.append(exhibit.kind)
            held.rows.extend(replayer.feed(index, exhibit))

        recorder = Recorder(log, clock, "laboratory", on_exhibit)
        node = DhtNode(recorder, conduct, entropy, settings, address_from_text(local), local6=_ip(local6))
        held = Watch(folder, recorder, node)
        yield held
        node.close()


def _ip(text: str | None) -> IPAddress | None:
    return None if text is None else address_from_text(text)


class Scene:
    """Where everybody sits."""

    def __init__(self, folder: Path, base: str, base6: str = "") -> None:
        self.folder, self.base, self.base6 = folder, base, base6
        folder.mkdir(parents=True, exist_ok=True)

    def at(self, network: int, host: int) -> str:
        """ADDRESS:PORT."""
        return f"{self.base}.{network}.{host}:{PORT}"

    def at6(self, network: int, host: int) -> str:
        """[ADDRESS]:PORT."""
        return f"[{self.base6}:{network:x}:{host:x}]:{PORT}"

    def listen(self, number: int) -> str:
        """The ends of a node."""
        mine = self.at(NODES_NET, number + 1)
        return f"{mine},{self.at6(NODES_NET, number + 1)}" if self.base6 else mine

    def nodes(self) -> Actor:
        """The real nodes; each swarm's members have announced themselves when it is ready."""
        announces = tuple(
            (member, info_hash_of(number).to_text(), 7000 + member, member % 3 == 0)
            for number in range(N_SWARMS)
            for member in members_of(number)
        )
        file = self.folder / "nodes.json"
        write_spec(file, NodesSpec(tuple(self.listen(number) for number in range(N_NODES)), announces))
        return Actor("swarmwitness.lab.actors.dhtnode", str(file), log=self.folder / "nodes.log")

    def truth(self, number: int) -> set[str]:
        """The endpoints that announced themselves in a swarm."""
        ends = {f"{self.base}.{NODES_NET}.{member + 1}:{7000 + member}" for member in members_of(number)}
        if self.base6:
            for member in members_of(number):
                ip = address_from_text(f"{self.base6}:{NODES_NET:x}:{member + 1:x}")
                ends.add(f"[{ip}]:{7000 + member}")
        return ends

    def stored(self, number: int) -> set[str]:
        """What the real nodes hold of a swarm, each of them asked: an announce can go astray."""
        held: set[str] = set()
        info_hash = info_hash_of(number).digest
        ends = [end for node in range(N_NODES) for end in self.listen(node).split(",")]
        for ours in filter(None, (f"{self.base}.{OUR_NET}.7", self.base6 and f"{self.base6}:{OUR_NET:x}:7")):
            held |= _ask_all(ours, [Endpoint.from_text(end) for end in ends], info_hash)
        return held

    def liars(self, how: str) -> Actor:
        """Lying nodes."""
        ends = [self.at(LIARS_NET + LIES.index(how), host) for host in range(1, N_LIARS + 1)]
        log = self.folder / f"{how}.log"
        return Actor("swarmwitness.lab.actors.dhtpolluter", how, *ends, log=log)


def _ask_all(ours: str, nodes: list[Endpoint], info_hash: bytes) -> set[str]:
    """The peers that the nodes of our family name."""
    here = address_from_text(ours)
    family = socket.AF_INET if here.version == 4 else socket.AF_INET6
    query = krpc.Query(b"scan", krpc.GET_PEERS, node_id=bytes(20), target=info_hash, read_only=1).to_wire()
    named: set[str] = set()
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.bind((ours, 0))
        line.settimeout(1.0)
        for node in nodes:
            if node.ip.version == here.version:
                line.sendto(query, (str(node.ip), node.port))
                with suppress(OSError):
                    answer = krpc.decode(line.recv(4096))
                    if isinstance(answer, krpc.Response):
                        named |= {str(each) for each in answer.values}
    return named


async def find(scene: Scene) -> dict[str, Any]:
    """Look up every swarm among honest nodes, and one that nobody knows."""
    settings = DhtSettings(bootstrap=(scene.at(NODES_NET, 1),))
    ours6 = f"{scene.base6}:{OUR_NET:x}:2" if scene.base6 else None
    with watching(scene.folder / "find", settings, f"{scene.base}.{OUR_NET}.2", ours6) as watch:
        await watch.node.start()
        await asyncio.sleep(MEETING_S)
        swarms = []
        for number in (*range(N_SWARMS), 99):
            begun = time.monotonic()
            answer = await watch.node.get_peers(Torrent.of(info_hash_of(number)))
            spent_s = time.monotonic() - begun
            announced = scene.truth(number) if number < N_SWARMS else set()
            stored = await asyncio.to_thread(scene.stored, number)
            swarms.append({**_figures(answer, stored, spent_s), "announced": len(announced)})
        return {
            "swarms": swarms, "n_nodes": watch.node.n_nodes, "odd": watch.node.odd, "rows": len(watch.rows),
            "external": str(watch.node.external), "equal": watch.rows == watch.replayed(),
            "rungs": sorted({int(row.rung) for row in watch.rows}),
        }  # fmt: skip


async def meet_liars(scene: Scene, how: str) -> dict[str, Any]:
    """Look up a swarm that honest nodes know, where liars are named to us first of all."""
    liars = scene.liars(how)
    liars.wait_ready("lying nodes")
    honest = tuple(scene.at(NODES_NET, host) for host in range(1, 5))
    named = tuple(scene.at(LIARS_NET + LIES.index(how), host) for host in range(1, N_LIARS + 1))
    try:
        with watching(
            scene.folder / how, DhtSettings(bootstrap=(*named, *honest)), f"{scene.base}.{OUR_NET}.3"
        ) as watch:
            await watch.node.start()
            begun = time.monotonic()
            answer = await watch.node.get_peers(Torrent.of(info_hash_of(3)))
            truth = {end for end in scene.truth(3) if not end.startswith("[")}
            figures = _figures(answer, truth, time.monotonic() - begun)
            said_by = {row.said_by or "" for row in watch.rows if f"{row.ip}:{row.port}" not in truth}
            figures |= {
                "odd": watch.node.odd, "exhibits": len(watch.kinds), "rows": len(watch.rows),
                "false_said_by": sorted(said_by), "equal": watch.rows == watch.replayed(),
                "liars": sorted(named),
            }  # fmt: skip
    finally:
        told = liars.stop()
    return {**figures, **json.loads(told or "{}")}


def _figures(answer: DhtAnswer, truth: set[str], seconds: float) -> dict[str, Any]:
    found = {str(each.endpoint) for each in answer.listed}
    return {
        "outcome": answer.outcome, "truth": len(truth), "true": len(found & truth),
        "false": len(found - truth), "nodes_asked": answer.asked, "nodes_answered": answer.answered,
        "seeds_estimate": answer.seeds_estimate, "peers_estimate": answer.peers_estimate,
        "anomalies": sorted({anomaly.kind for anomaly in answer.anomalies}), "seconds": round(seconds, 3),
    }  # fmt: skip


async def play(scene: Scene) -> dict[str, Any]:
    """All scenes, one after the other."""
    nodes = scene.nodes()
    try:
        nodes.wait_ready("DHT nodes")
        honest = await find(scene)
        return {"find": honest, "lies": {how: await meet_liars(scene, how) for how in LIES}}
    finally:
        nodes.stop()


if __name__ == "__main__":
    told = asyncio.run(play(Scene(Path(sys.argv[1]), *sys.argv[2:])))
    sys.stdout.write(json.dumps(told) + "\n")
