# SPDX-License-Identifier: Apache-2.0
"""`custody drop`: remove the log of another vantage from the case, after an act that says so."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.custody.acts import CaseActs, reason
from swarmwitness.case.custody.holding import frozen, refuse_held
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.case.logs.held import origin_of
from swarmwitness.case.logs.stated import DROPPED, vantage_on
from swarmwitness.evidence.access import read_file
from swarmwitness.evidence.files import sync_folder
from swarmwitness.evidence.layout import VKEY
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError


@dataclass(frozen=True, slots=True)
class Dropped:
    """A log that is not in the case any more.

    Attributes:
        act: Index of the act in the custody log.
    """

    name: str
    origin: str
    exhibits: int
    act: int

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {"name": self.name, "origin": self.origin, "exhibits": self.exhibits, "act": self.act}


def drop(case_dir: Path, vantage: str, *, why: str, by: str | None = None) -> Dropped:
    """Drop a vantage's log whole: what it saw enters no count from now on.

    The log itself lives on where it was made; only there can single exhibits of it be erased.

    Args:
        vantage: Its folder (`vantages/NAME` or NAME) or its origin.

    Raises:
        InputError: no reason, no such vantage, no custody log, or a hold freezes exhibits of it.
        VerificationError: the log can't be read: what is damaged is not removed by an act.
    """
    stated = reason(why)
    with CaseActs(case_dir, "custody drop", by) as acts:
        log = _named(acts.folder, vantage)
        checkpoint = read_checkpoint(log.path)
        everything = Ranges(((0, checkpoint.size),))
        refuse_held(frozen(acts.folder, acts.config, checkpoint.origin), everything)
        vkey = read_file(log.path, VKEY, MAX_NOTE).decode("ascii").strip()
        index = acts.record(DROPPED, on=vantage_on(log.path.name, checkpoint, vkey), why=stated)
        acts.seal()
        # Out of its place in one step: half a log would be a log that fails.
        leaving = log.path.with_name(f".{log.path.name}.taking")
        log.path.rename(leaving)
        sync_folder(leaving.parent)
        shutil.rmtree(leaving)
    return Dropped(log.name, checkpoint.origin, checkpoint.size, index)


def _named(folder: CaseFolder, vantage: str) -> CaseLog:
    there = [log for log in folder.logs if log.name.startswith("vantages/")]
    for log in there:
        if vantage in (log.name, log.path.name, origin_of(log.path)):
            return log
    names = ", ".join(log.name for log in there) or "none"
    raise InputError(f"no vantage {vantage!r} is in this case; there are: {names}", field="vantage")
