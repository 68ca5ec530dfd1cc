# SPDX-License-Identifier: Apache-2.0
"""Observers that are killed at any moment, and what is left of what they had made durable.

`python -m swarmwitness.lab.killing --times 50 --out DIR [--seed N]` watches a small real swarm at full reach,
kills the observer (SIGKILL) after a time that is drawn, looks at the files by hand, has them verified, and
lets the next observer go on in the same log; at the end one is stopped by SIGTERM and one by SIGINT.
Of ten moments three are drawn evenly from its first eight seconds at work and one from its start; the others
fall close behind what is short: a write, a seal, a checkpoint that is sent to others, a description that is
fetched.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swarmwitness.lab.actors.rowteller import told_rows
from swarmwitness.lab.busyswarm import BusySwarm
from swarmwitness.lab.heard import hear
from swarmwitness.lab.mourning import Owed, index_of, phase
from swarmwitness.lab.onstage import FLAG, answer, perform
from swarmwitness.lab.remains import Remains, look
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.stopped import Ended, ended_by, verified
from swarmwitness.lab.victim import AIMS, Victim
from swarmwitness.terms import InputError

MODULE = "swarmwitness.lab.killing"
_LIMIT_S, _EACH_S = 240.0, 40.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One observer.

    Attributes:
        aim: Which kind of moment was drawn for it.
        after_s: From its start.
        phase: What it was at, as the files tell.
        promised: Exhibits that the files called durable while it ran, at most, and its own last word on
            what is sealed.
        torn: Bytes that it left and nobody had signed for.
        kept: Durable exhibits that the log held before, and still holds.
        lost: Those that are missing or others now.
        rows: Live rows that it told, of durable exhibits.
        faults: What should not be.
    """

    number: int
    aim: str
    after_s: float
    phase: str
    promised: int
    sealed: int
    durable: int
    torn: int
    kept: int
    lost: int
    rows: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class Sweep:
    """Kill after kill on one log; what is owed goes from one to the next."""

    swarm: BusySwarm
    draw: random.Random
    before: Remains
    owed: Owed = field(default_factory=Owed)
    rows: list[dict[str, object]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """The evidence."""
        return self.swarm.case_dir / "evidence"

    def kill(self, number: int) -> Kill:
        """Start one, kill it, look."""
        aim = AIMS[number % len(AIMS)]
        victim = Victim(self.swarm.case_dir, self.swarm.folder / f"run{number}", rows=_by_rows(number))
        after_s = victim.kill(aim, self.draw)
        before, now = self.before, look(self.log)
        faults = (*victim.faults(), *self._judge(victim, now))
        told = [row for row in told_rows(victim.rows) if index_of(row) < now.durable]
        self.rows += told
        self.before = now
        lost = before.lost_in(now)
        return Kill(
            number=number,
            aim=aim,
            after_s=round(after_s, 3),
            phase=phase(before, now),
            promised=victim.promised,
            sealed=now.sealed,
            durable=now.durable,
            torn=len(now.torn) if now.torn != before.torn else 0,
            kept=before.durable - lost,
            lost=lost,
            rows=len(told),
            faults=faults,
        )

    def _judge(self, victim: Victim, now: Remains) -> Iterator[str]:
        if now.durable < victim.promised:
            yield f"{victim.promised} exhibits were promised, {now.durable} are there"
        yield from self.owed.settle(self.before, now)
        if not verified(self.swarm.case_dir):
            yield "verify refused"
        if look(self.log) != now:
            yield "verify changed the log"

    def end(self) -> list[Ended]:
        """Two observers that are asked to stop."""
        ends = []
        for name in ("SIGTERM", "SIGINT"):
            ended = ended_by(name, self.swarm.case_dir, self.swarm.folder / name)
            before, now = self.before, look(self.log)
            faults = [*ended.faults, *self.owed.settle(before, now)]
            if before.lost_in(now):
                faults.append(f"{before.lost_in(now)} durable exhibits are lost")
            if now.marker or now.torn or now.sealed != now.durable:
                faults.append("not everything is sealed")
            if ended.exhibits != now.sealed:
                faults.append(f"it told of {ended.exhibits} exhibits, {now.sealed} are sealed")
            self.before = now
            ends.append(Ended(ended.signal, ended.status, ended.seconds, ended.exhibits, tuple(faults)))
        return ends


def play(stage: Stage, folder: Path, plan: dict[str, Any]) -> object:
    """The whole of it, from inside the stage."""
    swarm = BusySwarm.make(stage, folder)
    with swarm.running():
        sweep = Sweep(swarm, random.Random(plan["seed"]), look(swarm.case_dir / "evidence"))
        kills = [sweep.kill(number) for number in range(plan["times"])]
        ends = sweep.end()
    replayed = Counter(_spelled(asdict(row)) for row in hear(sweep.log).rows)
    missing = Counter(map(_spelled, sweep.rows)) - replayed
    return {
        "kills": [asdict(kill) for kill in kills], "ends": [asdict(end) for end in ends],
        "rows_told": len(sweep.rows), "rows_replayed": replayed.total(),
        "rows_missing": missing.total(), "missing": sorted(missing)[:5],
        "exhibits": sweep.before.sealed, "verified": verified(swarm.case_dir),
    }  # fmt: skip


def _by_rows(number: int) -> bool:
    """Every second observer tells its rows, each aim in turn with and without."""
    return (number + number // len(AIMS)) % 2 == 1


def _spelled(row: Mapping[str, object]) -> str:
    return json.dumps(row, sort_keys=True, default=int)


def faults_of(told: Mapping[str, Any]) -> list[str]:
    """Everything that should not be, in lines."""
    faults = [f"kill {kill['number']}: {fault}" for kill in told["kills"] for fault in kill["faults"]]
    faults += [f"{end['signal']}: {fault}" for end in told["ends"] for fault in end["faults"]]
    if lost := sum(kill["lost"] for kill in told["kills"]):
        faults.append(f"{lost} durable exhibits are lost")
    if told["rows_missing"]:
        faults.append(f"{told['rows_missing']} rows that were told are not replayed: {told['missing'][0]}")
    return faults if told["verified"] else [*faults, "verify refused at the end"]


def table(told: Mapping[str, Any]) -> str:
    """For people: Markdown."""
    kills = told["kills"]
    lines = ["| killed | times | behind a checkpoint, durable | bytes cut |", "|---|---|---|---|"]
    for name, times in Counter(kill["phase"] for kill in kills).most_common():
        those = [kill for kill in kills if kill["phase"] == name]
        tails = [kill["durable"] - kill["sealed"] for kill in those]
        lines.append(f"| {name} | {times} | {min(tails)} to {max(tails)} | {sum(k['torn'] for k in those)} |")
    lines += [
        "", f"{len(kills)} kills; {told['exhibits']} exhibits at the end; durable lost: "
        f"{sum(kill['lost'] for kill in kills)}; rows told live {told['rows_told']}, of which not replayed "
        f"{told['rows_missing']}.",
    ]  # fmt: skip
    lines += [f"{end['signal']}: status {end['status']} after {end['seconds']} s" for end in told["ends"]]
    lines += [f"FAULT {fault}" for fault in faults_of(told)]
    return "\n".join(lines) + "\n"


def run(out: Path, times: int, seed: int = 1) -> dict[str, Any]:
    """Play it on a stage; the result is also in OUT/killing.json.

    Raises:
        InputError: it cannot be played here.
    """
    stage = find_stage()
    if not stage.private:
        raise InputError(stage.why)
    plan = {"times": times, "seed": seed}
    told: dict[str, Any] = perform(stage, MODULE, out.absolute(), plan, _LIMIT_S + _EACH_S * times)
    (out / "killing.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return told


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; exit status 1 if anything was lost, refused or untold."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(FLAG, type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args(arguments)
    if told.inside is not None:
        return answer(told.inside, play)
    if told.out is None:
        parser.error("--out DIR is needed")
    found = run(told.out, told.times, told.seed)
    sys.stdout.write(table(found))
    return 1 if faults_of(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
