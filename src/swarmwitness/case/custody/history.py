# SPDX-License-Identifier: Apache-2.0
"""The acts of a case as people read them: those of every log that it holds, in the order of time.

What time authorities and witnesses said of a checkpoint stands among them, as rows of its own kind.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from swarmwitness.case.config import read_config
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.case.pseudonyms import pseudonyms_of_run
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.custody.scan import acts_in, plain_in
from swarmwitness.evidence.exhibit import Exhibit
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time.statements import Cosigned, read_statement
from swarmwitness.evidence.time.token import told_by
from swarmwitness.terms import Instant, MalformedMessage
from swarmwitness.terms.instant import micros_to_text

_OURS = ("act", "who", "how", "on", "why", "result")
ACT = "act"


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act, or one statement of a time authority or witness.

    Attributes:
        log: Where it stands: `evidence`, `custody`, `vantages/NAME`.
        origin: That log's name for ever.
        index: The exhibit's number in it.
        at: When, by the clock of whoever recorded it.
        act: What; "" = the exhibit is no act that can be read. `timestamped`, `cosigned`: a statement.
        who, how, why: "" where the act doesn't say. Of a statement, who: subject of the certificate (the
            URL, if the token lacks it), name of the witness.
        on: On what; of an act that people did not do, or an old one, all that it holds. Of a statement,
            the size of the checkpoint.
        result: What came of it. Of a statement, the time that it tells.
        kind: Of the exhibit: `act`, `time`, `witness`.
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
    kind: str = ACT

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
            "kind": self.kind,
            "at": self.at.to_text(),
            "time_error_s": self.at.error_s,
            **{name: getattr(self, name) for name in _OURS},
        }


def read_acts(case_dir: Path) -> list[ActRow]:
    """Every sealed act and statement of a case, by time; those of one log stay in their order whatever
    its clock did.

    Verify first: this reads them, it doesn't check signatures.

    Raises:
        InputError: no case.
        VerificationError: a log can't be read.
    """
    folder = CaseFolder.at(case_dir)
    streams = [list(_of_log(log)) for log in folder.logs]
    return [row for _, _, _, row in heapq.merge(*streams)]


def shown_acts(case_dir: Path) -> list[ActRow]:
    """The same as they may be shown: an act of another vantage, or of other software, can hold addresses.

    Raises:
        InputError: no case, or case.toml can't be read.
        VerificationError: a log can't be read.
    """
    rows = read_acts(case_dir)
    pseudonyms, _ = pseudonyms_of_run(case_dir, read_config(case_dir))
    return [
        replace(
            row,
            act=pseudonyms.scrub(row.act),
            who=pseudonyms.scrub(row.who),
            how=pseudonyms.scrub(row.how),
            on=pseudonyms.scrub_all(row.on),
            why=pseudonyms.scrub(row.why),
            result=pseudonyms.scrub_all(row.result),
        )
        for row in rows
    ]


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
    """Rows with their place in the order: time never steps back within a log."""
    origin, latest = read_checkpoint(log.path).origin, 0
    for index, exhibit in plain_in(log.path):
        latest = max(latest, exhibit.at.utc_ns)
        yield latest, log.name, index, _row(log.name, origin, index, exhibit)


def _row(log: str, origin: str, index: int, exhibit: Exhibit) -> ActRow:
    if exhibit.kind != ACT:
        return _stated(log, origin, index, exhibit)
    try:
        said = json.loads(exhibit.payload)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        return _unreadable(log, origin, index, exhibit)
    act, who, how, why = (_text(said.get(name)) for name in ("act", "who", "how", "why"))
    on = said["on"] if "on" in said else {k: v for k, v in said.items() if k not in _OURS}
    return ActRow(log, origin, index, exhibit.at, act, who, how, on, why, said.get("result", {}))


def _stated(log: str, origin: str, index: int, exhibit: Exhibit) -> ActRow:
    try:
        said = read_statement(exhibit.kind, exhibit.payload)
        if isinstance(said, Cosigned):
            act, who, at_us = "cosigned", said.witness.name, said.cosignature.at_s * 1_000_000
        else:
            at_ns, subject = told_by(said.reply)
            act, who, at_us = "timestamped", subject or said.authority, at_ns // 1000
        time = micros_to_text(at_us)
    except (MalformedMessage, VerificationError):
        return _unreadable(log, origin, index, exhibit)
    on, result = {"size": said.checkpoint.size}, {"time": time}
    return ActRow(log, origin, index, exhibit.at, act, who, "", on, "", result, exhibit.kind)


def _unreadable(log: str, origin: str, index: int, exhibit: Exhibit) -> ActRow:
    unread = {"unreadable": len(exhibit.payload)}
    return ActRow(log, origin, index, exhibit.at, "", "", "", unread, "", {}, exhibit.kind)


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
