# SPDX-License-Identifier: Apache-2.0
"""Taking in the sealed log of another vantage: copied unaltered, verified, stated in custody/.

Theory of operation: the log is copied beside its place, the copy is verified, against every checkpoint of
that log that the case or this machine holds, and only then renamed in; the act in custody/ states
its signed checkpoint. So a log that was taken in can later be replaced by its own continuation alone:
not by a fork of it, not by an older state. Only public keys are needed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.files import shown
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.logs.copying import at_rest, copy_log
from swarmwitness.case.logs.held import Held, compare, furthest, origin_of
from swarmwitness.case.logs.stated import (
    TAKEN_IN,
    folder_name,
    kept_slot,
    slot_name,
    stated_vantages,
    vantage_on,
)
from swarmwitness.evidence import VerificationError, VerifyReport
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.files import FOLDER_MODE, sync_folder
from swarmwitness.evidence.layout import VKEY
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError


@dataclass(frozen=True, slots=True)
class VantageTaken:
    """A log that was taken in.

    Attributes:
        name: `vantages/NAME`.
        report: What verification of the copy said.
        replaced: Size of the state that it replaced; None = it is new here.
    """

    name: str
    report: VerifyReport
    replaced: int | None

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "name": self.name,
            "origin": self.report.origin,
            "exhibits": self.report.size,
            "root": self.report.root,
            "replaced": self.replaced,
            "warnings": list(self.report.warnings),
        }


def is_vantage(path: Path) -> bool:
    """Whether `intake` would take this as a vantage's log: a sealed log, or a case that holds one."""
    return path.is_dir() and _log_in(path) is not None


def take_in(
    case_dir: Path, sources: Sequence[Path], *, by: str | None = None, provenance: str = ""
) -> tuple[VantageTaken, ...]:
    """Take in sealed logs of other vantages, all or none.

    Args:
        sources: Each a sealed log, or a case folder, of which evidence/ is taken.
        by: Who acts.
        provenance: Who handed it over, and how; for the act.

    Raises:
        InputError: no sealed log, one of this case's own, a link in it, a writer at work on it.
        VerificationError: it fails; ROLLED_BACK, FORKED: the case holds a later, or another, state.
    """
    folder = CaseFolder.at(case_dir)
    with CaseActs(case_dir, "intake", by) as acts, ExitStack() as stack:
        _tidy(folder.vantages)
        incoming = [_Incoming.of(folder, source, acts.origin) for source in sources]
        if len({each.there for each in incoming}) < len(incoming):
            raise InputError("two of these are states of one log", file=shown(sources[0]))
        for each in incoming:
            stack.enter_context(each.copied())
        return tuple(_settle(acts, each, provenance) for each in incoming)


def check(sources: Sequence[Path]) -> tuple[VantageTaken, ...]:
    """Verify sealed logs where they lie; nothing is copied or recorded.

    Raises:
        InputError: no sealed log.
        VerificationError: it fails.
    """
    return tuple(
        VantageTaken(shown(source), _verified(_source(source), source, []), None) for source in sources
    )


def _settle(acts: CaseActs, incoming: _Incoming, provenance: str) -> VantageTaken:
    """Put the copy into its place, then state it: an act about what does not lie here is never sealed."""
    report = incoming.report
    assert report is not None
    incoming.place()
    checkpoint = read_checkpoint(incoming.there)
    vkey = read_file(incoming.there, VKEY, MAX_NOTE).decode().strip()
    acts.record(
        TAKEN_IN,
        on={**vantage_on(incoming.there.name, checkpoint, vkey), "provenance": provenance},
        result={
            "checks_passed": sum(each.passed for each in report.checks),
            "unsealed": report.unsealed,
            "replaced_size": incoming.replaced,
            "warnings": list(report.warnings),
        },
    )
    home.keep_checkpoint(slot_name(acts.origin, incoming.origin), incoming.there)
    return VantageTaken(f"vantages/{incoming.there.name}", report, incoming.replaced)


@dataclass(slots=True)
class _Incoming:
    """One log on its way in.

    Attributes:
        there: Where it will lie.
        fresh: Where it lies until it is verified.
        held: What it must continue.
        replaced: Size of the state that lies there now; None = nothing does.
    """

    source: Path
    given: Path
    origin: str
    there: Path
    held: list[Held]
    replaced: int | None
    report: VerifyReport | None = None

    @classmethod
    def of(cls, folder: CaseFolder, given: Path, custody: str) -> _Incoming:
        source = _source(given)
        origin = origin_of(source)
        lying = {origin_of(log.path): log for log in folder.logs}
        there = folder.vantages / folder_name(origin)
        if origin in lying:
            if not lying[origin].name.startswith("vantages/"):
                raise InputError(f"is this case's own log, {lying[origin].name}/", file=shown(given))
            there = lying[origin].path
        held = list(_held(folder, there, custody, origin))
        replaced = max((each.checkpoint.size for each in held if each.checkpoint), default=0)
        return cls(source, given, origin, there, held, replaced if os.path.lexists(there) else None)

    @property
    def fresh(self) -> Path:
        return self.there.with_name(f".{self.there.name}.taking")

    @contextmanager
    def copied(self) -> Iterator[None]:
        """The verified copy beside its place; what was not placed is removed."""
        self.there.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
        try:
            with at_rest(self.source):
                copy_log(self.source, self.fresh)
            self.report = _verified(self.fresh, self.given, self.held)
            if self.report.origin != self.origin:
                raise InputError("changed while it was read", file=shown(self.given))
            yield
        finally:
            shutil.rmtree(self.fresh, ignore_errors=True)

    def place(self) -> None:
        """Rename it in; an earlier state is removed when the later one lies there."""
        earlier = self.there.with_name(f".{self.there.name}.replaced")
        if os.path.lexists(self.there):
            self.there.rename(earlier)
        self.fresh.rename(self.there)
        sync_folder(self.there.parent)
        shutil.rmtree(earlier, ignore_errors=True)


def _tidy(vantages: Path) -> None:
    """What an interrupted intake left: an earlier state is put back where nothing lies, the rest goes."""
    if not vantages.is_dir() or vantages.is_symlink():
        return
    for left in sorted(vantages.glob(".*.replaced")):
        there = left.with_name(left.name.removeprefix(".").removesuffix(".replaced"))
        if os.path.lexists(there):
            shutil.rmtree(left)
        else:
            left.rename(there)
    for left in vantages.glob(".*.taking"):
        shutil.rmtree(left)


def _held(folder: CaseFolder, there: Path, custody: str, origin: str) -> Iterator[Held]:
    """Every checkpoint of this log that is known here."""
    for stated in stated_vantages(folder.custody).values():
        if stated.origin == origin:
            yield Held(stated.checkpoint, f"custody/, exhibit {stated.index}")
    kept = kept_slot(custody, origin)
    if kept.is_file():
        yield Held.in_file(kept)
    try:
        yield Held(read_checkpoint(there).to_wire(), f"vantages/{there.name}/checkpoint")
    except VerificationError:
        return  # nothing lies there, or what does is damaged: then it may be replaced by what is whole


def _verified(log: Path, given: Path, held: Sequence[Held]) -> VerifyReport:
    """The report of a log that passes.

    Raises:
        VerificationError: it does not; files are named below what was given.
    """
    primary = furthest(held)
    report = verify_log(log, checkpoint=primary.raw if primary else None)
    failures = report.failures
    if report.ok:
        failures = compare(log, report, [each for each in held if each is not primary])
    for failure in failures:
        file = shown(given / failure.file)
        raise VerificationError(failure.reason, failure.exhibit, file, failure.detail)
    return report


def _source(given: Path) -> Path:
    log = _log_in(given) if given.is_dir() else None
    if log is None:
        raise InputError("is no sealed log, and no case that holds one", file=shown(given))
    if log.is_symlink() and log != given:
        raise InputError("is a link; name the log that it leads to", file=shown(log))
    return log


def _log_in(folder: Path) -> Path | None:
    if (folder / "case.toml").exists():
        return folder / "evidence" if os.path.lexists(folder / "evidence") else None
    return folder if (folder / "checkpoint").exists() and (folder / "segments").is_dir() else None
