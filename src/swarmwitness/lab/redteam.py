# SPDX-License-Identifier: Apache-2.0
"""Hostile peers, trackers and DHT nodes, all at once, against one observer in a process of limited memory.

`python -m swarmwitness.lab.redteam --out DIR [--seconds N]` plays it on a stage. Beside the enemies
stands one honest seed. Afterwards the log is verified and read again: what was shown of the seed, which
oddity of which enemy was recorded, how much memory the observer took, and how much it wrote.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha1
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.observed import Live
from swarmwitness.evidence import EvidenceLog, verify
from swarmwitness.lab.actors.flock import Bird, FlockSpec
from swarmwitness.lab.actors.hostilepeer import CALLERS, MANNERS, Enemy, HostileSpec
from swarmwitness.lab.oddities import forge, targets_of
from swarmwitness.lab.onstage import FLAG, answer, perform
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import PIECE_BYTES, LabTorrent, make_torrent
from swarmwitness.observation import Replayer
from swarmwitness.observation.aside import Poll, Spoken, Told
from swarmwitness.observation.classes import Classes
from swarmwitness.observation.replay import replay
from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.patience import SECOND, Limits
from swarmwitness.terms import Endpoint, InfoHash, InputError
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import Clock, Entropy, Recorder, Target, WatchSettings, watch
from swarmwitness.vantage.loop import run as run_loop

MODULE = "swarmwitness.lab.redteam"
SECONDS = 25.0
MEMORY_BYTES = 1 << 30
"""Address space that the observer may take beyond what it maps when it starts."""
_LIMIT_S = 300.0
ORIGIN = "laboratory.invalid/besieged"
PORT, DHT_PORT, TRACKER_PORT = 6881, 6882, 6969
OURS, ENEMIES, HONEST, LIARS, VICTIMS = 9, 5, 6, 31, 77
OBSERVER, TRACKER = 2, 9
N_PIECES = 24
MAGNET = InfoHash(sha1(b"a torrent that enemies alone know", usedforsecurity=False).digest())
HOSTILE_TRACKERS = (
    "garbage", "binary-error", "oversized", "drip", "gzip-bomb", "redirect-loop", "redirect-chain",
    "redirect-lie", "inject", "flood",
)  # fmt: skip
LIES = ("crowd", "flood", "broken")
MAGNET_MANNERS = ("absurd_metadata", "false_metadata", "have_flood")
SHOWS: dict[str, tuple[str, ...]] = {
    "have_flood": ("have_out_of_range",),
    "pex_flood": ("pex_flood", "flood"),
    "punch_flood": ("flood",),
    "unknown_flood": ("unknown_message",),
    "keep_alive_flood": ("flood",),
    "asking_flood": ("asks_of_us",),
    "unasked_blocks": ("unrequested_block",),
    "donthave_flood": ("donthave_out_of_range",),
    "flapping": ("flood",),
    "drip_handshake": ("handshake_timeout",),
    "drip_message": ("drip",),
    "huge_frame": ("framing",),
    "bogus_bitfields": ("bitfield_length",),
    "deep_bencode": ("malformed_extension",),
    "wide_bencode": ("malformed_extension",),
    "poison": ("hash_failing",),
    "wrong_torrent": ("wrong_info_hash",),
    "mirror": ("self_connection",),
    "junk": ("not_bittorrent",),
    "false_hashes": ("unrequested_hashes",),
    "absurd_metadata": ("metadata_size",),
    "false_metadata": ("metadata_false",),
    "knocking": ("handshake_timeout", "mse_no_hash"),
}
"""By manner: what the log shows of it, any one of these kinds of anomaly, outcomes or classes."""


@dataclass(slots=True)
class Shown:
    """What the log shows of each endpoint and source.

    Attributes:
        by: Address -> kinds of anomaly and outcomes -> how often.
        polls: Outcome of questions to trackers -> how often.
    """

    classes: Classes = field(default_factory=Classes)
    by: dict[str, Counter[str]] = field(default_factory=dict)
    polls: Counter[str] = field(default_factory=Counter)

    def __call__(self, told: Told) -> None:
        """One event."""
        self.classes(told)
        if isinstance(told, Spoken):
            held = self.by.setdefault(str(told.endpoint.ip), Counter())
            held.update(told.anomalies)
            held[told.outcome or "unfinished"] += 1
        elif isinstance(told, Poll) and told.source == "tracker":
            self.polls[told.outcome] += 1


def enemies_of(stage: Stage) -> tuple[Enemy, ...]:
    """Everybody of `MANNERS` and `CALLERS`, each at an address of its own."""
    listening = (
        Enemy(manner, f"{stage.address(ENEMIES, host)}:{PORT}") for host, manner in enumerate(MANNERS, 1)
    )
    calling = (
        Enemy(manner, f"{stage.address(ENEMIES, host)}:{PORT}") for host, manner in enumerate(CALLERS, 100)
    )
    return (*listening, *calling)


def play(stage: Stage, folder: Path, plan: Mapping[str, Any]) -> object:
    """All of it, from inside the stage."""
    url = f"http://{stage.address(OURS, TRACKER)}:{TRACKER_PORT}/announce"
    film = make_torrent(folder / "film", "film.mkv", "v1", {"film.mkv": N_PIECES * PIECE_BYTES}, url)
    enemies = enemies_of(stage)
    with ExitStack() as actors:
        for name, module, arguments in _cast(film, enemies, stage, folder):
            actor = Actor(f"swarmwitness.lab.{module}", *arguments, log=folder / f"{name}.log")
            actors.callback(actor.stop)
            actor.wait_ready(name)
        tracker = stage.address(OURS, TRACKER), TRACKER_PORT
        for enemy in enemies:
            if enemy.manner in MANNERS:
                forge(film.v1, Endpoint.from_text(enemy.at), tracker)
            if enemy.manner in MAGNET_MANNERS:
                forge(str(MAGNET), Endpoint.from_text(enemy.at), tracker)
        watched = _besieged(stage, folder, film, float(plan["seconds"]))
    return watched | judged(stage, folder / "evidence", enemies)


def _cast(
    film: LabTorrent, enemies: Sequence[Enemy], stage: Stage, folder: Path
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(name, module, arguments) of every process."""
    where = (
        f"{mode}={stage.address(OURS, TRACKER + at)}:{TRACKER_PORT}"
        for at, mode in enumerate(("honest", *HOSTILE_TRACKERS))
    )
    yield "trackers", "actors.hostiletrackers", (str(folder / "trackers.jsonl"), *where)
    observer = stage.address(OURS, OBSERVER)
    spec = HostileSpec(
        N_PIECES, PIECE_BYTES, film.v1, f"{observer}:{PORT}", f"{observer}:{DHT_PORT}",
        stage.address(VICTIMS, 0).rpartition(".")[0], tuple(enemies),
    )  # fmt: skip
    spec.write(folder / "hostile.json")
    yield "hostile", "actors.hostilepeer", (str(folder / "hostile.json"),)
    seed = Bird(f"{stage.address(HONEST, 30)}:{PORT}", str(film.content))
    FlockSpec(str(film.file), (seed,)).write(folder / "flock.json")
    yield "flock", "actors.flock", (str(folder / "flock.json"),)
    for at, how in enumerate(LIES):
        yield f"dht-{how}", "actors.dhtpolluter", (how, f"{stage.address(LIARS, at + 1)}:{PORT}")


def _besieged(stage: Stage, folder: Path, film: LabTorrent, seconds: float) -> dict[str, Any]:
    """The observer in a process of its own; what it says of itself."""
    evidence = str(folder / "evidence")
    spec = {"torrent": str(film.file), "base": stage.base, "evidence": evidence, "seconds": seconds}
    (folder / "watch.json").write_text(json.dumps(spec), encoding="utf-8")
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", MODULE, "--watch", str(folder / "watch.json")],
        capture_output=True, text=True, timeout=seconds + 120, check=False,
    )  # fmt: skip
    (folder / "observer.log").write_text(done.stderr, encoding="utf-8")
    if done.returncode != 0:
        raise InputError(f"the observer fell: {done.stderr[-2000:]}", file=str(folder))
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told | {"wall_s": round(time.monotonic() - begun, 1), "complaints": done.stderr[:2000]}


def observe_under_siege(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The observer's process: watch with limited memory, and say what it took."""
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + MEMORY_BYTES, mapped + MEMORY_BYTES))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock, entropy = Clock(), Entropy()
    live = Live(Replayer(ORIGIN, aside=Classes()), None, None)
    log = EvidenceLog.create(
        Path(spec["evidence"]), origin=ORIGIN, key=Ed25519PrivateKey.generate(), salt=entropy.draw,
        at=clock.read(),
    )  # fmt: skip
    stage = Stage((), spec["base"])
    conduct = Conduct(
        contact="mailto:laboratory@example.org", dials_per_network_per_s=20,
        min_announce_interval_s=1.5, private_networks=True,
    )  # fmt: skip
    with log:
        recorder = Recorder(log, clock, "laboratory", live.take)
        summary = run_loop(
            lambda: watch(
                _targets(stage, Path(spec["torrent"])), recorder=recorder, conduct=conduct,
                seconds=spec["seconds"], settings=_settings(stage), on_progress=live.tell,
            )
        )  # fmt: skip
        live.count(live.replayer.finish())
        exhibits = log.size
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "ended": "" if summary is None else summary.ended, "exhibits": exhibits, "rows": live.n_rows,
        "rss_before_mib": before_kib >> 10, "rss_peak_mib": peak_kib >> 10,
        "oddities": {} if summary is None else dict(summary.oddities),
        "faults": 0 if summary is None else summary.outcomes["fault"],
        "replay_oddities": dict(live.replayer.oddities), "dials": 0 if summary is None else summary.dials,
    }  # fmt: skip


def _targets(stage: Stage, torrent: Path) -> list[Target]:
    trackers = [
        f"{scheme}://{stage.address(OURS, TRACKER + at)}:{TRACKER_PORT}/announce"
        for at, _ in enumerate(HOSTILE_TRACKERS, 1)
        for scheme in ("http", "udp")
    ]
    honest = f"http://{stage.address(OURS, TRACKER)}:{TRACKER_PORT}/announce"
    return [*targets_of(torrent.read_bytes(), *trackers), Target(MAGNET, trackers=(honest,))]


def _settings(stage: Stage) -> WatchSettings:
    return WatchSettings(
        local=address_from_text(stage.address(OURS, OBSERVER)), listen_port=PORT,
        dht=True, dht_port=DHT_PORT, dht_every_s=5.0, decoys=2, canaries=1,
        dht_bootstrap=tuple(f"{stage.address(LIARS, at + 1)}:{PORT}" for at, _ in enumerate(LIES)),
        dials_per_s=300, redial_pause_s=2.0, redial_cap_s=4.0, connect_timeout_s=3.0,
        announce_timeout_s=6.0, seal_s=5.0,
        limits=Limits(handshake_ns=8 * SECOND, frame_ns=8 * SECOND, block_ns=8 * SECOND),
    )  # fmt: skip


def judged(stage: Stage, evidence: Path, enemies: Sequence[Enemy]) -> dict[str, Any]:
    """The log verified and read again."""
    report = verify(evidence)
    shown, tops = Shown(), Counter[str]()
    victims = stage.address(VICTIMS, 0).rpartition(".")[0] + "."
    for row in replay(evidence, aside=shown):
        who = "victim" if row.ip.startswith(victims) else row.ip
        tops[who] = max(tops[who], int(row.rung))
    for each in shown.classes.classed():
        if isinstance(each.subject, Endpoint):
            shown.by.setdefault(str(each.subject.ip), Counter())[each.kind.value] += 1
    by = {enemy.manner: dict(shown.by.get(enemy.at.rpartition(":")[0], Counter())) for enemy in enemies}
    return {
        "verified": report.ok, "failures": [str(failure) for failure in report.failures],
        "seed_rung": tops[stage.address(HONEST, 30)], "victims_rung": tops["victim"],
        "enemies_rung": {e.manner: tops[e.at.rpartition(":")[0]] for e in enemies},
        "shown": by, "polls": dict(shown.polls),
        "unshown": [manner for manner, any_of in SHOWS.items() if not by[manner].keys() & set(any_of)],
        "bytes": sum(file.stat().st_size for file in evidence.rglob("*") if file.is_file()),
    }  # fmt: skip


def run(out: Path, seconds: float = SECONDS) -> dict[str, Any]:
    """Play it on a stage of its own.

    Raises:
        InputError: it cannot be played here, or the observer fell.
    """
    stage = find_stage()
    if not stage.private:
        raise InputError(f"the red team needs a stage of its own: {stage.why}")
    told: dict[str, Any] = perform(stage, MODULE, out.absolute(), {"seconds": seconds}, _LIMIT_S)
    return told


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument(FLAG, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--watch", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.inside is not None:
        return answer(told.inside, play)
    if told.watch is not None:
        spec = json.loads(told.watch.read_text(encoding="utf-8"))
        sys.stdout.write(json.dumps(observe_under_siege(spec)) + "\n")
        return 0
    if told.out is None:
        parser.error("--out DIR is needed")
    sys.stdout.write(json.dumps(run(told.out, told.seconds), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
