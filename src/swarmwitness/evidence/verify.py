# SPDX-License-Identifier: Apache-2.0
"""`verify`: a corridor of numbered checks over an evidence folder. It reads, and changes nothing.

What it promises: after a change of one byte of any file, or a file more, less or renamed, a check
fails and names the file, and the exhibit if there is one. What it does not: the holder of the
signing key can make another log altogether, and anybody can put back an older state of the whole
folder; only a checkpoint held elsewhere gives that away (docs/evidence-format.md).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.corridor import judge, tree_stands
from swarmwitness.evidence.failure import Reason, VerificationError, shown
from swarmwitness.evidence.folder import FolderCheck
from swarmwitness.evidence.gaps import check_gaps
from swarmwitness.evidence.layout import CHECKPOINT, README, README_TEXT, SEGMENTS, VKEY
from swarmwitness.evidence.marker import Marker
from swarmwitness.evidence.note import MAX_NOTE, VerifyKey
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.recovery import read_marker
from swarmwitness.evidence.retrace import Retrace
from swarmwitness.evidence.time.assurance import Assurance, Trust, weigh
from swarmwitness.evidence.verdict import Findings, VerifyReport
from swarmwitness.terms import MalformedMessage

HELD = "the checkpoint held elsewhere"
_NO_TRUST = Trust()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the verifier was given."""

    directory: Path
    key: VerifyKey | None
    held: bytes | None


def verify(
    directory: Path,
    *,
    key: VerifyKey | None = None,
    checkpoint: bytes | None = None,
    trust: Trust = _NO_TRUST,
    on_progress: Callable[[int], None] | None = None,
) -> VerifyReport:
    """Check an evidence folder against itself and against what is held elsewhere.

    Args:
        key: The public key as known from another source; without it the folder's own is taken, and
            the report then says nothing about who signed.
        checkpoint: A checkpoint of this log that was kept apart; the log must be a continuation of it.
        trust: Roots of time authorities and keys of witnesses as known from another source.
        on_progress: Told after each segment how many exhibits were passed.

    Never raises for what is in the folder: whatever is wrong becomes a failure in the report.
    """
    findings = Findings()
    asked = _Asked(directory, key, checkpoint)
    details: dict[int, str] = {}
    if directory.is_symlink():
        findings.fail(Reason.NOT_A_FILE, shown(directory.name), None, "a link; verify what it leads to")
    signed = _identify(asked, findings, details)
    if signed is None:
        return _report(None, None, findings, details)
    held = _held(asked, signed, findings)
    marker = _marker(directory, signed, findings)
    current = marker if marker is not None and marker.after == signed.checkpoint.size else None
    retrace = Retrace(directory, signed.checkpoint, current, held.size if held else -1, findings)
    retrace.run(signed.key, on_progress)
    _check_erasures(retrace, findings, details)
    _compare_held(held, retrace, findings, details)
    if marker is not None:
        retrace.tiles.compare_older(marker.after)
    folder = FolderCheck(
        directory,
        signed.checkpoint.size,
        retrace.segments | retrace.tiles.extras,
        marker,
        findings,
    )
    folder.run()
    _check_readme(directory, findings)
    _describe(signed, retrace, folder, details)
    _warn(signed.checkpoint, retrace, folder, marker, findings)
    assurance = _weigh(signed, retrace, trust, findings, details)
    return replace(_report(signed, retrace, findings, details), assurance=assurance)


@dataclass(frozen=True, slots=True)
class _Signed:
    """Who the log is: its key, and the checkpoint which that key has signed."""

    key: VerifyKey
    checkpoint: Checkpoint


def _identify(asked: _Asked, findings: Findings, details: dict[int, str]) -> _Signed | None:
    own = _read_key(asked.directory, findings)
    key = asked.key or own
    if asked.key is not None and own is not None and own != asked.key:
        findings.fail(Reason.KEY_DIFFERS, VKEY, None, f"expected {asked.key.to_text()}")
    if key is None:
        return None
    given = "as given" if asked.key else "as the folder says; no other source was given"
    details[1] = f"{key.to_text()}, {given}"
    checkpoint = _read_checkpoint(asked.directory, key, findings)
    return None if checkpoint is None else _Signed(key, checkpoint)


def _read_key(directory: Path, findings: Findings) -> VerifyKey | None:
    try:
        raw = read_file(directory, VKEY, MAX_NOTE)
        text = raw.decode("ascii")
        if not text.endswith("\n"):
            raise MalformedMessage("no newline at the end", len(raw))
        return VerifyKey.from_text(text[:-1])
    except VerificationError as error:
        findings.take(error)
    except ValueError as error:
        findings.fail(Reason.KEY_MALFORMED, VKEY, None, str(error))
    return None


def _read_checkpoint(directory: Path, key: VerifyKey, findings: Findings) -> Checkpoint | None:
    try:
        checkpoint = Checkpoint.from_wire(read_file(directory, CHECKPOINT, MAX_NOTE))
    except VerificationError as error:
        findings.take(error)
        return None
    except MalformedMessage as error:
        findings.fail(Reason.CHECKPOINT_MALFORMED, CHECKPOINT, None, str(error))
        return None
    if checkpoint.origin != key.name:
        findings.fail(
            Reason.ORIGIN_DIFFERS, CHECKPOINT, None, f"{checkpoint.origin!r} instead of {key.name!r}"
        )
    elif not checkpoint.signed_only_by(key):
        findings.fail(Reason.CHECKPOINT_SIGNATURE, CHECKPOINT)
    else:
        return checkpoint
    return None


def _held(asked: _Asked, signed: _Signed, findings: Findings) -> Checkpoint | None:
    """The checkpoint held elsewhere, if it is one of this log and not ahead of it."""
    if asked.held is None:
        return None
    try:
        held = Checkpoint.from_wire(asked.held)
    except MalformedMessage as error:
        findings.fail(Reason.CHECKPOINT_FOREIGN, HELD, None, str(error))
        return None
    if held.origin != signed.key.name or not held.note.signed_by(signed.key):
        findings.fail(Reason.CHECKPOINT_FOREIGN, HELD, None, "of another log, or signed by another key")
        return None
    if held.size > signed.checkpoint.size:
        detail = f"the log had {held.size} exhibits and now ends at {signed.checkpoint.size}"
        findings.fail(Reason.ROLLED_BACK, CHECKPOINT, signed.checkpoint.size, detail)
        return None
    return held


def _compare_held(
    held: Checkpoint | None, retrace: Retrace, findings: Findings, details: dict[int, str]
) -> None:
    if held is None:
        details[3] = "none was given"
        return
    if not retrace.complete:
        return
    details[3] = f"{held.size} exhibits"
    if retrace.held_root != held.root:
        detail = f"the first {held.size} exhibits are not those that were sealed"
        findings.fail(Reason.FORKED, CHECKPOINT, None, detail)


def _check_erasures(retrace: Retrace, findings: Findings, details: dict[int, str]) -> None:
    """Asked only where every exhibit could be read: the act that announces one may be what cannot."""
    broken = any(f.file.startswith(SEGMENTS) or f.reason is Reason.CREATION_ACT for f in findings.failures)
    if broken or not retrace.complete:
        return
    check_gaps(retrace.directory, retrace.ledger, retrace.segment_of, findings)
    details[9] = f"{len(retrace.ledger.erased)} erased exhibits in {len(retrace.ledger.announcements)} acts"


def _marker(directory: Path, signed: _Signed, findings: Findings) -> Marker | None:
    """The writer's marker; None without one, and with one that does not fit the checkpoint."""
    try:
        return read_marker(directory, signed.key, signed.checkpoint.size)
    except VerificationError as error:
        findings.take(error)
        return None


def _check_readme(directory: Path, findings: Findings) -> None:
    try:
        if read_file(directory, README, len(README_TEXT)) != README_TEXT:
            findings.fail(Reason.README_CHANGED, README)
    except VerificationError as error:
        changed = error.reason is Reason.UNREADABLE
        findings.fail(Reason.README_CHANGED if changed else error.reason, README, None, error.why)


def _describe(signed: _Signed, retrace: Retrace, folder: FolderCheck, details: dict[int, str]) -> None:
    checkpoint = signed.checkpoint
    details[2] = f"{checkpoint.origin}, {checkpoint.size} exhibits"
    details[4] = f"{len(retrace.segments)} segments"
    encrypted = retrace.ledger.encrypted
    closed = (
        f", {encrypted} encrypted: their bytes are verified, their text needs the key" if encrypted else ""
    )
    details[5] = f"{checkpoint.size} exhibits{closed}"
    if retrace.complete:
        details[6] = f"{retrace.tiles.compared} tiles and bundles"
        details[7] = checkpoint.root.hex()
    details[8] = f"{folder.files} files"


def _weigh(
    signed: _Signed, retrace: Retrace, trust: Trust, findings: Findings, details: dict[int, str]
) -> Assurance | None:
    """What authorities and witnesses say; not asked where roots of older trees cannot be relied on."""
    if not retrace.complete or not retrace.root_is_signed or not tree_stands(findings):
        return None
    size = signed.checkpoint.size
    weighed = weigh(
        retrace.statements,
        key=signed.key,
        size=size,
        root_at=ProofMaker(retrace.directory, size).root,
        trust=trust,
        findings=findings,
        seals=retrace.ledger.seals,
        place=retrace.segment_of,
    )
    details[10] = f"{len(weighed.tokens)} tokens, over the first {weighed.published} exhibits"
    details[11] = f"{len(weighed.cosignatures)} cosignatures"
    return weighed


def _warn(
    checkpoint: Checkpoint, retrace: Retrace, folder: FolderCheck, marker: Marker | None, findings: Findings
) -> None:
    unsealed = retrace.index - checkpoint.size
    if marker is not None and unsealed > 0:
        findings.warnings.append(
            f"{unsealed} durable exhibits after the last checkpoint, unsealed: the writer signed for them,"
            " but not for when, and their loss together would not be seen"
        )
    if retrace.ledger.statements_left:
        findings.warnings.append(
            f"{retrace.ledger.statements_left} statements (time, witness) were not weighed: too many"
        )
    if retrace.torn is not None:
        path, torn = retrace.torn
        findings.warnings.append(
            f"{torn} bytes at the end of {path} are no exhibits: nobody signed for them;"
            " opening the log for writing cuts them off"
        )
    if marker is not None and (folder.leftover or retrace.tiles.extras or marker.after < checkpoint.size):
        findings.warnings.append("a seal was interrupted; opening the log for writing tidies up")
    if _writer_at_work(retrace.directory):
        findings.warnings.append("a writer is at work: what is reported may be the middle of a step")
    if folder.open_to_others:
        findings.warnings.append(f"{folder.open_to_others} files may be read by others than their owner")


def _writer_at_work(directory: Path) -> bool:
    """Whether somebody holds the lock; asked and let go at once, so that no writer is kept out."""
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # a file system without locks has no writer of ours
    finally:
        os.close(handle)
    return False


def _report(
    signed: _Signed | None, retrace: Retrace | None, findings: Findings, details: dict[int, str]
) -> VerifyReport:
    checkpoint = signed.checkpoint if signed else None
    return VerifyReport(
        checkpoint.origin if checkpoint else "",
        checkpoint.size if checkpoint else -1,
        checkpoint.root.hex() if checkpoint else "",
        max(0, retrace.index - checkpoint.size) if retrace and checkpoint else 0,
        judge(findings, details),
        tuple(findings.failures),
        findings.total,
        tuple(findings.warnings),
        erased=len(retrace.ledger.erased) if retrace else 0,
        encrypted=retrace.ledger.encrypted if retrace else 0,
    )
