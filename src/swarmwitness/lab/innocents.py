# SPDX-License-Identifier: Apache-2.0
"""Planted innocents: thousands of endpoints that liars name and that take no part. How many are accused?

`python -m swarmwitness.lab.innocents --n 3000 --out FILE` forges announces at a tracker, and lets DHT nodes
and a peer lie, about n endpoints at which nobody listens, and beside them about devices and clients of
another torrent that do answer. Our observer watches. Rung 0 is the liar's word, rung 1 says that somebody is
there; from rung 2 up an innocent is accused. In the laboratory alone: in the field it would accuse strangers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.inference.proportions import proportion
from swarmwitness.lab.actors.bystanders import KINDS
from swarmwitness.lab.actors.flock import Bird, FlockSpec
from swarmwitness.lab.actors.slanderer import SlanderSpec
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import LabTorrent, make_torrent
from swarmwitness.lab.watching import Listening, targets_of, watch_targets
from swarmwitness.terms import Endpoint, InfoHash, Rung
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import WatchSettings
from swarmwitness.wire.tracker_http import AnnounceRequest

WATCH_S, LIMIT_S = 45.0, 400.0
TRACKER_PORT, PORT = 6969, 6881
EACH_KIND = 25
OTHERS = 6
"""Clients of another torrent."""
SOURCES = ("tracker", "dht", "pex")
_SHARES = (0.5, 0.25, 0.25)


@dataclass(frozen=True, slots=True)
class Planted:
    """Who is named by which liar, and what is there.

    Attributes:
        nobody: Source -> endpoints at which nobody listens.
        somebody: Kind -> endpoints at which it answers; all of them are named to the tracker.
    """

    nobody: dict[str, tuple[Endpoint, ...]]
    somebody: dict[str, tuple[Endpoint, ...]]


def plant(n: int, stage: Stage) -> Planted:
    """n endpoints of the stage at which nobody is, shared out to the liars, and some where somebody is."""
    addresses = _addresses(stage)
    nobody, left = {}, n
    for source, share in zip(SOURCES, _SHARES, strict=True):
        taken = min(left, round(n * share)) if source != SOURCES[-1] else left
        nobody[source] = tuple(Endpoint.of(next(addresses), PORT) for _ in range(taken))
        left -= taken
    somebody = {kind: tuple(Endpoint.of(next(addresses), 9100) for _ in range(EACH_KIND)) for kind in KINDS}
    somebody["client of another torrent"] = tuple(Endpoint.of(next(addresses), PORT) for _ in range(OTHERS))
    return Planted(nobody, somebody)


def _addresses(stage: Stage) -> Iterator[str]:
    """/24s from 20 up; the observer, the tracker and the liars sit below."""
    return (stage.address(network, host) for network in range(20, 256) for host in range(1, 255))


def perform(planted: Planted, stage: Stage, folder: Path, seconds: float) -> Listening:
    """Set the scene, watch, strike it. The caller is a process of the stage."""
    url = f"http://{stage.address(9, 9)}:{TRACKER_PORT}/announce"
    film = make_torrent(folder / "film", "film", "v1", {"film": 1_000_000}, url)
    other = make_torrent(folder / "other", "other", "v1", {"other": 1_000_000}, url)
    with ExitStack() as actors:
        for name, module, arguments in _cast(planted, stage, folder, other):
            actor = Actor(f"swarmwitness.lab.{module}", *arguments, log=folder / f"{name}.log")
            actors.callback(actor.stop)
            actor.wait_ready(name)
        listed = [*planted.nobody["tracker"], *(e for kind in planted.somebody.values() for e in kind)]
        # The lying peer is named by the tracker, too: it cannot be met otherwise.
        for endpoint in (*listed, Endpoint.of(stage.address(9, 20), PORT)):
            _forge(film.v1, endpoint, stage)
        return asyncio.run(_watch(film.file.read_bytes(), folder / "evidence", stage, seconds))


def _cast(
    planted: Planted, stage: Stage, folder: Path, other: LabTorrent
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, module, arguments) of every process."""
    log = str(folder / "tracker.jsonl")
    yield "tracker", "tracker", (stage.address(9, 9), str(TRACKER_PORT), log)
    there = tuple(f"{kind}={endpoint}" for kind in KINDS for endpoint in planted.somebody[kind])
    yield "bystanders", "actors.bystanders", there
    slander = SlanderSpec(
        nodes=tuple(f"{stage.address(10 + at, 30)}:6881" for at in range(8)),
        dht_victims=tuple(map(str, planted.nobody["dht"])),
        peer=f"{stage.address(9, 20)}:{PORT}",
        pex_victims=tuple(map(str, planted.nobody["pex"])),
    )
    slander.write(folder / "slander.json")
    yield "slanderer", "actors.slanderer", (str(folder / "slander.json"),)
    birds = tuple(
        Bird(str(endpoint), str(other.content)) for endpoint in planted.somebody["client of another torrent"]
    )
    FlockSpec(str(other.file), birds).write(folder / "flock.json")
    yield "flock", "actors.flock", (str(folder / "flock.json"),)


def _forge(info_hash: str, victim: Endpoint, stage: Stage) -> None:
    """Announce somebody else."""
    request = AnnounceRequest(
        InfoHash.from_text(info_hash), b"-FK0001-forgedforged", victim.port, left=1, numwant=1
    )
    where = stage.address(9, 9), TRACKER_PORT
    head = request.to_wire(f"http://{where[0]}:{where[1]}/announce?ip={victim.ip}", "laboratory")
    with socket.create_connection(where, timeout=10) as line:
        line.sendall(head)
        while line.recv(4096):
            pass


async def _watch(torrent: bytes, evidence: Path, stage: Stage, seconds: float) -> Listening:
    settings = WatchSettings(
        local=address_from_text(stage.address(9, 2)), numwant=2000, dials_per_s=400,
        dht=True, dht_bootstrap=(f"{stage.address(10, 30)}:6881",), dht_every_s=5.0, redial_pause_s=5.0,
    )  # fmt: skip
    return await watch_targets(targets_of(torrent), evidence, settings, seconds)


def judge(planted: Planted, listening: Listening) -> dict[str, object]:
    """How far every innocent was taken to have climbed, by kind and by who named it."""
    tops: dict[tuple[str, int], Rung] = {}
    named: dict[tuple[str, int], set[str]] = {}
    for row in listening.rows:
        key = row.ip, row.port or 0
        tops[key] = max(tops.get(key, Rung.LISTED), row.rung)
        named.setdefault(key, set()).add(row.source)
    nobody = [_key(e) for endpoints in planted.nobody.values() for e in endpoints]
    met = [key for key in nobody if key in tops]
    above = sum(tops[key] > Rung.LISTED for key in met)
    share = proportion(above, max(len(met), 1))
    return {
        "planted_where_nobody_is": len(nobody),
        "named_to_the_observer": len(met),
        "named_by": dict(sorted(Counter(s for key in met for s in named[key]).items())),
        "above_rung_0": above,
        "upper95": share.upper95,
        "accused_of_them": sum(tops[key] >= Rung.HANDSHAKEN for key in met),
        "where_somebody_answers": {
            kind: _tops([tops.get(_key(endpoint)) for endpoint in endpoints])
            for kind, endpoints in planted.somebody.items()
        },
        "outcomes": dict(listening.gathered.outcomes.most_common()),
        "anomalies": dict(listening.gathered.anomalies.most_common()),
        "rows": len(listening.rows),
    }


def _key(endpoint: Endpoint) -> tuple[str, int]:
    return str(endpoint.ip), endpoint.port


def _tops(rungs: Sequence[Rung | None]) -> dict[str, int]:
    names = ("not named" if rung is None else rung.name for rung in rungs)
    return dict(sorted(Counter(names).items())) | {
        "accused": sum(rung is not None and rung >= Rung.HANDSHAKEN for rung in rungs)
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="swarmwitness.lab.innocents")
    parser.add_argument("--n", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=WATCH_S)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", help="on the stage already: what its addresses begin with")
    told = parser.parse_args(arguments)
    if told.base is None:
        stage = find_stage()
        command = [sys.executable, "-m", "swarmwitness.lab.innocents", "--base", stage.base]
        command += ["--n", str(told.n), "--seconds", str(told.seconds), "--out", str(told.out)]
        return subprocess.run(stage.command(command), timeout=LIMIT_S, check=False).returncode
    stage = Stage((), told.base)
    planted = plant(told.n, stage)
    with tempfile.TemporaryDirectory() as folder:
        result = judge(planted, perform(planted, stage, Path(folder), told.seconds))
    told.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
