# SPDX-License-Identifier: Apache-2.0
"""`export`: a case in the words of others (CASE/UCO), and drafts for a person to complete and sign.

An export is an act. It is recorded and sealed with the hash of what was written before that stands
under its own name, so that no export is without its act.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover.record import gather
from swarmwitness.report.caseuco import render_case_uco
from swarmwitness.report.drafts import render_drafts
from swarmwitness.report.record import Record
from swarmwitness.vantage import Clock

FORMATS = {"case-uco": "CASE/UCO graph (JSON-LD)", "drafts": "drafts of certificates, instrument page"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and the act that says so.

    Attributes:
        out: The file or folder.
        files: Name -> SHA-256.
        act: `log:ORIGIN/INDEX`.
        logs, acts, findings: How many of each are told.
        notes: Warnings that the export states.
    """

    out: Path
    files: dict[str, str]
    act: str
    logs: int
    acts: int
    findings: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        told = {"logs": self.logs, "acts": self.acts, "findings": self.findings}
        return {"out": str(self.out), "files": self.files, "act": self.act, **told, "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who exports, and why.

    Attributes:
        run: The output folder of a run whose findings are attached.
        by: None = $SWARMWITNESS_ACTOR, else the login name.
        reason: May be empty.
    """

    run: Path | None = None
    by: str | None = None
    reason: str = ""


def export_case_uco(case_dir: Path, out: Path, asked: Asked) -> Exported:
    """Write the case as a CASE/UCO graph to a new file, and record the act.

    Raises:
        InputError: the case or an option is unfit, or the file exists.
        VerificationError: a log fails; nothing is exported from it.
    """
    CaseFolder.at(case_dir).check_new(out)
    record = gather(case_dir, run=asked.run, at=Clock().read())
    content = render_case_uco(record).encode()
    fresh = _fresh(out)
    try:
        _write(fresh, content)
        exported = _recorded(case_dir, asked, _Made(out, "case-uco", record, {out.name: content}))
        fresh.rename(out)
    finally:
        fresh.unlink(missing_ok=True)
    return exported


def export_drafts(case_dir: Path, out: Path, asked: Asked) -> Exported:
    """Write the drafts into a new folder, and record the act.

    Raises:
        InputError, VerificationError: as for `export_case_uco`.
    """
    CaseFolder.at(case_dir).check_new(out)
    record = gather(case_dir, run=asked.run, at=Clock().read())
    made = render_drafts(record)
    fresh = _fresh(out)
    fresh.mkdir(mode=0o700, parents=True)
    try:
        for name, content in made.items():
            _write(fresh / name, content)
        exported = _recorded(case_dir, asked, _Made(out, "drafts", record, made))
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return exported


def drafts(case_dir: Path, run: Path | None = None) -> dict[str, bytes]:
    """The drafts by their file names, for a bundle; whoever hands them over records the act.

    Raises:
        InputError, VerificationError: as for `export_case_uco`.
    """
    return render_drafts(gather(case_dir, run=run, at=Clock().read()))


def _fresh(out: Path) -> Path:
    """Where the export is written first; what an interrupted one left there goes."""
    fresh = out.with_name(f".{out.name}.part")
    if fresh.is_dir() and not fresh.is_symlink():
        shutil.rmtree(fresh)
    fresh.unlink(missing_ok=True)
    return fresh


def _write(file: Path, content: bytes) -> None:
    """A new file that nobody else can read, and that is on the disk when its act is sealed."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


@dataclass(frozen=True, slots=True)
class _Made:
    """What is to be written, and from what."""

    out: Path
    format: str
    record: Record
    files: Mapping[str, bytes]


def _recorded(case_dir: Path, asked: Asked, made: _Made) -> Exported:
    """Record and seal the act; what it says was written."""
    record = made.record
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
    files = [
        {"file": name, "bytes": len(made.files[name]), "sha256": digests[name]} for name in sorted(digests)
    ]
    on: dict[str, object] = {"format": made.format}
    if record.run is not None:
        on["findings_sha256"] = record.run.findings_sha256
    with CaseActs(case_dir, "export", asked.by) as acts:
        index = acts.record("export", on=on, why=asked.reason, result={"files": files})
        act = f"log:{acts.origin}/{index}"
    counts = len(record.logs), len(record.acts), len(record.findings)
    return Exported(made.out, digests, act, *counts, tuple(record.notes))
