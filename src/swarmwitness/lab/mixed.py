# SPDX-License-Identifier: Apache-2.0
"""A mixed swarm of hundreds of real clients, watched by the observer and by a monitor as tools of today are.

`python -m swarmwitness.lab.mixed --clients 300 --out DIR [--seconds N]` starts the crowd on a stage, watches
it with the observer through a case and with a libtorrent-based poller at the same time, and measures both
against the clients' own accounts: who was contacted within a minute, who was seen again, whose completion was
seen, what was uploaded.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swarmwitness.case.create import create
from swarmwitness.case.observe import observe
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.cast import case_toml
from swarmwitness.lab.crowd import PORT, SHIELDED, Guest, guests, shield
from swarmwitness.lab.heard import Heard, hear
from swarmwitness.lab.onstage import FLAG, answer, perform
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.studio.writing import write_csv
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import LabTorrent, make_torrent
from swarmwitness.terms import Rung
from swarmwitness.terms.columns import WORKS

MODULE = "swarmwitness.lab.mixed"
SECONDS = 170.0
CONTENT_BYTES = 4_000_000
IN_ONE_PROCESS = 50
WITHIN_S = 60.0
AGAIN_S = 30.0
ROOMY = 0.25
"""A client with a place free in fewer of the first minute's polls than this share is counted as full."""
OURS, OBSERVER, OBSERVER6, TRACKER, POLLER = 9, 2, 2, 9, 3
_LIMIT_S = 400.0
SECOND = 1_000_000_000


@dataclass(slots=True)
class Contact:
    """What one monitor came to know of one address; times in UTC ns, 0 = never."""

    rung: int
    first_ns: int
    last_ns: int
    complete_ns: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """How one monitor did.

    Attributes:
        contacted: Of the reachable: share with a completed handshake within a minute.
        contacted_roomy: The same of those that had a place for another connection in a quarter of the polls
            of that minute or more, by their own account.
        full: Reachable clients that had one in fewer than a quarter of the polls: they hung up on most
            visitors, not on all.
        contacted_any_place: The same as `contacted`, of those that had a place in any poll of that minute.
        contacted_shielded: The same of those that nothing reaches uncalled, within the whole watch.
        by_kind: Kind -> (contacted in the whole watch, there were).
        seconds: To the first contact: median and slowest, of the reachable.
        again: Of those contacted half a minute before the end or earlier: heard of half a minute later.
        completions: Share of the true completions during the watch that were seen.
        rungs: Rung -> addresses whose highest it was.
        uploaded_bytes: Content that it gave away, by the clients' own counters.
    """

    contacted: float
    contacted_roomy: float
    full: int
    contacted_any_place: float
    contacted_shielded: float
    by_kind: dict[str, tuple[int, int]]
    seconds: tuple[float, float]
    again: float
    completions: float
    true_completions: int
    rungs: dict[str, int]
    uploaded_bytes: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The clients' own accounts.

    Attributes:
        completed_ns: Address -> when it had every piece; seeds are not in it.
        took: Address of a monitor -> content that clients count as coming from it.
        places: Address -> (UTC ns, connections that it would still take).
    """

    crowd: Sequence[Guest]
    completed_ns: Mapping[str, int]
    took: Mapping[str, int] = field(default_factory=dict)
    places: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)

    def roomy(self, address: str, begin: int, end: int) -> bool:
        """Whether the client had a place in a quarter of the polls or more; an unbounded one always has."""
        return self._share_with_place(address, begin, end) >= ROOMY

    def any_place(self, address: str, begin: int, end: int) -> bool:
        """Whether the client had a place in any poll of this time."""
        return self._share_with_place(address, begin, end) > 0

    def _share_with_place(self, address: str, begin: int, end: int) -> float:
        """Of the polls of this time; 1 of a client that is not bounded."""
        polls = [free for at, free in self.places.get(address, ()) if begin <= at < end]
        return sum(free > 0 for free in polls) / len(polls) if polls else 1.0


def measure(truth: Truth, known: Mapping[str, Contact], ours: Sequence[str], span: tuple[int, int]) -> Reach:
    """One monitor's contacts against the truth.

    Args:
        ours: The monitor's own addresses.
        span: Begin and end of its watch, UTC ns.
    """
    begin, end = span
    open_ones = [guest for guest in truth.crowd if guest.kind != SHIELDED]
    waits = sorted((known[g.address].first_ns - begin) / SECOND for g in open_ones if g.address in known)
    minute = begin + int(WITHIN_S * SECOND)
    met = {address for address, each in known.items() if each.first_ns <= minute}
    roomy = {guest.address for guest in open_ones if truth.roomy(guest.address, begin, minute)}
    placed = {guest.address for guest in open_ones if truth.any_place(guest.address, begin, minute)}
    hidden = [guest for guest in truth.crowd if guest.kind == SHIELDED]
    early = [each for each in known.values() if each.first_ns <= end - AGAIN_S * SECOND]
    done = {a: at for a, at in truth.completed_ns.items() if begin <= at <= end}
    kinds = sorted({guest.kind for guest in truth.crowd})
    return Reach(
        contacted=_share(sum(wait <= WITHIN_S for wait in waits), len(open_ones)),
        contacted_roomy=_share(len(met & roomy), len(roomy)),
        full=len(open_ones) - len(roomy),
        contacted_any_place=_share(len(met & placed), len(placed)),
        contacted_shielded=_share(sum(g.address in known for g in hidden), len(hidden)),
        by_kind={kind: _by_kind(truth.crowd, known, kind) for kind in kinds},
        seconds=(waits[len(waits) // 2], waits[-1]) if waits else (0.0, 0.0),
        again=_share(sum(e.last_ns - e.first_ns >= AGAIN_S * SECOND for e in early), len(early)),
        completions=_share(sum(a in known and known[a].complete_ns > 0 for a in done), len(done)),
        true_completions=len(done),
        rungs=_rungs(known),
        uploaded_bytes=sum(truth.took.get(address, 0) for address in ours),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _by_kind(crowd: Sequence[Guest], known: Mapping[str, Contact], kind: str) -> tuple[int, int]:
    of = [guest.address in known for guest in crowd if guest.kind == kind]
    return sum(of), len(of)


def _rungs(known: Mapping[str, Contact]) -> dict[str, int]:
    counted: dict[int, int] = {}
    for each in known.values():
        counted[each.rung] = counted.get(each.rung, 0) + 1
    return {Rung(rung).name: n for rung, n in sorted(counted.items())}


def by_observer(heard: Heard) -> dict[str, Contact]:
    """What the sealed log says, by address: from the first handshake on."""
    known: dict[str, Contact] = {}
    grew: set[str] = set()
    for row in heard.rows:
        if row.rung < Rung.HANDSHAKEN:
            continue
        at = row.observed_at * 1000
        each = known.setdefault(row.ip, Contact(int(row.rung), at, at))
        each.rung, each.first_ns = max(each.rung, int(row.rung)), min(each.first_ns, at)
        if row.rung >= Rung.PROGRESSED:
            grew.add(row.ip)
        # Growth that reached every piece: a seed that was complete when met has acquired nothing before us.
        if row.progress == 1.0 and row.ip in grew and not each.complete_ns:
            each.complete_ns = at
    for address, last in heard.last_heard.items():
        if address in known:
            known[address].last_ns = max(known[address].last_ns, last)
    return known


def by_poller(told: Mapping[str, Any]) -> dict[str, Contact]:
    """What the library told, by address."""
    known = {}
    for address, each in told["peers"].items():
        grew = len(each["shares"]) == 2 and each["shares"][0] < 1
        complete = each["complete_ns"] if grew else 0
        known[address] = Contact(each["rung"], each["first_ns"], each["last_ns"], complete)
    return known


def play(stage: Stage, folder: Path, plan: dict[str, Any]) -> object:
    """The whole of it, from inside the stage."""
    tracker = stage.address(OURS, TRACKER)
    torrent = _torrent(stage, folder)
    crowd = guests(stage, plan["clients"], str(torrent.file), _folders(torrent, folder), CONTENT_BYTES)
    shield(stage, crowd)
    actors = [_tracker(folder, tracker)]
    if stage.base6:
        actors.append(_tracker(folder, str(stage.address6(OURS, TRACKER))))
    crowds = _crowds(folder, crowd)
    poller = _poller(stage, folder, torrent)
    begin = time.time_ns()
    try:
        case_dir = _case(stage, folder, torrent)
        observe(case_dir, seconds=plan["seconds"])
        end = time.time_ns()
        polled = json.loads(poller.stop())
        records = [record for actor in crowds for record in json.loads(actor.stop())]
    finally:
        for actor in (poller, *crowds, *actors):
            actor.stop()
    heard = hear(case_dir / "evidence")
    truth = _truth(crowd, records, len_pieces(torrent))
    ours = [
        address for address in (stage.address(OURS, OBSERVER), stage.address6(OURS, OBSERVER6)) if address
    ]
    theirs = [address for address in (stage.address(OURS, POLLER), stage.address6(OURS, POLLER)) if address]
    return {
        "clients": len(crowd), "seconds": (end - begin) / SECOND,
        "observer": asdict(measure(truth, by_observer(heard), ours, (begin, end))),
        "poller": asdict(measure(truth, by_poller(polled), theirs, (begin, end))),
        "poller_says_uploaded_bytes": polled["uploaded_bytes"],
    }  # fmt: skip


def len_pieces(torrent: LabTorrent) -> int:
    """Pieces of the torrent."""
    return -(-sum(work.size for work in torrent.works) // (64 * 1024))


def _torrent(stage: Stage, folder: Path) -> LabTorrent:
    name = "crowd.bin"
    six = stage.address6(OURS, TRACKER)
    hosts = [stage.address(OURS, TRACKER), *([f"[{six}]"] if six else [])]
    urls = [f"http://{host}:6969/announce" for host in hosts]
    return make_torrent(folder / "made", name, "v1", {name: CONTENT_BYTES}, *urls)


def _folders(torrent: LabTorrent, folder: Path) -> tuple[str, str]:
    down = folder / "down"
    down.mkdir()
    return str(torrent.content), str(down)


def _tracker(folder: Path, host: str) -> Actor:
    log = folder / f"tracker-{host.replace(':', '-')}.jsonl"
    actor = Actor("swarmwitness.lab.tracker", host, "6969", str(log), log=log.with_suffix(".log"))
    actor.wait_ready("tracker")
    return actor


def _crowds(folder: Path, crowd: Sequence[Guest]) -> list[Actor]:
    """Processes of fifty clients each."""
    actors = []
    for first in range(0, len(crowd), IN_ONE_PROCESS):
        file = folder / f"crowd{first}.json"
        specs = [asdict(guest.spec) for guest in crowd[first : first + IN_ONE_PROCESS]]
        file.write_text(json.dumps(specs), encoding="utf-8")
        actors.append(Actor("swarmwitness.lab.actors.crowd", str(file), log=file.with_suffix(".log")))
    for actor in actors:
        actor.wait_ready("crowd")
    return actors


def _poller(stage: Stage, folder: Path, torrent: LabTorrent) -> Actor:
    six = stage.address6(OURS, POLLER)
    listen = f"{stage.address(OURS, POLLER)}:{PORT}" + (f",[{six}]:{PORT}" if six else "")
    down = folder / "poller"
    down.mkdir()
    spec = ClientSpec(listen, ((str(torrent.file), str(down)),), down_bytes_per_s=10_000)
    file = folder / "poller.json"
    file.write_text(json.dumps(asdict(spec)), encoding="utf-8")
    return Actor("swarmwitness.lab.actors.poller", str(file), log=folder / "poller.log")


def _truth(crowd: Sequence[Guest], records: Sequence[Mapping[str, Any]], n_pieces: int) -> Truth:
    """From the clients' accounts, in the order of the crowd."""
    completed: dict[str, int] = {}
    took: dict[str, int] = {}
    places: dict[str, Sequence[tuple[int, int]]] = {}
    for guest, record in zip(crowd, records, strict=True):
        places[guest.address] = record["places"]
        held = [(at, pieces) for at, _, pieces in record["held"]]
        if held and held[0][1] < n_pieces:
            done = next((at for at, pieces in held if pieces == n_pieces), 0)
            completed |= {guest.address: done} if done else {}
        for address, moved in record["peers"].items():
            took[address] = took.get(address, 0) + moved["received_bytes"]
    return Truth(crowd, completed, took, places)


def _case(stage: Stage, folder: Path, torrent: LabTorrent) -> Path:
    case_dir = folder / "case"
    create(case_dir, name="Mixed swarm", synthetic=True)
    six = stage.address6(OURS, OBSERVER6)
    text = case_toml(
        "A mixed swarm of real clients in a laboratory.", "Mixed swarm",
        address=stage.address(OURS, OBSERVER), address6=six, listen=6881, announce_every_s=5.0,
        dials_per_network_per_s=10.0,
    )  # fmt: skip
    (case_dir / "case.toml").write_text(text, encoding="utf-8")
    (case_dir / "torrents").mkdir(exist_ok=True)
    (case_dir / "torrents" / torrent.file.name).write_bytes(torrent.file.read_bytes())
    names = [column.name for column in WORKS]
    told = {"info_hash": torrent.v1, "title": "crowd", "owner": "case", "kind": "other", "sensitive": "false"}
    write_csv(case_dir / "works.csv", names, [[told.get(name, "") for name in names]])
    return case_dir


def table(told: Mapping[str, Any]) -> str:
    """For people: Markdown."""
    lines = ["| measure | observer | libtorrent-based poller |", "|---|---|---|"]
    for name in told["observer"]:
        lines.append(f"| {name} | {told['observer'][name]} | {told['poller'][name]} |")
    return "\n".join(lines) + "\n"


def run(out: Path, clients: int, seconds: float = SECONDS) -> dict[str, Any]:
    """Play it on a stage; the result is also in OUT/mixed.json.

    Raises:
        InputError: it cannot be played here.
    """
    plan = {"clients": clients, "seconds": seconds}
    told: dict[str, Any] = perform(find_stage(), MODULE, out.absolute(), plan, _LIMIT_S + seconds)
    (out / "mixed.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return told


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument(FLAG, type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.inside is not None:
        return answer(told.inside, play)
    if told.out is None:
        parser.error("--out DIR is needed")
    sys.stdout.write(table(run(told.out, told.clients, told.seconds)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
