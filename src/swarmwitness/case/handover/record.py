# SPDX-License-Identifier: Apache-2.0
"""Gathering a case for an export: its logs as verified now, its files by hash, its acts, a run's findings.

Whatever leaves here is fit to be handed over: addresses are pseudonyms, sensitive titles are masked,
torrents (whose names are titles) are named by their hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from swarmwitness import __version__
from swarmwitness.case.config import CaseConfig, read_config
from swarmwitness.case.custody.history import ACT, ActRow, read_acts
from swarmwitness.case.files import files_below, read_regular, shown
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover.masking import Masking
from swarmwitness.case.handover.pastrun import PastRun, named_files, past_run
from swarmwitness.case.instrument import versions
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence import VerifyReport
from swarmwitness.evidence.layout import CHECKPOINT, VKEY
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.reading import read_one
from swarmwitness.evidence.time.sentences import Stamping
from swarmwitness.report import CheckRow
from swarmwitness.report.record import (
    CUSTODY,
    OBSERVED,
    RUN,
    ActLine,
    AuthorityRow,
    FileRow,
    LogRow,
    Record,
    RunRow,
    TokenRow,
)
from swarmwitness.report.report import Finding
from swarmwitness.terms import Instant
from swarmwitness.terms.instant import micros_to_text

MOST_CHARACTERS = 4000
"""Of one field of one act; an act can name a million exhibits. The log has all of it."""
SEAL = "log-sealed"
KEPT = "compared with a checkpoint that is kept apart from it"
_KEPT_IN = "compared with the checkpoint in "
_WRITER = "a writer is at work"
_TABLES = {
    "sightings": "foreign table of sightings",
    "works": "table of works",
    "networks": "table of networks",
    "coverage": "table of coverage",
    "polls": "table of polls",
}


def gather(case_dir: Path, *, run: Path | None, at: Instant) -> Record:
    """Everything that an export of this case can tell.

    Args:
        run: The output folder of a run whose findings are attached.
        at: Now, by this machine's clock.

    Raises:
        InputError: the case, its key or the run's folder is unfit.
        VerificationError: a log of the case, or the run's own, fails: nothing is exported from it.
    """
    folder, config = CaseFolder.at(case_dir), read_config(case_dir)
    masking = Masking.of(folder, config)
    past = None if run is None else past_run(run, case_dir)
    # What authorities and witnesses said is told by the logs that they spoke of.
    acts = [row for row in read_acts(case_dir) if row.kind == ACT] if folder.logs else []
    lines = [_line(row, masking) for row in acts if row.act != SEAL]
    logs = [*_logs(case_dir, masking), *([] if run is None else _logs(run, masking))]
    return Record(
        case=masking.text(config.name),
        synthetic=config.synthetic,
        made_at=at.to_text(),
        program=f"swarmwitness {__version__}",
        versions=versions(),
        configuration_sha256=hashlib.sha256(config.raw).hexdigest(),
        authority=_authority(config, masking),
        logs=logs,
        files=list(_files(folder, config, lines, masking)),
        acts=lines,
        seals=sum(row.act == SEAL for row in acts),
        run=None if past is None else _run(past, masking),
        findings=[] if past is None else _findings(past, masking),
        notes=[masking.text(note) for note in _notes(config, folder, past)],
    )


def _findings(past: PastRun, masking: Masking) -> list[Finding]:
    """As the run wrote them, addresses as pseudonyms; they name works by hash, never by title."""
    return cast("list[Finding]", masking.pseudonyms.scrub_all(past.findings))


def _run(past: PastRun, masking: Masking) -> RunRow:
    """Names of files stand in what differs."""
    return replace(past.row, differs=tuple(map(masking.text, past.row.differs)))


def _authority(config: CaseConfig, masking: Masking) -> AuthorityRow | None:
    asked = config.authority
    if asked is None:
        return None
    holder, basis = masking.text(asked.holder), masking.text(asked.basis)
    return AuthorityRow(holder, asked.works, asked.networks, basis, asked.expires.isoformat())


def _notes(config: CaseConfig, folder: CaseFolder, past: PastRun | None) -> Iterator[str]:
    if config.authority is None and not config.synthetic:
        yield "case.toml names no [authority]: who may ask, over which works, under which law, is not stated"
    if not folder.custody.is_dir():
        yield "this case keeps no custody log: what people did on it is not on record"
    if past is not None and past.case != config.name:
        yield f"the findings are of a case called {past.case!r}"
    yield from () if past is None else past.row.differs


def _logs(case_dir: Path, masking: Masking) -> Iterator[LogRow]:
    """The logs below a folder, verified now."""
    in_case = (case_dir / "case.toml").exists()
    if in_case and not CaseFolder.at(case_dir).logs:
        return
    verdict = verify(case_dir)
    verdict.raise_for_failure()
    for log in verdict.logs:
        holds = RUN if not in_case else CUSTODY if log.name == "custody" else OBSERVED
        yield _log(
            _Log(case_dir / log.name, log.name if in_case else "custody of the run", holds),
            log.report,
            masking,
        )


@dataclass(frozen=True, slots=True)
class _Log:
    """A log: where it lies, what people are told of it."""

    path: Path
    name: str
    holds: str


def _log(log: _Log, report: VerifyReport, masking: Masking) -> LogRow:
    first, last = read_one(log.path, 0).at, read_one(log.path, report.size - 1).at
    assurance = report.assurance
    return LogRow(
        name=log.name,
        holds=log.holds,
        origin=report.origin,
        size=report.size,
        root=report.root,
        vkey=_text(log.path / VKEY).strip(),
        checkpoint=_text(log.path / CHECKPOINT),
        began_at=first.to_text(),
        sealed_at=last.to_text(),
        clock=_clock(last),
        encrypted=report.encrypted,
        erased=report.erased,
        unsealed=report.unsealed,
        checks=[CheckRow(c.title, masking.text(c.detail), c.passed) for c in report.checks],
        failures=[f"{f.reason.value}: {f.file}, exhibit {f.exhibit}: {f.detail}" for f in report.failures],
        warnings=[
            masking.text(_without_place(warning))
            for warning in report.warnings
            # It is we who hold custody/: what is made here is recorded there.
            if not (log.name == "custody" and warning.startswith(_WRITER))
        ],
        assurance=[] if assurance is None else list(map(masking.text, assurance.sentences)),
        tokens=[]
        if assurance is None
        else [_token(report.origin, token, masking) for token in assurance.tokens],
    )


def _without_place(warning: str) -> str:
    """Where a checkpoint is kept on this machine is nobody's business but its keeper's."""
    return KEPT if warning.startswith(_KEPT_IN) else warning


def _token(origin: str, token: Stamping, masking: Masking) -> TokenRow:
    return TokenRow(
        reference=f"log:{origin}/{token.index}",
        size=token.size,
        # Rounded up: what existed *by* a time must not be told a moment earlier.
        at=micros_to_text(-(-token.gen_time_ns // 1000)),
        accuracy_s=None if token.accuracy_ns is None else token.accuracy_ns / 1e9,
        authority=masking.text(token.authority),
        verified_by=token.verified_by,
    )


def _text(file: Path) -> str:
    return read_regular(file, MAX_NOTE).decode("utf-8", "backslashreplace")


def _clock(at: Instant) -> str:
    if at.error_s is None:
        return "error unknown: not known to be synchronised"
    return f"error at most {at.error_s:.3f} s, as the clock states"


def _line(row: ActRow, masking: Masking) -> ActLine:
    return ActLine(
        reference=row.reference,
        log=row.log,
        at=row.at.to_text(),
        act=row.act or "unreadable",
        who=masking.text(row.who),
        how=masking.text(row.how),
        on=_compact(row.on, masking),
        why=_cut(masking.text(row.why)),
        result=_compact(row.result, masking),
        files=tuple(
            dict.fromkeys(str(f["sha256"]) for f in named_files({"on": row.on, "result": row.result}))
        ),
    )


def _compact(value: object, masking: Masking) -> str:
    if value in (None, "", {}, []):
        return ""
    said = json.dumps(masking.value(value), sort_keys=True, ensure_ascii=False, separators=(", ", ": "))
    return _cut(said)


def _cut(text: str) -> str:
    left = len(text) - MOST_CHARACTERS
    return text if left <= 0 else f"{text[:MOST_CHARACTERS]}… (and {left} characters; the act itself has all)"


def _files(
    folder: CaseFolder, config: CaseConfig, lines: list[ActLine], masking: Masking
) -> Iterator[FileRow]:
    """Files that were handed over or that say what is asked; evidence is told by its logs."""
    raw = hashlib.sha256(config.raw).hexdigest()
    yield FileRow("case.toml", "what is asked", len(config.raw), raw)
    intakes = {digest: line.reference for line in lines if line.act == "intake" for digest in line.files}
    for table, what in _TABLES.items():
        for file in folder.tables(table):
            if file.is_file():
                digest, n_bytes = _hashed(file)
                name, taken = masking.text(shown(file.relative_to(folder.root))), intakes.get(digest, "")
                yield FileRow(name, what, n_bytes, digest, taken, foreign=table == "sightings")
    hashed = [_hashed(file) for file in files_below(folder.torrents) if file.suffix == ".torrent"]
    for digest, n_bytes in sorted(hashed):
        yield FileRow(f"torrents/{digest[:12]}", "torrent; its name is left out", n_bytes, digest)


def _hashed(file: Path) -> tuple[str, int]:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), file.stat().st_size
