# SPDX-License-Identifier: Apache-2.0
"""Checkpoints held elsewhere: which one belongs to which log, and whether the log continues each.

Theory of operation: a log can be compared with several: those that the caller gives, the one kept on this
machine, and for a vantage's log the one that custody/ states. `evidence.verify` compares one while it
retraces the log; of the others the root is computed from the tiles, which that pass has found right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.files import read_regular, shown
from swarmwitness.evidence import VerificationError, VerifyKey, VerifyReport
from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.layout import CHECKPOINT, VKEY
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.proofs import ProofMaker
from swarmwitness.evidence.verdict import Failure
from swarmwitness.terms import InputError, MalformedMessage


@dataclass(frozen=True, slots=True)
class Held:
    """A checkpoint from elsewhere.

    Attributes:
        raw: The signed note.
        where: For people: the file, or what states it.
    """

    raw: bytes
    where: str

    @classmethod
    def in_file(cls, file: Path) -> Held:
        """Read it; whether it is a checkpoint is asked later.

        Raises:
            InputError: no regular file, or too long.
        """
        return cls(read_regular(file, MAX_NOTE), shown(file))

    @property
    def checkpoint(self) -> Checkpoint | None:
        """What it says; None if it is no checkpoint."""
        try:
            return Checkpoint.from_wire(self.raw)
        except MalformedMessage:
            return None


def origin_of(directory: Path) -> str:
    """Which log a folder claims to hold, by its key or its checkpoint; empty if neither can be read.

    Nothing is checked: it only says what to compare it with.
    """
    for name, behind in ((VKEY, "+"), (CHECKPOINT, "\n")):
        try:
            said = read_file(directory, name, MAX_NOTE).decode()
        except (VerificationError, UnicodeDecodeError):
            continue
        return said.split(behind, 1)[0]
    return ""


def read_key(file: Path) -> VerifyKey:
    """A public key from another source.

    Raises:
        InputError: the file can't be read or holds no key.
    """
    try:
        return VerifyKey.from_text(read_regular(file, MAX_NOTE).decode("ascii").strip())
    except (UnicodeDecodeError, MalformedMessage) as error:
        raise InputError(f"is no public key: {error}", file=shown(file)) from None


def strangers(given: Sequence[Held], origins: set[str]) -> tuple[Failure, ...]:
    """The given checkpoints that fit no log: somebody meant a log that is not here."""
    failures = []
    for held in given:
        checkpoint = held.checkpoint
        if checkpoint is None:
            failures.append(Failure(Reason.CHECKPOINT_FOREIGN, held.where, None, "is no checkpoint"))
        elif checkpoint.origin not in origins:
            detail = f"no log here is {checkpoint.origin}"
            failures.append(Failure(Reason.CHECKPOINT_FOREIGN, held.where, None, detail))
    return tuple(failures)


def furthest(held: Sequence[Held]) -> Held | None:
    """The one that binds the log furthest; what is no checkpoint comes first, since it must fail."""
    return max(held, key=_reach, default=None)


def _reach(held: Held) -> float:
    checkpoint = held.checkpoint
    return float("inf") if checkpoint is None else checkpoint.size


def compare(directory: Path, report: VerifyReport, held: Sequence[Held]) -> tuple[Failure, ...]:
    """Which of these the log is no continuation of. Only for a log that verifies: its tiles are believed."""
    key, maker = _key_of(directory), ProofMaker(directory, report.size)
    return tuple(failure for each in held if (failure := _compared(each, key, maker, report)))


def _key_of(directory: Path) -> VerifyKey:
    return VerifyKey.from_text(read_file(directory, VKEY, MAX_NOTE).decode("ascii").strip())


def _compared(held: Held, key: VerifyKey, maker: ProofMaker, report: VerifyReport) -> Failure | None:
    checkpoint = held.checkpoint
    if checkpoint is None or checkpoint.origin != key.name or not checkpoint.note.signed_by(key):
        detail = "of another log, or signed by another key"
        return Failure(Reason.CHECKPOINT_FOREIGN, held.where, None, detail)
    if checkpoint.size > report.size:
        detail = f"the log had {checkpoint.size} exhibits and now ends at {report.size}"
        return Failure(Reason.ROLLED_BACK, CHECKPOINT, report.size, detail)
    if maker.root(checkpoint.size) != checkpoint.root:
        detail = f"the first {checkpoint.size} exhibits are not those that were sealed: {held.where}"
        return Failure(Reason.FORKED, CHECKPOINT, None, detail)
    return None
