# SPDX-License-Identifier: Apache-2.0
"""Observers that are killed at any moment, and what is left of what they had made durable.

`python -m swarmwitness.lab.killing --times 50 --out DIR [--seed N]` watches a small real swarm at full reach,
kills the observer (SIGKILL) after a time that is drawn, looks at the files by hand, has them verified, and
lets the next observer go on in the same log; at the end one is stopped by SIGTERM and one by SIGINT.
Of ten moments three are drawn evenly from its first eight seconds at work and one from its start; the others
fall close behind what is short: a write, a seal, a segment that begins, a checkpoint that is sent to others,
a description that is fetched. Half of them encrypt what they record, and half write a log of small segments.
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

from swarmwitness.case import home
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.lab.actors.rowteller import told_rows
from swarmwitness.lab.busyswarm import BusySwarm, set_encrypt
from swarmwitness.lab.heard import hear
from swarmwitness.lab.lives import Life, lives
from swarmwitness.lab.mourning import Owed, phase
from swarmwitness.lab.onstage import asked, perform
from swarmwitness.lab.remains import Remains, look
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.lab.stopped import Ended, ended_by, verified
from swarmwitness.lab.victim import Victim
from swarmwitness.terms import InputError

MODULE = "swarmwitness.lab.killing"
TRIED, WHOLE = 5, 50
"""An aim that was tried so often was hit once at least; so many kills have rows owed under each condition."""
_LIMIT_S, _EACH_S = 240.0, 40.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One observer.

    Attributes:
        aim: Which kind of moment was drawn for it.
        kind: Under which conditions it lived.
        hit: What was aimed at came, and it was killed behind it.
        after_s: From its start.
        phase: What it was at, as the files tell.
        promised: Exhibits that the files called durable while it ran, at most, and its own last word on
            what is sealed.
        torn: Bytes that it left and nobody had signed for.
        kept: Durable exhibits that the log held before, and still holds.
        lost: Those that are missing or others now.
        enveloped: Exhibits that it made durable, encrypted.
        segments: Segments more than before.
        rows: Live rows that it told before the last durable exhibit was recorded: they are owed.
        rows_unowed: Those that it told later.
        faults: What should not be.
    """

    number: int
    aim: str
    kind: str
    hit: bool
    after_s: float
    phase: str
    promised: int
    sealed: int
    durable: int
    torn: int
    kept: int
    lost: int
    enveloped: int
    segments: int
    rows: int
    rows_unowed: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class Sweep:
    """Kill after kill on one log; what is owed goes from one to the next."""

    case_dir: Path
    folder: Path
    draw: random.Random
    before: Remains
    owed: Owed = field(default_factory=Owed)
    rows: list[dict[str, object]] = field(default_factory=list)

    @classmethod
    def of(cls, case_dir: Path, draw: random.Random) -> Sweep:
        """None was killed yet; what they say is kept beside the case."""
        folder = case_dir.with_name(f"{case_dir.name}-runs")
        folder.mkdir()
        return cls(case_dir, folder, draw, look(case_dir / "evidence"))

    @property
    def log(self) -> Path:
        """The evidence."""
        return self.case_dir / "evidence"

    @property
    def content_key(self) -> bytes | None:
        """What opens the log, once one had it encrypted."""
        return home.content_key(read_checkpoint(self.log).origin, make=False)

    def look(self) -> Remains:
        """The log as it lies."""
        return look(self.log, self.content_key)

    def kill(self, life: Life) -> Kill:
        """Start one, kill it, look."""
        set_encrypt(self.case_dir, on=life.encrypted)
        victim = Victim(self.case_dir, self.folder / f"run{life.number}", rows=life.rows)
        after_s = victim.kill(life.aim, self.draw)
        before, now = self.before, self.look()
        faults = (*victim.faults(), *self._judge(life, victim, now))
        told = told_rows(victim.rows, now.last_ns)
        self.rows += told
        self.before = now
        lost = before.lost_in(now)
        return Kill(
            number=life.number,
            aim=life.aim,
            kind=life.kind,
            hit=victim.hit,
            after_s=round(after_s, 3),
            phase=phase(before, now),
            promised=victim.promised,
            sealed=now.sealed,
            durable=now.durable,
            torn=len(now.torn) if now.torn != before.torn else 0,
            kept=before.durable - lost,
            lost=lost,
            enveloped=len(now.enveloped) - len(before.enveloped),
            segments=max(0, now.segments - before.segments),
            rows=len(told),
            rows_unowed=len(told_rows(victim.rows, sys.maxsize)) - len(told),
            faults=faults,
        )

    def _judge(self, life: Life, victim: Victim, now: Remains) -> Iterator[str]:
        if now.durable < victim.promised:
            yield f"{victim.promised} exhibits were promised, {now.durable} are there"
        yield from self.owed.settle(self.before, now)
        if legible := now.legible(self.before.durable) if life.encrypted else 0:
            yield f"{legible} exhibits are legible that were to be encrypted"
        for kind in now.closed_wrongly(self.before.durable):
            yield f"an exhibit of kind {kind} is encrypted, which none of them may be"
        if now.durable > self.before.durable and now.last_ns == 0:
            yield "nobody can tell when the last durable exhibit was recorded, so no row is owed"
        if not life.encrypted and len(now.enveloped) != len(self.before.enveloped):
            yield "exhibits are encrypted that nobody asked to encrypt"
        if not verified(self.case_dir):
            yield "verify refused"
        if self.look() != now:
            yield "verify changed the log"

    def end(self) -> list[Ended]:
        """Two observers that are asked to stop."""
        ends = []
        for name in ("SIGTERM", "SIGINT"):
            ended = ended_by(name, self.case_dir, self.folder / name)
            before, now = self.before, self.look()
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
    swarm, draw = BusySwarm.make(stage, folder), random.Random(plan["seed"])
    with swarm.running():
        ordinary, small = (Sweep.of(case_dir, draw) for case_dir in (swarm.case_dir, swarm.small_dir))
        kills = [
            (small if life.small else ordinary).kill(life) for life in lives(plan["times"], plan["seed"])
        ]
        ends = [*ordinary.end(), *small.end()]
    logs = [_told_of(sweep) for sweep in (ordinary, small)]
    told = [asdict(kill) for kill in kills]
    return {"kills": told, "aims": aims(told), "ends": [asdict(end) for end in ends], "logs": logs}


def aims(kills: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Aim -> how often it was tried, and how often hit."""
    tried, hit = (Counter(kill["aim"] for kill in those) for those in (kills, [k for k in kills if k["hit"]]))
    return {aim: {"tried": times, "hit": hit[aim]} for aim, times in sorted(tried.items())}


def _told_of(sweep: Sweep) -> dict[str, Any]:
    """What became of one log, all kills together; the rows that were told live, against those replayed."""
    replayed = Counter(_spelled(asdict(row)) for row in hear(sweep.log, sweep.content_key).rows)
    missing = Counter(map(_spelled, sweep.rows)) - replayed
    return {
        "rows_told": len(sweep.rows), "rows_replayed": replayed.total(),
        "rows_missing": missing.total(), "missing": sorted(missing)[:5],
        "exhibits": sweep.before.sealed, "enveloped": len(sweep.before.enveloped),
        "segments": sweep.before.segments, "verified": verified(sweep.case_dir),
    }  # fmt: skip


def _spelled(row: Mapping[str, object]) -> str:
    return json.dumps(row, sort_keys=True, default=int)


def faults_of(told: Mapping[str, Any]) -> list[str]:
    """Everything that should not be, in lines."""
    faults = [f"kill {kill['number']}: {fault}" for kill in told["kills"] for fault in kill["faults"]]
    faults += [f"{end['signal']}: {fault}" for end in told["ends"] for fault in end["faults"]]
    if lost := sum(kill["lost"] for kill in told["kills"]):
        faults.append(f"{lost} durable exhibits are lost")
    for log in told["logs"]:
        if log["rows_missing"]:
            why = "rows that were told are not replayed"
            faults.append(f"{log['rows_missing']} {why}: {log['missing'][0]}")
        if not log["verified"]:
            faults.append("verify refused at the end")
    return [*faults, *_unproven(told)]


def _unproven(told: Mapping[str, Any]) -> Iterator[str]:
    """What the sweep was to try and did not."""
    kills = told["kills"]
    for aim, times in aims(kills).items():
        if times["tried"] >= TRIED and not times["hit"]:
            yield f"{aim} was aimed at {times['tried']} times and never hit"
    if len(kills) < WHOLE:
        return
    if not all(log["rows_told"] for log in told["logs"]):
        yield "no row of one of the logs is owed"
    for name in ("encrypted", "legible"):
        if not sum(kill["rows"] for kill in kills if kill["kind"].startswith(name)):
            yield f"no row of an observer is owed whose log was to be {name}"


def table(told: Mapping[str, Any]) -> str:
    """For people: Markdown."""
    kills, logs = told["kills"], told["logs"]
    lines = ["| killed | times | behind a checkpoint, durable | bytes cut |", "|---|---|---|---|"]
    for name, times in Counter(kill["phase"] for kill in kills).most_common():
        those = [kill for kill in kills if kill["phase"] == name]
        tails = [kill["durable"] - kill["sealed"] for kill in those]
        lines.append(f"| {name} | {times} | {min(tails)} to {max(tails)} | {_sum(those, 'torn')} |")
    lines += ["", "| lives | times | exhibits encrypted | segments begun | lost |", "|---|---|---|---|---|"]
    for kind, times in sorted(Counter(kill["kind"] for kill in kills).items()):
        those = [kill for kill in kills if kill["kind"] == kind]
        sums = " | ".join(str(_sum(those, name)) for name in ("enveloped", "segments", "lost"))
        lines.append(f"| {kind} | {times} | {sums} |")
    lines += ["", "| aimed at | times | hit |", "|---|---|---|"]
    lines += [f"| {aim} | {times['tried']} | {times['hit']} |" for aim, times in aims(kills).items()]
    at_the_end = (
        f"at the end {_sum(logs, 'exhibits')} exhibits, of which {_sum(logs, 'enveloped')} are encrypted, "
        f"in {_sum(logs, 'segments')} segments of {len(logs)} logs"
    )
    lines += [
        "", f"{len(kills)} kills; {at_the_end}; durable lost: {_sum(kills, 'lost')}; rows told live "
        f"{_sum(logs, 'rows_told')}, of which not replayed {_sum(logs, 'rows_missing')}; told and not owed: "
        f"{_sum(kills, 'rows_unowed')}.",
    ]  # fmt: skip
    lines += [f"{end['signal']}: status {end['status']} after {end['seconds']} s" for end in told["ends"]]
    lines += [f"FAULT {fault}" for fault in faults_of(told)]
    return "\n".join(lines) + "\n"


def _sum(those: Sequence[Mapping[str, Any]], name: str) -> int:
    return sum(each[name] for each in those)


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
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    told = asked(parser, arguments, play)
    if told is None:
        return 0
    found = run(told.out, told.times, told.seed)
    sys.stdout.write(table(found))
    return 1 if faults_of(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
