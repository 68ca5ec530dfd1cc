# SPDX-License-Identifier: Apache-2.0
"""The rows of every sealed log of a case: verified first, then replayed, each into a file of its own.

Who saw what stays: a row names its vantage (`collector`) and its exhibit, `log:ORIGIN/INDEX`. Where two
logs use one vantage name, their rows bear the log's name as well, so that what each saw is counted
as what two observers saw, never folded into one sighting.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from swarmwitness.case import home
from swarmwitness.case.folder import CaseFolder, CaseLog
from swarmwitness.case.logs.completing import apart, complete_rows
from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.case.logs.ownvantages import Others, OwnVantages
from swarmwitness.case.logs.verdict import CaseVerdict
from swarmwitness.case.logs.verification import gone, verify
from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.erasure import announced
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read, read_checkpoint, read_one
from swarmwitness.observation import SCHEMA, replay, to_table
from swarmwitness.observation.ownends import OwnEnds
from swarmwitness.observation.taint import Taint
from swarmwitness.terms import InputError
from swarmwitness.terms.instant import CLOCK_LIMIT_NS
from swarmwitness.terms.sighting import Sighting

_ROWS_AT_ONCE = 65_536
_MOST_OF_A_REASON = 300


@dataclass(frozen=True, slots=True)
class SealedRows:
    """What the sealed logs of a case hold.

    Attributes:
        verdict: What verification said; None = there is no log.
        checkpoints: By the log's name in the case, its signed checkpoint as text.
        files: Parquet files of rows, one for each log of observations, in the order of origins.
        n_rows: In all of them.
        gathered: What they tell beside rows.
        shared_names: Vantage names that several logs use.
        warnings: Vantage names that two logs use; what was erased, by which act and why; how many rows
            are about another vantage of ours, and so left out.
    """

    verdict: CaseVerdict | None
    checkpoints: dict[str, str]
    files: tuple[Path, ...]
    n_rows: int
    warnings: tuple[str, ...]
    gathered: Gathered
    shared_names: frozenset[str] = frozenset()

    def collector(self, name: str, origin: str) -> str:
        """As rows of that log call the vantage."""
        return apart(name, origin) if name in self.shared_names else name


def replay_logs(folder: CaseFolder, work: Path) -> SealedRows:
    """Verify every log of the case and replay those that hold observations into `work`.

    Raises:
        VerificationError: a log fails, or one that was taken in is gone. Nothing is concluded then.
        InputError: a log is encrypted and its key is not here.
    """
    logs = folder.logs
    if not logs and not gone(folder.root):
        return SealedRows(None, {}, (), 0, (), Gathered())
    verdict = verify(folder.root)
    verdict.raise_for_failure()
    # By origin, not by place: the same logs give the same rows wherever each lies.
    gathered, observing = Gathered(), sorted((log for log in logs if log.observes), key=_origin)
    own = _own_vantages(observing)
    replayed = [
        _replay(log, work / f"replayed-{at}.parquet", gathered, own.others(_origin(log)))
        for at, log in enumerate(observing)
    ]
    shared = _shared(replayed)
    n_tainted = sum(complete_rows(each.file, each.origin, shared, each.tainted) for each in replayed)
    return SealedRows(
        verdict=verdict,
        checkpoints={log.name: read_checkpoint(log.path).to_wire().decode() for log in logs},
        files=tuple(each.file for each in replayed),
        n_rows=sum(pq.read_metadata(each.file).num_rows for each in replayed),
        warnings=(
            *_named_alike(shared),
            *_erasures(logs, verdict),
            *_tainted(n_tainted),
            *own.warnings(),
            *gathered.warnings(),
        ),
        gathered=gathered,
        shared_names=frozenset(shared),
    )


def _named_alike(shared: dict[str, list[str]]) -> Iterator[str]:
    for name, origins in sorted(shared.items()):
        yield f"the vantage name {name!r} is used by the logs {', '.join(origins)}: told apart by the log"


def _erasures(logs: Iterable[CaseLog], verdict: CaseVerdict) -> Iterator[str]:
    """What the counts no longer hold: without this, an erased sighting reads as one that never was."""
    for log in sorted((log for log in logs if log.observes), key=_origin):
        report = verdict.of(log.name)
        if report is None or not report.erased:
            continue
        for index, ranges in announced(log.path):
            payload = json.loads(read_one(log.path, index).payload)
            why = str(payload.get("why") or "no reason was given")[:_MOST_OF_A_REASON]
            yield (
                f"{len(ranges):,} exhibits were erased by act log:{_origin(log)}/{index}: what they showed is"
                f" in no count: {why}"
            )


@dataclass(frozen=True, slots=True)
class _Replayed:
    """The rows of one log, the vantages that they name, and the exhibits whose time can't be relied on."""

    origin: str
    file: Path
    vantages: frozenset[str]
    tainted: Ranges


def _origin(log: CaseLog) -> str:
    return read_checkpoint(log.path).origin


def _own_vantages(observing: list[CaseLog]) -> OwnVantages:
    """Where each vantage of the case was. Read before any log is replayed: each may have met the others."""
    own = OwnVantages()
    for log in observing if len(observing) > 1 else ():
        ends = OwnEnds()
        with _opened(log) as key:
            for _, exhibit in read(log.path, content_key=key):
                ends.feed(exhibit)
        own.add(_origin(log), ends.watches())
    return own


def _replay(log: CaseLog, into: Path, gathered: Gathered, others: Others) -> _Replayed:
    """Written in portions, so that memory stays bounded. What is about another vantage of ours is no row."""
    vantages: set[str] = set()
    taint = Taint()
    gathered.next_log(_origin(log))
    with pq.ParquetWriter(into, SCHEMA, compression="zstd") as writer:
        portion: list[Sighting] = []
        for row in _rows(log, gathered, taint):
            if others.sets_apart(row):
                continue
            portion.append(row)
            gathered.row(row)
            vantages.add(row.collector)
            if len(portion) >= _ROWS_AT_ONCE:
                writer.write_table(to_table(portion))
                portion = []
        writer.write_table(to_table(portion))
    return _Replayed(_origin(log), into, frozenset(vantages), taint.ranges())


def _rows(log: CaseLog, gathered: Gathered, taint: Taint) -> Iterator[Sighting]:
    """The rows of one log, opened with its content key where this machine holds one."""
    with _opened(log) as key:
        yield from replay(log.path, content_key=key, aside=gathered, taint=taint)


@contextmanager
def _opened(log: CaseLog) -> Iterator[bytes | None]:
    """The content key of a log that is read inside; None if this machine holds none.

    Raises:
        InputError: it is encrypted and the key is not here, or not the right one.
    """
    origin = _origin(log)
    try:
        yield home.content_key(origin, make=False)
    except VerificationError as error:
        if error.reason not in (Reason.ENVELOPE_KEY, Reason.ENVELOPE):
            raise
        sought = home.content_key_file(origin)
        why = "is not there" if error.reason is Reason.ENVELOPE_KEY else f"does not open it: {error}"
        raise InputError(f"is encrypted, and its content key {sought} {why}", file=log.name) from None


def _shared(replayed: Iterable[_Replayed]) -> dict[str, list[str]]:
    """Vantage names that rows of several logs bear, with the origins of these."""
    users: defaultdict[str, list[str]] = defaultdict(list)
    for each in replayed:
        for name in each.vantages:
            users[name].append(each.origin)
    return {name: origins for name, origins in users.items() if len(origins) > 1}


def _tainted(n_rows: int) -> Iterator[str]:
    if n_rows:
        limit_ms = CLOCK_LIMIT_NS / 1e6
        yield f"{n_rows:,} rows have a time of a clock that was not known to be within {limit_ms:g} ms"
