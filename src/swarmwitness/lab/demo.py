# SPDX-License-Identifier: Apache-2.0
"""The demonstration: a real swarm whose truth is known, and the synthetic case. Start here.

Theory of operation: (1) on a private stage real clients share three small torrents, a forger names
addresses that take no part, and the observer watches, as in the field. The result is then compared with
what the clients themselves, and the packets, say, and handed over as if to another party. (2) The
synthetic case is generated where it is missing, and run, and its counts compared with its truth; and the
shipped tables are asked who held an address then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from swarmwitness.case.logs.verification import verify
from swarmwitness.case.run import run
from swarmwitness.lab import libtorrent
from swarmwitness.lab.cast import make_lab_case, make_lab_torrents
from swarmwitness.lab.compare import Compared, compare_counts, compare_lab, compare_published
from swarmwitness.lab.handover import BUNDLE, DRAFTS, EXPORT, OPENED, Handover
from swarmwitness.lab.opinions import NEEDS_OPENSSL
from swarmwitness.lab.stage import find_stage
from swarmwitness.lab.studio import generate
from swarmwitness.lab.swarm_demo import Plan
from swarmwitness.lab.truth import LabTruth
from swarmwitness.lab.vouching import MISSING, Vouching
from swarmwitness.lab.whoheld import compare_who
from swarmwitness.terms import InputError

OBSERVE_S = 24.0
_LIMIT_S = 150.0
STUDIO = Path("examples") / "studio-v-company"
OnProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demonstration showed.

    Attributes:
        rows: One line a check: what was expected, what was found.
        reports: The reports to look at.
        handed_over: Bundles and exports.
        notes: What was left out, and why.
        seconds: Wall time of each part.
    """

    rows: tuple[Compared, ...]
    reports: tuple[Path, ...]
    handed_over: tuple[Path, ...]
    notes: tuple[str, ...]
    seconds: dict[str, float]

    @property
    def ok(self) -> bool:
        """Whether every check came out as expected."""
        return all(row.ok for row in self.rows)

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "ok": self.ok,
            "checks": [asdict(row) for row in self.rows],
            "reports": [str(path) for path in self.reports],
            "handed_over": [str(path) for path in self.handed_over],
            "notes": list(self.notes),
            "seconds": self.seconds,
        }


def demo(
    out: Path, *, progress: OnProgress | None = None, seconds: float = OBSERVE_S, studio: Path | None = None
) -> DemoResult:
    """Run both parts into `out`.

    Args:
        progress: Told what is being done, a line at a time.
        seconds: How long the swarm is watched.
        studio: Where the synthetic case lies, or is put; by default examples/ of the current folder, and
            inside `out` where there is no such folder.

    Raises:
        InputError: `out` exists and holds something.
        VerificationError: the evidence that was just sealed does not verify.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError("the folder is not empty; name another one with --out", file=str(out))
    out.mkdir(parents=True, exist_ok=True)
    say = progress or (lambda line: None)
    began = time.monotonic()
    lab = lab_part(out.resolve(), say, seconds)
    between = time.monotonic()
    default = STUDIO if STUDIO.parent.is_dir() else out / STUDIO.name
    case = studio_part(out.resolve(), say, studio or default)
    return DemoResult(
        rows=lab.rows + case.rows,
        reports=lab.reports + case.reports,
        handed_over=lab.handed_over + case.handed_over,
        notes=lab.notes + case.notes,
        seconds={"swarm": between - began, "case": time.monotonic() - between},
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What one half of the demonstration brings: checks, reports, what was handed over and left out."""

    rows: tuple[Compared, ...] = ()
    reports: tuple[Path, ...] = ()
    handed_over: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def lab_part(out: Path, say: OnProgress, seconds: float) -> Part:
    """The swarm: watched, sealed, verified, weighed, compared with its truth, handed over."""
    if not libtorrent.available():
        return Part(notes=(libtorrent.MISSING,))
    stage = find_stage()
    case_dir, truth_dir, run_dir = out / "lab", out / "lab.truth", out / "lab-run"
    truth_dir.mkdir()
    say("making torrents")
    torrents = make_lab_torrents(stage, truth_dir)
    make_lab_case(case_dir, stage, torrents)
    vouching = Vouching.make(truth_dir / "vouching", stage)
    if vouching is not None:
        vouching.name_in(case_dir)
    plan = Plan(stage, case_dir, truth_dir, torrents, seconds)
    plan.write(truth_dir / "plan.json")
    _perform(plan, say)
    truth = LabTruth.read(truth_dir / "lab.json")
    say("verifying the evidence")
    verified = verify(case_dir, trust=vouching.trust) if vouching else verify(case_dir)
    say("running the case")
    ran = run(case_dir, run_dir, on_stage=lambda stage, *_: say(f"run: {stage}"))
    rows = compare_lab(truth, ran, verified) + (compare_published(verified) if vouching else ())
    peers = tuple(player.address for player in truth.players)
    trust, work = vouching.trust if vouching else None, torrents[0].works[0].work_id
    rows += Handover(case_dir, run_dir, out, work, peers, trust, say).perform()
    notes = truth.notes if vouching else (*truth.notes, MISSING, NEEDS_OPENSSL)
    handed_over = tuple(out / name for name in (BUNDLE, OPENED, EXPORT, DRAFTS))
    return Part(rows, (run_dir / "report.html",), handed_over, notes)


def _perform(plan: Plan, say: OnProgress) -> None:
    """Run the swarm on its stage, in a process of its own, and pass its progress on."""
    command = plan.stage.command(
        [sys.executable, "-m", "swarmwitness.lab.swarm_demo", str(plan.truth_dir / "plan.json")]
    )
    errors = plan.truth_dir / "stage.log"
    until = time.monotonic() + _LIMIT_S + plan.seconds
    with (
        errors.open("wb") as log,
        subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
        ) as stage,
    ):
        assert stage.stdout is not None
        for line in stage.stdout:
            say(line.rstrip())
            if time.monotonic() > until:
                stage.kill()
        status = stage.wait()
    if status:
        raise InputError(f"the laboratory swarm ended with status {status}", file=str(errors))


def studio_part(out: Path, say: OnProgress, studio: Path) -> Part:
    """The synthetic case: generated if it is missing, run, its counts compared with its truth; who held."""
    if not (studio / "case.toml").exists():
        say("generating the synthetic case")
        generate(studio)
    run_dir = out / "studio-run"
    ran = run(studio, run_dir, on_stage=lambda stage, *_: say(f"run: {stage}"))
    rows = compare_counts(studio.with_name(studio.name + ".truth"), ran)
    say("asking who held an address then")
    return Part(rows + compare_who(), (run_dir / "report.html",))
