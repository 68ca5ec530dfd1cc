# SPDX-License-Identifier: Apache-2.0
"""`verify`: check a case's evidence against itself and against the checkpoint that was kept apart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.files import read_regular
from swarmwitness.evidence import VerifyKey, VerifyReport
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.terms import InputError, MalformedMessage

NONE_KEPT = (
    "no checkpoint of this log is kept here and none was given: that the log was cut short, or is "
    "another one altogether, would not be noticed"
)


def verify(case_dir: Path, *, key: Path | None = None, checkpoint: Path | None = None) -> VerifyReport:
    """Verify the evidence of a case, or an evidence folder itself.

    Args:
        key: File with the public key (vkey) from another source.
        checkpoint: File with a checkpoint held elsewhere; default: the one kept on this machine.

    Raises:
        InputError: there is no evidence to verify, or a file named here can't be read.
    """
    evidence = evidence_of(case_dir)
    held, where = _held(evidence, checkpoint)
    report = verify_log(evidence, key=_key(key), checkpoint=held)
    if held is None:
        return replace(report, warnings=(*report.warnings, NONE_KEPT))
    return replace(report, warnings=(*report.warnings, f"compared with the checkpoint in {where}"))


def evidence_of(case_dir: Path) -> Path:
    """The evidence folder of a case; an evidence folder is its own."""
    if not case_dir.is_dir():
        raise InputError("no such folder", file=str(case_dir))
    if not (case_dir / "case.toml").exists() and case_dir.name != "evidence" and not _is_log(case_dir):
        raise InputError("neither a case nor an evidence folder", file=str(case_dir))
    if _is_log(case_dir) or case_dir.name == "evidence":
        return case_dir
    if not (case_dir / "evidence").is_dir():
        raise InputError("holds no evidence/ to verify", file=str(case_dir))
    return case_dir / "evidence"


def _is_log(folder: Path) -> bool:
    return (folder / "checkpoint").is_file() or (folder / "segments").is_dir()


def _key(file: Path | None) -> VerifyKey | None:
    if file is None:
        return None
    try:
        return VerifyKey.from_text(read_regular(file, MAX_NOTE).decode("ascii").strip())
    except (UnicodeDecodeError, MalformedMessage) as error:
        raise InputError(f"is no public key: {error}", file=str(file)) from None


def _held(evidence: Path, given: Path | None) -> tuple[bytes | None, Path | None]:
    if given is not None:
        return read_regular(given, MAX_NOTE), given
    kept = home.kept_checkpoint(evidence)
    return (None, None) if kept is None else (read_regular(kept, MAX_NOTE), kept)
