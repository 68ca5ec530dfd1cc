# SPDX-License-Identifier: Apache-2.0
"""What custody/ states of the logs of other vantages: where each lies, with which checkpoint it came."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.terms import MalformedMessage

TAKEN_IN, DROPPED = "vantage-taken-in", "vantage-dropped"
_MARKS = tuple(f'{{"act":"{name}"'.encode() for name in (TAKEN_IN, DROPPED))


@dataclass(frozen=True, slots=True)
class StatedVantage:
    """An act that took a vantage's log in, or dropped it.

    Attributes:
        index: Of the act in custody/.
        folder: Below vantages/.
        origin, size: Of the log, as its checkpoint said then.
        checkpoint: The signed note.
    """

    index: int
    folder: str
    origin: str
    size: int
    checkpoint: bytes


def stated_vantages(custody: Path) -> dict[str, StatedVantage]:
    """By folder, the vantages that were taken in and not dropped since.

    A log that can't be read gives what could be read of it: that it fails is for `verify` to say.
    """
    found: dict[str, StatedVantage] = {}
    for name, stated in _stated(custody):
        if name == TAKEN_IN:
            found[stated.folder] = stated
        else:
            found.pop(stated.folder, None)
    return found


def dropped_vantages(custody: Path) -> tuple[StatedVantage, ...]:
    """The acts that dropped one, in order; the checkpoint says where the log stood then."""
    return tuple(stated for name, stated in _stated(custody) if name == DROPPED)


def _stated(custody: Path) -> Iterator[tuple[str, StatedVantage]]:
    for index, act in _acts(custody):
        try:
            raw = base64.b64decode(str(act.on.get("checkpoint", "")), validate=True)
            said = Checkpoint.from_wire(raw)
        except (ValueError, MalformedMessage):
            continue  # not an act of ours: the log then has no act that says it was taken in
        yield act.name, StatedVantage(index, str(act.on.get("folder", "")), said.origin, said.size, raw)


def vantage_on(folder: str, checkpoint: Checkpoint, vkey: str) -> dict[str, object]:
    """`on` of such an act: which log, where it lies, and its signed checkpoint.

    The note is base64, so that nothing which searches acts for addresses can change a signed text.
    """
    return {
        "folder": folder,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "vkey": vkey,
        "checkpoint": base64.b64encode(checkpoint.to_wire()).decode(),
    }


def _acts(custody: Path) -> Iterator[tuple[int, Act]]:
    try:
        for index, exhibit in acts_in(custody):
            if exhibit.payload.startswith(_MARKS):
                try:
                    yield index, Act.from_wire(exhibit.payload)
                except MalformedMessage:
                    continue
    except (VerificationError, OSError):
        return


def kept_slot(custody: str, origin: str) -> Path:
    """Where the checkpoint of a vantage's log is kept, apart from the case; the file need not exist.

    Not where our own logs of that name keep theirs: the copy in the case may stand behind the log that
    goes on where it was made.
    """
    return home.checkpoint_file(slot_name(custody, origin))


def slot_name(custody: str, origin: str) -> str:
    """The name that a vantage's log has among what this machine keeps, for one case."""
    return f"{origin} in the case of {custody}"


def folder_name(origin: str) -> str:
    """The folder below vantages/ for the log of this origin: readable, and of this origin alone."""
    last = origin.split("/", 1)[-1]
    readable = re.sub(r"[^a-z0-9]+", "-", last.lower()).strip("-")[:48] or "log"
    return f"{readable}-{hashlib.sha256(origin.encode()).hexdigest()[:12]}"
