# SPDX-License-Identifier: Apache-2.0
"""One swarm with an actor for each class of odd peer and source, honest clients and an innocent device.

`python -m swarmwitness.lab.oddities --out DIR` plays it, watches it twice with the observer, seals,
and holds the classes that the sealed logs give against who is who: a confusion matrix, one row per actor.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swarmwitness.lab.actors.dhtnode import NodesSpec, write_spec
from swarmwitness.lab.actors.flock import Bird, FlockSpec
from swarmwitness.lab.actors.oddpeer import CALLERS, Odd, OddSpec
from swarmwitness.lab.onstage import asked, perform
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import PIECE_BYTES, LabTorrent, make_torrent
from swarmwitness.lab.watching import watch_targets
from swarmwitness.observation.classes import Classed, Kind, Thresholds, classes
from swarmwitness.terms import Endpoint, InfoHash, InputError
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import Target, WatchSettings
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.tracker_http import AnnounceRequest

MODULE = "swarmwitness.lab.oddities"
SECONDS = (20.0, 14.0)
"""Two watches: a seed that hides its pieces shows it when it is met again."""
_LIMIT_S = 240.0
PORT, TRACKER_PORT, PRINTER_PORT = 6881, 6969, 9100
SECOND = 1_000_000_000
THRESHOLDS = Thresholds(patient_ns=4 * SECOND, for_ever_ns=12 * SECOND)
"""A laboratory's hours are seconds."""
OURS, ODD, HONEST, NODES, LIARS = 9, 5, 6, 30, 31
OBSERVER, TRACKER, INJECTOR = 2, 9, 10
N_NODES, N_LIARS = 6, 3


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody or something of the swarm, and the class in which it belongs; None = in none."""

    name: str
    subject: str
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Scene:
    """The torrents, the odd peers and everybody's role."""

    film: LabTorrent
    both: LabTorrent
    fake: LabTorrent
    odd: tuple[Odd, ...]
    birds: tuple[Bird, ...]
    printer: Endpoint
    roles: tuple[Role, ...]


def set_scene(stage: Stage, folder: Path) -> Scene:
    """Make the torrents and say who is who."""
    url = f"http://{stage.address(OURS, TRACKER)}:{TRACKER_PORT}/announce"
    film = make_torrent(folder / "film", "film.mkv", "v1", {"film.mkv": 20 * PIECE_BYTES}, url)
    both = make_torrent(folder / "both", "both.mkv", "hybrid", {"both.mkv": 4 * PIECE_BYTES}, url)
    fake = make_torrent(folder / "fake", "Film.2024", "v1", {"film.mkv.exe": 3 * PIECE_BYTES}, url)
    told = tuple(_odd(stage))
    home = folder / "leecher"
    home.mkdir()
    birds = (
        Bird(f"{stage.address(HONEST, 30)}:{PORT}", str(film.content)),
        Bird(f"{stage.address(HONEST, 31)}:{PORT}", str(home), down_bytes_per_s=20_000),
        Bird(f"{stage.address(HONEST, 32)}:{PORT}", str(film.content), hides=True),
    )
    printer = Endpoint.of(stage.address(HONEST, 40), PRINTER_PORT)
    roles = (
        *(Role(name, odd.at, kind) for name, kind, odd in told),
        *_others(stage, birds, printer),
        Role("torrent of two versions", both.v1, Kind.TWO_NAMES),
        Role("program under a film's name", fake.v1, Kind.FAKE_CONTENT),
        Role("torrent of whose piece two gave a part", film.v1, Kind.MIXED_SOURCES),
    )
    return Scene(film, both, fake, tuple(odd for _, _, odd in told), birds, printer, roles)


def _odd(stage: Stage) -> Iterator[tuple[str, Kind | None, Odd]]:
    """(role, class, actor) of the odd peers, and of a plain one among them."""

    def at(host: int, port: int = PORT) -> str:
        return f"{stage.address(ODD, host)}:{port}"

    yield "monitor", Kind.MONITOR, Odd("monitor", at(1))
    yield "seed that serves nobody", Kind.FAKE_SEED, Odd("fake_seed", at(2))
    yield "0 % for ever", Kind.STUCK, Odd("stuck", at(3))
    yield "progress that rewinds", Kind.REWINDS, Odd("rewinds", at(4))
    yield "partial seed", Kind.PARTIAL_SEED, Odd("partial_seed", at(5))
    yield "poisoner", Kind.HASH_FAILING, Odd("poisoner", at(6))
    yield "giver of a part", None, Odd("part_giver", at(7))
    yield "another giver of a part", None, Odd("part_giver", at(8))
    yield "client behind a translator", None, Odd("leecher", at(9, 7001), "-OD0001-onetranslate")
    yield "its neighbour", None, Odd("leecher", at(9, 7002), "-NW0002-othertransla", "New 2.0")
    yield "address with two tenants", Kind.REASSIGNED, Odd("tenants", at(10))
    yield "client of another torrent", Kind.REUSED_PORT, Odd("elsewhere", at(11))
    yield "caller for an earlier torrent", Kind.REUSED_PORT, Odd("earlier", at(12, 0))
    yield "crawler", Kind.CRAWLER, Odd("crawler", at(13, 0))
    borrowed = Odd("leecher", at(14), "-TR3000-borrowednam0", "Transmission 3.00")
    yield "client under a borrowed name", Kind.MISNAMED, borrowed
    yield "plain client", None, Odd("leecher", at(15))
    if stage.base6:
        two = "-OD0001-twofamilies0"
        yield "client over IPv4", Kind.TWO_FAMILIES, Odd("leecher", at(16), two)
        yield "the same over IPv6", None, Odd("leecher", f"[{stage.address6(ODD, 16)}]:{PORT}", two)


def _others(stage: Stage, birds: Sequence[Bird], printer: Endpoint) -> Iterator[Role]:
    kinds = (("honest seed", None), ("honest leecher", None), ("seed that hides its pieces", Kind.SUPER_SEED))
    for (name, kind), bird in zip(kinds, birds, strict=True):
        yield Role(name, bird.listen, kind)
    yield Role("printer that was named", str(printer), Kind.FALSE_LISTING)
    yield Role("address of two clients", f"{stage.address(ODD, 9)}:0", Kind.SHARED_ADDRESS)
    yield Role("honest tracker", f"http://{stage.address(OURS, TRACKER)}:{TRACKER_PORT}", None)
    injector = f"http://{stage.address(OURS, INJECTOR)}:{TRACKER_PORT}"
    yield Role("tracker that injects", injector, Kind.INJECTING_TRACKER)
    for host in range(1, N_NODES + 1):
        yield Role("honest DHT node", f"{stage.address(NODES, host)}:{PORT}", None)
    for host in range(1, N_LIARS + 1):
        yield Role("DHT node that pollutes", f"{stage.address(LIARS, host)}:{PORT}", Kind.DHT_POLLUTER)


def play(stage: Stage, folder: Path, _plan: Mapping[str, Any]) -> object:
    """All of it, from inside the stage: the matrix, and what was wrong in it."""
    scene = set_scene(stage, folder)
    with ExitStack() as actors:
        for name, module, arguments in _cast(scene, stage, folder):
            actor = Actor(f"swarmwitness.lab.{module}", *arguments, log=folder / f"{name}.log")
            actors.callback(actor.stop)
            actor.wait_ready(name)
        listed = [Endpoint.from_text(odd.at) for odd in scene.odd if odd.manner not in CALLERS]
        for endpoint in (*listed, scene.printer):
            forge(scene.film.v1, endpoint, (stage.address(OURS, TRACKER), TRACKER_PORT))
        logs = [folder / f"evidence{number}" for number, _ in enumerate(SECONDS, 1)]
        for log, seconds in zip(logs, SECONDS, strict=True):
            asyncio.run(_watch(scene, stage, log, seconds))
    found = classes(*logs, thresholds=THRESHOLDS)
    return judge(scene.roles, found)


def _cast(scene: Scene, stage: Stage, folder: Path) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, module, arguments) of every process."""
    for name, host, mode in (("tracker", TRACKER, "honest"), ("injector", INJECTOR, "inject")):
        where = stage.address(OURS, host), str(TRACKER_PORT)
        yield name, "tracker", (*where, str(folder / f"{name}.jsonl"), mode)
    yield "printer", "actors.printer", (str(scene.printer.ip), str(scene.printer.port))
    spec = OddSpec(
        content=str(scene.film.content / "film.mkv"),
        piece_bytes=PIECE_BYTES,
        info_hash=scene.film.v1,
        observer=f"{stage.address(OURS, OBSERVER)}:{PORT}",
        peers=scene.odd,
    )
    spec.write(folder / "odd.json")
    yield "odd", "actors.oddpeer", (str(folder / "odd.json"),)
    FlockSpec(str(scene.film.file), scene.birds).write(folder / "flock.json")
    yield "flock", "actors.flock", (str(folder / "flock.json"),)
    nodes = tuple(f"{stage.address(NODES, host)}:{PORT}" for host in range(1, N_NODES + 1))
    write_spec(folder / "nodes.json", NodesSpec(nodes))
    yield "nodes", "actors.dhtnode", (str(folder / "nodes.json"),)
    liars = (f"{stage.address(LIARS, host)}:{PORT}" for host in range(1, N_LIARS + 1))
    yield "liars", "actors.dhtpolluter", ("neighbours", *liars)


def forge(info_hash: str, victim: Endpoint, tracker: tuple[str, int]) -> None:
    """Announce somebody else to a tracker that believes it."""
    request = AnnounceRequest(
        InfoHash.from_text(info_hash), b"-FK0001-forgedforged", victim.port, left=1, numwant=1
    )
    head = request.to_wire(f"http://{tracker[0]}:{tracker[1]}/announce?ip={victim.ip}", "laboratory")
    with socket.create_connection(tracker, timeout=10) as line:
        line.sendall(head)
        while line.recv(4096):
            pass


async def _watch(scene: Scene, stage: Stage, evidence: Path, seconds: float) -> None:
    six = stage.address6(OURS, OBSERVER)
    liars = (f"{stage.address(LIARS, host)}:{PORT}" for host in range(1, N_LIARS + 1))
    settings = WatchSettings(
        local=address_from_text(stage.address(OURS, OBSERVER)),
        local6=None if six is None else address_from_text(six),
        listen_port=PORT, dials_per_s=400, redial_pause_s=1.0, redial_cap_s=2.0, max_redials=50,
        dht=True, dht_every_s=5.0, decoys=2, canaries=1, tick_s=0.1,
        dht_bootstrap=(f"{stage.address(NODES, 1)}:{PORT}", *liars),
    )  # fmt: skip
    injector = f"http://{stage.address(OURS, INJECTOR)}:{TRACKER_PORT}/announce"
    targets = [
        target
        for torrent in (scene.film, scene.both, scene.fake)
        for target in targets_of(torrent.file.read_bytes(), injector)
    ]
    await watch_targets(targets, evidence, settings, seconds)


def targets_of(torrent: bytes, *trackers: str) -> list[Target]:
    """Every name of a torrent, whose content may be asked for, with more trackers than its own."""
    metainfo = Metainfo.from_wire(torrent)
    urls = tuple(dict.fromkeys([*(url for tier in metainfo.trackers for url in tier), *trackers]))
    return [
        Target(name, metainfo, urls, ((metainfo.name, None),), True, torrent) for name in metainfo.info_hashes
    ]


def judge(roles: Sequence[Role], found: Sequence[Classed]) -> dict[str, Any]:
    """Who was put into which classes; those whose port is chance go by their address."""
    by_subject: dict[str, set[str]] = {}
    for each in found:
        by_subject.setdefault(str(each.subject), set()).add(each.kind.value)
        if isinstance(each.subject, Endpoint) and each.subject.port:
            by_subject.setdefault(f"{each.subject.ip}:any", set()).add(each.kind.value)
    known: set[str] = set()
    matrix = []
    for role in roles:
        subject = role.subject
        if subject.endswith(":0") and role.kind is not Kind.SHARED_ADDRESS:
            subject = subject[:-1] + "any"
        known.add(role.subject.rpartition(":")[0] if ":any" in subject else role.subject)
        got = by_subject.get(subject, set())
        wanted = set() if role.kind is None else {role.kind.value}
        row = {"role": role.name, "belongs": sorted(wanted), "classed": sorted(got), "right": got == wanted}
        matrix.append(row)
    strangers = [
        [str(each.subject), each.kind.value]
        for each in found
        if not {str(each.subject), str(each.subject).rpartition(":")[0]} & known
    ]
    return {
        "matrix": matrix,
        "wrong": [row for row in matrix if not row["right"]],
        "strangers": strangers,
        "unproved": [
            each.kind.value for each in found if not each.evidence and each.kind not in _OF_TORRENTS
        ],
    }


_OF_TORRENTS = (Kind.TWO_NAMES, Kind.FAKE_CONTENT)
"""What the sealed torrent itself shows."""


def table(told: Mapping[str, Any]) -> str:
    """For people: Markdown."""
    lines = ["| actor | belongs in | was classed as |", "|---|---|---|"]
    for row in {row["role"]: row for row in told["matrix"]}.values():
        lines.append(f"| {row['role']} | {_names(row['belongs'])} | {_names(row['classed'])} |")
    return "\n".join(lines) + "\n"


def _names(kinds: Sequence[str]) -> str:
    return ", ".join(kinds) or "none"


def run(out: Path) -> dict[str, Any]:
    """Play it on a stage of its own.

    Raises:
        InputError: it cannot be played here.
    """
    stage = find_stage()
    if not stage.private:
        raise InputError(f"the odd swarm needs a stage of its own: {stage.why}")
    told: dict[str, Any] = perform(stage, MODULE, out.absolute(), {}, _LIMIT_S)
    return told


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    told = asked(parser, arguments, play)
    if told is None:
        return 0
    result = run(told.out)
    sys.stdout.write(table(result) + json.dumps({k: result[k] for k in ("wrong", "strangers")}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
