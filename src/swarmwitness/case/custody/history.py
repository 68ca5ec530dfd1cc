# SPDX-License-Identifier: Apache-2.0
"""The acts of a case as people read them: those of every log that it holds, in the order of time."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import Instant

_OURS = ("act", "who", "how", "on", "why", "result")


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act.

    Attributes:
        log: Where it stands: `evidence`, `custody`, `vantages/NAME`.
        origin: That log's name for ever.
        index: The exhibit's number in it.
        at: When, by the clock of whoever recorded it.
        act: What; "" = the exhibit is no act that can be read.
        who, how, why: "" where the act doesn't say.
        on: On what; of an act that people did not do, or an old one, all that it holds.
        result: What came of it.
    """

    log: str
    origin: str
    index: int
    at: Instant
    act: str
    who: str
    how: str
    on: object
    why: str
    result: object

    @property
    def reference(self) -> str:
        """`log:ORIGIN/INDEX`."""
        return f"log:{self.origin}/{self.index}"

    def to_json(self) -> dict[str, object]:
        """For machines; seconds that are unknown are null."""
        return {
            "log": self.log,
            "origin": self.origin,
            "index": self.index,
            "at": self.at.to_text(),
            "time_error_s": self.at.error_s,
            **{name: getattr(self, name) for name in _OURS},
        }


def read_acts(case_dir: Path) -> list[ActRow]:
    """Every sealed act of a case, by time; those of one log stay in their order whatever its clock did.

    Verify first: this reads acts, it doesn't check signatures.

    Raises:
        InputError: no case.
        VerificationError: a log can't be read.
    """
    folder = CaseFolder.at(case_dir)
    streams = [list(_of_log(log)) for log in folder.logs]
    return [row for _, _, _, row in heapq.merge(*streams)]


def sealed_tables(case_dir: Path) -> dict[str, str]:
    """SHA-256 of each foreign table by its name, as the acts of intake sealed it; the last one counts.

    Raises:
        VerificationError: an act can't be read.
    """
    folder = CaseFolder(case_dir)
    sealed: dict[str, str] = {}
    for directory in (folder.evidence, folder.custody):
        if directory.is_dir():
            for _, exhibit in acts_in(directory):
                if b'"act":"intake"' in exhibit.payload:
                    sealed.update(_tables(exhibit.payload))
    return sealed


def _of_log(log: CaseLog) -> Iterator[tuple[int, str, int, ActRow]]:
    """Acts with their place in the order: time never steps back within a log."""
    origin, latest = read_checkpoint(log.path).origin, 0
    for index, exhibit in acts_in(log.path):
        latest = max(latest, exhibit.at.utc_ns)
        yield latest, log.name, index, _row(log.name, origin, index, exhibit)


def _row(log: str, origin: str, index: int, exhibit: Exhibit) -> ActRow:
    try:
        said = json.loads(exhibit.payload)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        unread = {"unreadable": len(exhibit.payload)}
        return ActRow(log, origin, index, exhibit.at, "", "", "", unread, "", {})
    act, who, how, why = (_text(said.get(name)) for name in ("act", "who", "how", "why"))
    on = said["on"] if "on" in said else {k: v for k, v in said.items() if k not in _OURS}
    return ActRow(log, origin, index, exhibit.at, act, who, how, on, why, said.get("result", {}))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _tables(payload: bytes) -> Iterator[tuple[str, str]]:
    """(name, SHA-256) of an act of intake: the files stand in `on`; in those of 0.1 on top."""
    try:
        said = json.loads(payload)
        files = said["on"]["files"] if "on" in said else said["files"]
        named = [(str(file["file"]), str(file["sha256"])) for file in files]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    yield from named
