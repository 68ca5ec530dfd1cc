# SPDX-License-Identifier: Apache-2.0
"""A small swarm that keeps an observer at full reach busy, for as long as is wanted; to be used on a stage.

Clients over TCP, over uTP and encrypted, two of them slow, on two torrents: one lies in the case, the other
one the case knows by name alone. A tracker, a few nodes of a DHT, and somebody to vouch for the time. Two
cases ask about it, by turns: the log of the one is in one segment, that of the other in many small ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.evidence import EvidenceLog
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.actors.dhtnode import NodesSpec, write_spec
from swarmwitness.lab.cast import case_toml
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import LabTorrent, make_torrent
from swarmwitness.lab.vouching import Vouching
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import WORKS
from swarmwitness.vantage import Clock, Entropy

OURS, OBSERVER, TRACKER, PEERS, NODES = 9, 2, 9, 40, 30
PORT, TRACKER_PORT, N_NODES = 6881, 6969, 8
CONTENT_BYTES, SLOW_BYTES_PER_S = 4_000_000, 4_000
SMALL_BYTES = 32 * 1024
PUBLISH_EVERY_S = 2.0
# Transport and whether it has everything.
CLIENTS = (("tcp", True), ("mse", True), ("utp", True), ("tcp", False), ("utp", False), ("mse", False))


@dataclass(frozen=True, slots=True)
class BusySwarm:
    """The torrents, and the cases that ask about them.

    Attributes:
        case_dir: Its log has segments as long as every user's.
        small_dir: In its log another segment begins after `SMALL_BYTES`.
    """

    stage: Stage
    folder: Path
    in_file: LabTorrent
    by_name: LabTorrent
    case_dir: Path
    small_dir: Path

    @classmethod
    def make(cls, stage: Stage, folder: Path) -> BusySwarm:
        """Make torrents and cases; nobody runs yet.

        Raises:
            InputError: somebody is missing who vouches for the time.
        """
        url = f"http://{stage.address(OURS, TRACKER)}:{TRACKER_PORT}/announce"
        made = [
            make_torrent(folder / "made", name, version, {name: CONTENT_BYTES}, url, piece_bytes=16_384)
            for name, version in (("filed.bin", "hybrid"), ("named.bin", "v1"))
        ]
        vouching = Vouching.make(folder / "vouching", stage)
        if vouching is None:
            raise InputError("the command `openssl` is not installed: nobody vouches for the time")
        swarm = cls(stage, folder, made[0], made[1], folder / "case", folder / "small")
        for case_dir in (swarm.case_dir, swarm.small_dir):
            swarm._make_case(case_dir, url)
            vouching.name_in(case_dir, PUBLISH_EVERY_S)
        return swarm

    def _make_case(self, case_dir: Path, url: str) -> None:
        case_dir.mkdir(mode=0o700)
        node = f"{self.stage.address(NODES, 1)}:{PORT}"
        text = case_toml(
            "An observer at full reach, which is killed again and again.", "Killed observers",
            trackers=[url], address=self.stage.address(OURS, OBSERVER), listen=6881, utp=True,
            encryption=True, holepunch=True, dht=True, dht_bootstrap=[node],
            pex=True, metadata=True, challenge=True, decoys=2, canaries=1, announce_every_s=2.0,
            dials_per_network_per_s=50.0,
        )  # fmt: skip
        (case_dir / "case.toml").write_text(text, encoding="utf-8")
        if case_dir == self.small_dir:
            _begin_small(case_dir / "evidence")
        create(case_dir, name=case_dir.name, synthetic=True)
        (case_dir / "torrents").mkdir()
        (case_dir / "torrents" / "filed.torrent").write_bytes(self.in_file.file.read_bytes())
        names = [column.name for column in WORKS]
        rows = []
        for torrent in (self.in_file, self.by_name):
            told = {"info_hash": torrent.v1, "title": torrent.name, "owner": "case"}
            told |= {"work_id": torrent.name, "kind": "other", "sensitive": "false"}
            rows.append([told.get(name, "") for name in names])
        write_csv(case_dir / "works.csv", names, rows)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everybody is there until the block ends."""
        vouching = Vouching.at(self.folder / "vouching", self.stage)
        assert vouching is not None
        actors: list[Actor] = []
        try:
            for actor, name in self._actors():
                actors.append(actor)
                actor.wait_ready(name)
            with vouching.serving(self.case_dir, self.small_dir):
                yield
        finally:
            for actor in reversed(actors):
                actor.stop()

    def _actors(self) -> Iterator[tuple[Actor, str]]:
        def at(name: str) -> Path:
            return self.folder / name

        host, log = self.stage.address(OURS, TRACKER), str(at("tracker.jsonl"))
        started = Actor("swarmwitness.lab.tracker", host, str(TRACKER_PORT), log, log=at("tracker.log"))
        yield started, "tracker"
        ends = tuple(f"{self.stage.address(NODES, 1 + n)}:{PORT}" for n in range(N_NODES))
        write_spec(at("nodes.json"), NodesSpec(ends, ((0, self.by_name.v1, PORT, True),)))
        yield Actor("swarmwitness.lab.actors.dhtnode", str(at("nodes.json")), log=at("nodes.log")), "nodes"
        specs = [asdict(self._client(n)) for n in range(len(CLIENTS))]
        at("crowd.json").write_text(json.dumps(specs), encoding="utf-8")
        yield Actor("swarmwitness.lab.actors.crowd", str(at("crowd.json")), log=at("crowd.log")), "clients"

    def _client(self, n: int) -> ClientSpec:
        transport, has_all = CLIENTS[n]
        home = self.folder / "clients" / str(n)
        home.mkdir(parents=True)
        content = [
            (str(torrent.file), str(torrent.content if has_all else home))
            for torrent in (self.in_file, self.by_name)
        ]
        return ClientSpec(
            listen=f"{self.stage.address(PEERS, 10 + n)}:{PORT}",
            torrents=tuple(content),
            down_bytes_per_s=0 if has_all else SLOW_BYTES_PER_S,
            transport=transport,
        )


def _begin_small(evidence: Path) -> None:
    """A log of small segments, which no case can ask for, with a key of its own as every other."""
    clock, entropy = Clock(), Entropy()
    origin = home.new_origin("small", entropy)
    key = home.signing_key(origin, make=True)
    begun = EvidenceLog.create(
        evidence, origin=origin, key=key, salt=entropy.draw, at=clock.read(), segment_bytes=SMALL_BYTES
    )
    begun.close()
    home.keep_checkpoint(origin, evidence)


def set_encrypt(case_dir: Path, *, on: bool) -> None:
    """From the next watch on the contents of exhibits are encrypted, or not."""
    file = case_dir / "case.toml"
    text = file.read_text(encoding="utf-8").replace(_ENCRYPT, "")
    file.write_text(text + _ENCRYPT * on, encoding="utf-8")


_ENCRYPT = """
[privacy]
encrypt = true
"""
