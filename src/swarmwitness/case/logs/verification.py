# SPDX-License-Identifier: Apache-2.0
"""`verify`: check every sealed log of a case against itself, and against what is held apart from it.

Theory of operation: each log is verified by itself (evidence.verify). What only the case knows is asked
here: which logs it should have, which checkpoint held elsewhere belongs to which of them, what
custody/ says of the vantages that were taken in. One verdict over all: a case is as good as its worst log.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.files import shown
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.case.logs.begun import begun_otherwise
from swarmwitness.case.logs.held import Held, compare, furthest, origin_of, read_key, strangers
from swarmwitness.case.logs.keeping import Holds, judge_results
from swarmwitness.case.logs.stated import StatedVantage, dropped_vantages, kept_slot, stated_vantages
from swarmwitness.case.logs.verdict import CaseVerdict, LogVerdict, missing, with_failures, with_warnings
from swarmwitness.evidence import VerifyKey, VerifyReport
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.erasure import erased_frames
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.layout import SEGMENTS
from swarmwitness.evidence.time import Trust
from swarmwitness.evidence.verdict import Failure
from swarmwitness.terms import InputError

NONE_KEPT = (
    "no checkpoint of this log is kept here and none was given: that the log was cut short, or is "
    "another one altogether, would not be noticed"
)
_HELD_CHECK = 3
_ERASED_CHECK = 9
_NO_TRUST = Trust()
OnProgress = Callable[[str, int], None]
"""Told (name of the log, exhibits passed so far)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What verification was given."""

    key: VerifyKey | None
    checkpoints: tuple[Held, ...]
    trust: Trust
    on_progress: OnProgress | None


def verify(
    case_dir: Path,
    *,
    key: Path | None = None,
    checkpoints: Sequence[Path] = (),
    trust: Trust = _NO_TRUST,
    on_progress: OnProgress | None = None,
) -> CaseVerdict:
    """Verify every log of a case, the custody of a run's output folder, or one log itself.

    Args:
        key: File with a public key (vkey) from another source, for the log that it names.
        checkpoints: Files with checkpoints held elsewhere; each is compared with the log that it
            names, besides those kept on this machine. One that names no log here is a failure.
        trust: Roots of time authorities and keys of witnesses as known from another source.

    Raises:
        InputError: there is nothing to verify, or a file named here can't be read.
    """
    known = None if key is None else read_key(key)
    given = tuple(Held.in_file(file) for file in checkpoints)
    return _Verification(case_dir, _Asked(known, given, trust, on_progress)).run()


def logs_of(case_dir: Path) -> tuple[CaseLog, ...]:
    """The logs that `verify` checks in a case, in a run's output folder, or in a log's own folder.

    Raises:
        InputError: it is none of these, or holds no log.
    """
    if not case_dir.is_dir():
        why = "is no folder" if os.path.lexists(case_dir) else "no such folder"
        raise InputError(why, file=shown(case_dir))
    if (case_dir / "case.toml").exists():
        logs = CaseFolder.at(case_dir).logs
    elif _is_log(case_dir):
        logs = (CaseLog(shown(case_dir.absolute().name), case_dir),)
    elif os.path.lexists(case_dir / "custody"):
        logs = (CaseLog("custody", case_dir / "custody"),)
    else:
        raise InputError(
            "neither a case, nor a bundle, nor a run's folder, nor a sealed log", file=shown(case_dir)
        )
    if not logs and not gone(case_dir):
        raise InputError("holds no sealed log to verify", file=shown(case_dir))
    return logs


def _is_log(folder: Path) -> bool:
    within = (folder / "checkpoint").is_file() or (folder / "segments").is_dir()
    return within or folder.absolute().name == "evidence"


def gone(case_dir: Path) -> tuple[str, ...]:
    """Logs of our own that lay here once, as this machine remembers, and do not now."""
    names = ("evidence", "custody")
    return tuple(
        name
        for name in names
        if not os.path.lexists(case_dir / name) and home.kept_checkpoint(case_dir / name) is not None
    )


@dataclass(slots=True)
class _Verification:
    """One verification under way."""

    case_dir: Path
    asked: _Asked
    custody: str = ""
    origins: dict[str, str] = field(default_factory=dict)
    stated: dict[str, StatedVantage] = field(default_factory=dict)

    def run(self) -> CaseVerdict:
        logs = logs_of(self.case_dir)
        self.origins = {log.name: origin_of(log.path) for log in logs}
        self.custody = self.origins.get("custody", "")
        in_case = (self.case_dir / "case.toml").exists()
        if in_case and self.custody:
            self.stated = stated_vantages(self.case_dir / "custody")
        verdicts = tuple(self._log(log) for log in logs)
        holds = Holds(next((log.path for log in logs if not log.observes), None))
        if in_case:
            verdicts = _judged(logs, verdicts, holds)
        elif logs[0].path != self.case_dir:
            verdicts = tuple(replace(v, report=judge_results(self.case_dir, v.report)) for v in verdicts)
        failures = (*self._strangers(), *self._twice(), *(self._missing(holds) if in_case else ()))
        return CaseVerdict(verdicts, failures, tuple(self._warnings()) if in_case else ())

    def _log(self, log: CaseLog) -> LogVerdict:
        origin = self.origins[log.name]
        held = [each for each in self.asked.checkpoints if _names(each, origin)]
        held += self._kept(log)
        primary = furthest(held)
        key = self.asked.key if self.asked.key and self.asked.key.name == origin else None
        tell = self.asked.on_progress
        report = verify_log(
            log.path,
            key=key,
            checkpoint=primary.raw if primary else None,
            trust=self.asked.trust,
            on_progress=None if tell is None else lambda passed: tell(log.name, passed),
        )
        others = [each for each in held if each is not primary]
        if report.ok:
            report = with_failures(report, _HELD_CHECK, compare(log.path, report, others))
        return LogVerdict(log.name, _noted(report, held))

    def _kept(self, log: CaseLog) -> Iterator[Held]:
        """What this machine, and for a vantage's log the case itself, holds of it."""
        if not log.name.startswith("vantages/"):
            kept = home.kept_checkpoint(log.path)
        else:
            stated = self.stated.get(log.path.name)
            if stated is not None:
                yield Held(stated.checkpoint, f"custody/, exhibit {stated.index}")
            kept = kept_slot(self.custody, self.origins[log.name])
        if kept is not None and kept.is_file():
            yield Held.in_file(kept)

    def _strangers(self) -> Iterator[Failure]:
        known = set(self.origins.values()) - {""}
        yield from strangers(self.asked.checkpoints, known)
        if self.asked.key is not None and self.asked.key.name not in known:
            yield Failure(Reason.KEY_DIFFERS, "the key given", None, f"no log here is {self.asked.key.name}")

    def _twice(self) -> Iterator[Failure]:
        """A log that lies in a case twice would be counted twice."""
        first: dict[str, str] = {}
        for name, origin in self.origins.items():
            if origin and origin in first:
                yield Failure(Reason.UNEXPECTED_FILE, name, None, f"the log in {first[origin]} again")
            first.setdefault(origin, name)

    def _missing(self, holds: Holds) -> Iterator[Failure]:
        if self.custody:
            yield from holds.dropped(dropped_vantages(self.case_dir / "custody"))
        remembered = gone(self.case_dir)
        for name in remembered:
            yield missing(name, "a log lay here, as this machine remembers")
        yield from (f for f in begun_otherwise(self.case_dir, self.origins) if f.file not in remembered)
        for name, stated in sorted(self.stated.items()):
            if f"vantages/{name}" not in self.origins:
                yield missing(f"vantages/{name}", f"taken in, says exhibit {stated.index} of custody/")

    def _warnings(self) -> Iterator[str]:
        for name in self.origins:
            if name.startswith("vantages/") and name.removeprefix("vantages/") not in self.stated:
                yield f"{name}: no act in custody/ says that it was taken in"
        yield from (each for each in CaseFolder.at(self.case_dir).unread() if each.startswith("vantages"))


def _judged(
    logs: Sequence[CaseLog], verdicts: tuple[LogVerdict, ...], holds: Holds
) -> tuple[LogVerdict, ...]:
    """With what custody/ asks of the logs of observations."""
    judged = []
    for log, verdict in zip(logs, verdicts, strict=True):
        report = verdict.report
        if log.observes:
            report = holds.judge(log.path, report)
        elif holds.malformed and report.ok:
            failure = Failure(Reason.HOLD_MALFORMED, SEGMENTS, None, holds.malformed)
            report = with_failures(report, 0, (failure,))
        if not log.observes and report.erased:
            why = f"{report.erased} exhibits were erased; acts of a case are never erased"
            failure = Failure(Reason.ERASED_PLAIN, SEGMENTS, erased_frames(log.path).first, why)
            report = with_failures(report, _ERASED_CHECK, (failure,))
        judged.append(replace(verdict, report=report))
    return tuple(judged)


def _names(held: Held, origin: str) -> bool:
    checkpoint = held.checkpoint
    return checkpoint is not None and checkpoint.origin == origin


def _noted(report: VerifyReport, held: Sequence[Held]) -> VerifyReport:
    if not held:
        return with_warnings(report, NONE_KEPT)
    return with_warnings(report, *(f"compared with the checkpoint in {each.where}" for each in held))
