# SPDX-License-Identifier: Apache-2.0
"""`verify` for a bundle: numbered checks (docs/bundle-format.md). It reads, and changes nothing.

The second verifier, standalone/verify_standalone.py, asks the same in the same order and shares no code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from swarmwitness.evidence.bundle import layout
from swarmwitness.evidence.bundle.covering import check_statement
from swarmwitness.evidence.bundle.judging import check_erasures, check_held, check_statements
from swarmwitness.evidence.bundle.logcheck import LogCheck
from swarmwitness.evidence.bundle.report import BundleReport, Docket, LogSummary
from swarmwitness.evidence.bundle.wholeness import Lists, read_lists
from swarmwitness.evidence.bundle.write import STANDALONE_FILE
from swarmwitness.evidence.failure import Reason, shown
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.time.assurance import Assurance, Trust

GIVEN_KEY = "the public key given"
NOTHING_HELD = (
    "no key and no checkpoint from another source was given: the bundle agrees with itself,"
    " which says nothing about who made it"
)
OTHER_STANDALONE = (
    "the standalone verifier in this bundle is not the one of this version; both are covered by the statement"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the verifier knows from another source."""

    keys: Sequence[VerifyKey]
    held: Sequence[bytes]
    trust: Trust


def verify_bundle(
    directory: Path,
    *,
    key: VerifyKey | None = None,
    checkpoint: bytes | None = None,
    held: Sequence[bytes] = (),
    trust: Trust | None = None,
) -> BundleReport:
    """Check a bundle against itself and against what is known from another source.

    Args:
        key: The public key of one of its logs.
        checkpoint: A checkpoint of one of its logs that was kept apart.
        held: Further ones.
        trust: Certificates of time authorities and keys of witnesses.

    Never raises for what is in the folder: whatever is wrong becomes a failure in the report.
    """
    docket = Docket()
    keys = () if key is None else (key,)
    every = (*(() if checkpoint is None else (checkpoint,)), *held)
    asked = _Asked(keys, every, trust or Trust())
    if directory.is_symlink():
        docket.fail(1, Reason.NOT_A_FILE, shown(directory.name), None, "a link; verify what it leads to")
        return _report(None, [], docket)
    lists = read_lists(directory, docket)
    if lists is None:
        return _report(None, [], docket)
    check_statement(lists, docket)
    logs = [LogCheck(lists, number, entry, docket) for number, entry in enumerate(lists.logs, 1)]
    _check_logs(logs, asked, docket)
    check_held(logs, asked.held, docket)
    weighed = [(log, check_statements(log, asked.trust)) for log in logs]
    check_erasures(logs, docket)
    _describe(lists, weighed, docket)
    if not asked.keys and not asked.held:
        docket.warnings.append(NOTHING_HELD)
    own = sha256(STANDALONE_FILE.read_bytes()).hexdigest()
    if lists.manifest.get(layout.STANDALONE) != own:
        docket.warnings.append(OTHER_STANDALONE)
    return _report(lists, weighed, docket)


def _check_logs(logs: Sequence[LogCheck], asked: _Asked, docket: Docket) -> None:
    for log in logs:
        given = [key for key in asked.keys if key.name == log.entry.origin]
        log.identify(given[0] if given else None)
        log.check_proofs()
        log.check_opened()
        log.check_earlier()
    origins = {log.entry.origin for log in logs}
    for key in asked.keys:
        if key.name not in origins:
            docket.fail(5, Reason.KEY_DIFFERS, GIVEN_KEY, None, "of none of these logs")


def _describe(lists: Lists, weighed: Sequence[tuple[LogCheck, Assurance | None]], docket: Docket) -> None:
    logs = lists.logs
    opened = sum(len(log.opened) for log in logs)
    docket.details |= {
        5: f"{len(logs)} keys",
        6: ", ".join(f"{log.name}: {log.size} exhibits" for log in logs),
        7: f"{sum(len(log.chosen) for log in logs)} exhibits",
        8: f"{opened} opened, {sum(len(log.keyed) for log in logs)} of them with a key",
        9: f"{sum(len(log.earlier) for log in logs)} earlier sizes",
        11: f"{sum(len(a.tokens) for _, a in weighed if a)} tokens",
        12: f"{sum(len(a.cosignatures) for _, a in weighed if a)} cosignatures",
    }
    for log, assurance in weighed:
        if assurance is not None:
            docket.sentences += [f"{log.entry.name}: {sentence}" for sentence in assurance.sentences]


def _report(
    lists: Lists | None, weighed: Sequence[tuple[LogCheck, Assurance | None]], docket: Docket
) -> BundleReport:
    return BundleReport(
        lists.info.case if lists else "",
        lists.info.filter if lists else "",
        tuple(_summary(log, assurance) for log, assurance in weighed),
        docket.checks(),
        docket.failures(),
        docket.total,
        tuple(docket.warnings),
        tuple(docket.sentences),
    )


def _summary(log: LogCheck, assurance: Assurance | None) -> LogSummary:
    entry = log.entry
    return LogSummary(
        entry.name,
        entry.origin,
        entry.size,
        entry.root.hex(),
        len(entry.chosen),
        len(entry.opened),
        len(entry.erased),
        assurance.published if assurance else 0,
    )
