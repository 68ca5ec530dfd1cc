# SPDX-License-Identifier: Apache-2.0
"""Bounds on giving to third parties against the truth, in swarms of real clients whose transfers are known.

`python -m swarmwitness.lab.dissemination --swarms 200 --jobs 2 --out FILE` draws swarms by number (the
number is the seed), lets each run on a stage of its own under our observer, and writes one JSON line a
swarm; what FILE has is not run again. `--summary FILE` writes what the lines come to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swarmwitness.lab.actors.flock import Bird, FlockSpec
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.lab.watching import Watched, watch_swarm

PORT, TRACKER_PORT = 6881, 6969
WATCH_S, SWARM_S = 11.0, 60.0
SCENARIOS = ("one_seed", "seed_leaves", "hidden_seed", "late", "two_seeds", "unreachable")
_WEIGHTS = (40, 20, 12, 10, 8, 10)


@dataclass(frozen=True, slots=True)
class Plan:
    """One drawn swarm.

    Attributes:
        scenario: one_seed; seed_leaves (in the midst of the watch); hidden_seed (it super-seeds, sometimes
            beside a plain one); late (the watch begins when much has moved); two_seeds; unreachable (a
            client that trackers name under a port on which it cannot be reached).
        birds: Folder left empty; filled in when it is run.
    """

    number: int
    scenario: str
    size_bytes: int
    piece_bytes: int
    watch_after_s: float
    watch_s: float
    birds: tuple[Bird, ...]


def draw(number: int, stage: Stage) -> Plan:
    """The swarm of this number."""
    rng = random.Random(number)
    scenario = rng.choices(SCENARIOS, _WEIGHTS)[0]
    size = rng.randrange(512 * 1024, 2 * 1024 * 1024)
    piece = rng.choice((16384, 16384, 16384, 32768))
    seeds = 2 if scenario == "two_seeds" or (scenario == "hidden_seed" and rng.random() < 0.5) else 1
    down = max(size // rng.randrange(5, 9), 40_000)
    birds = [_seed(at, scenario, stage, rng) for at in range(seeds)]
    all_of_them = range(seeds, seeds + rng.randrange(5, 9))
    birds += [_leecher(at, at == seeds, scenario, (stage, down, rng)) for at in all_of_them]
    after = rng.uniform(3.0, 6.0) if scenario == "late" else 0.0
    return Plan(number, scenario, size, piece, after, WATCH_S, tuple(birds))


def _listen(at: int, stage: Stage) -> str:
    return f"{stage.address(1 + at // 4, 10 + at)}:{PORT}"


def _seed(at: int, scenario: str, stage: Stage, rng: random.Random) -> Bird:
    """It comes when the others are met already, unless the watch is late anyway."""
    return Bird(
        listen=_listen(at, stage),
        folder="",
        up_bytes_per_s=rng.choice((0, 150_000)),
        comes_s=0.0 if scenario == "late" else 2.0,
        goes_s=rng.uniform(6.0, 9.0) if scenario == "seed_leaves" else 0.0,
        hides=scenario == "hidden_seed" and at == 0,
    )


def _leecher(at: int, first: bool, scenario: str, drawn: tuple[Stage, int, random.Random]) -> Bird:
    stage, down, rng = drawn
    return Bird(
        listen=_listen(at, stage),
        folder="",
        down_bytes_per_s=int(down * rng.uniform(0.7, 1.3)),
        up_bytes_per_s=rng.choice((0, 0, 60_000, 200_000)),
        comes_s=rng.choice((0.0, 0.5, rng.uniform(0, 4))),
        announce_port=PORT + 1 if scenario == "unreachable" and first else 0,
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """One peer of one swarm: what was claimed of it and what it truly did, payload bytes."""

    endpoint: str
    bound_bytes: int
    if_told_true_bytes: int
    pieces: int
    gave_bytes: int


def perform(plan: Plan, stage: Stage, folder: Path) -> dict[str, object]:
    """Run one swarm and judge it. The caller is a process of the stage."""
    tracker = stage.address(9, 9)
    made = make_torrent(
        folder, f"swarm-{plan.number}", "v1", {f"swarm-{plan.number}": plan.size_bytes},
        f"http://{tracker}:{TRACKER_PORT}/announce", piece_bytes=plan.piece_bytes,
    )  # fmt: skip
    birds = []
    for bird in plan.birds:
        home = folder / bird.listen.replace(":", "-")
        home.mkdir()
        seed = bird.down_bytes_per_s == 0
        birds.append(Bird(**{**asdict(bird), "folder": str(made.content if seed else home)}))
    FlockSpec(str(made.file), tuple(birds)).write(folder / "flock.json")
    log = str(folder / "tracker.jsonl")
    tracking = Actor("swarmwitness.lab.tracker", tracker, str(TRACKER_PORT), log, log=folder / "tracker.log")
    tracking.wait_ready("tracker")
    flock = Actor("swarmwitness.lab.actors.flock", str(folder / "flock.json"), log=folder / "flock.log")
    try:
        flock.wait_ready("flock")
        seen = asyncio.run(_watched(plan, stage, made.file.read_bytes(), folder))
    finally:
        last = flock.stop()
        tracking.stop()
    accounts = {a["listen"]: a for a in json.loads(last)}
    return _judged(plan, seen, accounts, stage.address(9, 2))


async def _watched(plan: Plan, stage: Stage, torrent: bytes, folder: Path) -> Watched:
    await asyncio.sleep(plan.watch_after_s)
    return await watch_swarm(torrent, folder / "evidence", stage.address(9, 2), plan.watch_s)


def _judged(
    plan: Plan, seen: Watched, accounts: dict[str, dict[str, Any]], observer: str
) -> dict[str, object]:
    """The claims beside the truth."""
    rows, gave = [], {listen: account["up_bytes"] for listen, account in accounts.items()}
    for bound in seen.bounds:
        true = gave.get(str(bound.endpoint), 0)
        rows.append(
            Judged(str(bound.endpoint), bound.bound_bytes, bound.if_told_true_bytes, bound.pieces, true)
        )
    given_us = sum(a["given"].get(observer, 0) for a in accounts.values())
    return {
        "swarm": plan.number,
        "scenario": plan.scenario,
        "clients": len(plan.birds),
        "size_bytes": plan.size_bytes,
        "piece_bytes": plan.piece_bytes,
        "peers_told": seen.n_peers,
        "uncertain": seen.uncertain,
        "unexplained": seen.unexplained,
        "acquired": seen.acquired,
        "gave_observer_bytes": given_us,
        "gave_bytes": gave,
        "pieces": {listen: account["pieces"] for listen, account in accounts.items()},
        "judged": [asdict(row) for row in rows],
    }


# Many swarms


def run_many(numbers: Sequence[int], jobs: int, out: Path) -> None:
    """Each swarm is a process on a stage of its own; a swarm that fails is written down as failed."""
    stage = find_stage()
    done = {line["swarm"] for line in read_lines(out)}
    todo = [number for number in numbers if number not in done]
    # Without namespaces all stages are one, and swarms would meet.
    with ThreadPoolExecutor(jobs if stage.private else 1) as pool, out.open("a", encoding="utf-8") as file:
        for line in pool.map(lambda number: _one(number, stage), todo):
            file.write(line + "\n")
            file.flush()
            sys.stderr.write(_told(json.loads(line)) + "\n")


def _one(number: int, stage: Stage) -> str:
    command = [sys.executable, "-m", "swarmwitness.lab.dissemination", "--one", str(number)]
    command += ["--base", stage.base]
    try:
        done = subprocess.run(
            stage.command(command), capture_output=True, text=True, timeout=SWARM_S, check=False
        )
    except subprocess.TimeoutExpired:
        return json.dumps({"swarm": number, "failed": "timeout"})
    if done.returncode:
        return json.dumps({"swarm": number, "failed": (done.stderr.strip().splitlines() or ["?"])[-1][:300]})
    return done.stdout.strip().splitlines()[-1]


def _told(line: dict[str, object]) -> str:
    if "failed" in line:
        return f"swarm {line['swarm']}: failed: {line['failed']}"
    judged = line["judged"]
    assert isinstance(judged, list)
    best = max((row["bound_bytes"] / max(row["gave_bytes"], 1) for row in judged), default=0.0)
    return f"swarm {line['swarm']} ({line['scenario']}): bounds {len(judged)}, tightest {best:.2f}"


def read_lines(file: Path) -> list[dict[str, object]]:
    """The lines so far; a swarm that failed is run again."""
    if not file.exists():
        return []
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    return [line for line in lines if "failed" not in line]


def summary(lines: Sequence[dict[str, Any]]) -> dict[str, object]:
    """What the lines come to: violations must be 0."""
    rows = [(line["scenario"], row) for line in lines for row in line["judged"]]
    positive = [(scenario, row) for scenario, row in rows if row["bound_bytes"] > 0]
    tightness = sorted(row["bound_bytes"] / row["gave_bytes"] for _, row in positive if row["gave_bytes"])
    return {
        "swarms": len(lines),
        "by_scenario": dict(sorted(Counter(line["scenario"] for line in lines).items())),
        "gave_observer_bytes": sum(line["gave_observer_bytes"] for line in lines),
        "bounds_above_zero": len(positive),
        "bounds_above_zero_by_scenario": dict(sorted(Counter(s for s, _ in positive).items())),
        "violations": sum(row["bound_bytes"] > row["gave_bytes"] for _, row in rows),
        "violations_if_told_true": sum(row["if_told_true_bytes"] > row["gave_bytes"] for _, row in rows),
        "violations_if_told_true_by_scenario": dict(
            sorted(Counter(s for s, row in rows if row["if_told_true_bytes"] > row["gave_bytes"]).items())
        ),
        "tightness_quantiles": {
            f"{q:g}": round(tightness[min(int(q * len(tightness)), len(tightness) - 1)], 4)
            for q in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
            if tightness
        },
    }


def _write(file: Path, lines: list[dict[str, object]]) -> None:
    """One line a swarm, so that a change of one is seen as such."""
    ordered = sorted(lines, key=lambda line: int(str(line["swarm"])))
    rows = ",\n".join(json.dumps(line, sort_keys=True) for line in ordered)
    file.write_text(
        f'{{"summary": {json.dumps(summary(ordered), indent=1)},\n"lines": [\n{rows}\n]}}\n', encoding="utf-8"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="swarmwitness.lab.dissemination")
    parser.add_argument("--swarms", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--summary", type=Path, help="write here what the lines of --out come to, and them")
    parser.add_argument("--one", type=int)
    parser.add_argument("--base", default="127.18")
    told = parser.parse_args(arguments)
    if told.one is not None:
        # On the stage already: its addresses are those of the namespace.
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage((), told.base)
            line = perform(draw(told.one, stage), stage, Path(folder))
        sys.stdout.write(json.dumps(line, sort_keys=True) + "\n")
    elif told.out is not None:
        run_many(range(told.first, told.first + told.swarms), told.jobs, told.out)
        if told.summary is not None:
            _write(told.summary, read_lines(told.out))
    else:
        parser.error("--out or --one is needed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
