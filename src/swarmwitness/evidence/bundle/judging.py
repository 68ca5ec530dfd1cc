# SPDX-License-Identifier: Apache-2.0
"""Checks 10 to 13: what is held elsewhere, what others said of the logs, what was erased."""

from __future__ import annotations

from collections.abc import Sequence

from swarmwitness.evidence.announcement import ERASED_ACT, Announcement
from swarmwitness.evidence.bundle import layout
from swarmwitness.evidence.bundle.layout import exhibit_path
from swarmwitness.evidence.bundle.logcheck import LogCheck
from swarmwitness.evidence.bundle.report import Docket
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody.holds import broken_holds
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.statement import STATEMENT_KINDS, Statement
from swarmwitness.evidence.time.assurance import Assurance, Trust, weigh
from swarmwitness.evidence.verdict import Findings
from swarmwitness.evidence.verify import HELD
from swarmwitness.terms import Instant, MalformedMessage

_CHECK_OF_KIND = {"time": 11, "witness": 12}
NO_CUSTODY = "no log named custody is here: what people did on the case, legal holds among it, can't be seen"
_SEALED_ACT = b'{"act":"log-sealed",'


def check_held(logs: Sequence[LogCheck], held: Sequence[bytes], docket: Docket) -> None:
    """Check 10, for each checkpoint that the verifier was given."""
    docket.details[10] = f"{len(held)} given" if held else "none was given"
    for raw in held:
        try:
            checkpoint = Checkpoint.from_wire(raw)
        except MalformedMessage as error:
            docket.fail(10, Reason.CHECKPOINT_FOREIGN, HELD, None, error.why)
            continue
        named = [log for log in logs if log.entry.origin == checkpoint.origin]
        if not named:
            docket.fail(10, Reason.CHECKPOINT_FOREIGN, HELD, None, "of none of these logs")
        elif named[0].checkpoint is None or named[0].key is None:
            docket.skip(10)
        elif not checkpoint.note.signed_by(named[0].key):
            docket.fail(10, Reason.CHECKPOINT_FOREIGN, HELD, None, "signed by another key")
        else:
            _compare(named[0], named[0].checkpoint, checkpoint)


def _compare(log: LogCheck, own: Checkpoint, held: Checkpoint) -> None:
    roots = {own.size: own.root, **dict(log.entry.earlier)}
    path = layout.log_path(log.number, "checkpoint")
    if held.size > own.size:
        log.fail(10, Reason.ROLLED_BACK, path, own.size, f"the log had {held.size} exhibits")
    elif held.size not in roots:
        why = f"the bundle shows no tree of {held.size} exhibits; ask for one that does"
        log.fail(10, Reason.NO_CONSISTENCY_PROOF, path, None, why)
    elif roots[held.size] != held.root:
        why = f"the first {held.size} exhibits are not those that were sealed"
        log.fail(10, Reason.FORKED, path, None, why)


def check_statements(log: LogCheck, trust: Trust) -> Assurance | None:
    """Checks 11 and 12 of one log."""
    if log.key is None or log.checkpoint is None:
        log.docket.skip(11, 12)
        return None
    said = [Statement(i, e.kind, e.payload) for i, e in log.plain.items() if e.kind in STATEMENT_KINDS]
    findings = Findings()
    roots = dict(log.entry.earlier)
    assurance = weigh(
        said,
        key=log.key,
        size=log.entry.size,
        root_at=lambda size: roots.get(size, b""),
        trust=trust,
        findings=findings,
        seals=_seals(log),
    )
    for found in findings.failures:
        index = found.exhibit if found.exhibit is not None else 0
        check = _CHECK_OF_KIND[log.plain[index].kind]
        log.fail(check, found.reason, exhibit_path(log.number, index, "exhibit"), index, found.detail)
    warnings = [*findings.warnings, *_without_seal(assurance)]
    log.docket.warnings += [f"{log.entry.name}: {warning}" for warning in warnings]
    return assurance


def _without_seal(assurance: Assurance) -> list[str]:
    """Tokens of which a bundle keeps back how late they were; below the first checkpoint is no such act."""
    return [
        f"exhibit {token.index}: how late the token is can't be told, since the act log-sealed in exhibit"
        f" {token.size - 1} is not here"
        for token in assurance.tokens
        if token.lateness_s is None and token.size > 1
    ]


def _seals(log: LogCheck) -> dict[int, Instant]:
    """When the log was sealed at which size, by its own clock, as far as those acts are here."""
    return {index + 1: e.at for index, e in log.plain.items() if e.payload.startswith(_SEALED_ACT)}


def check_erasures(logs: Sequence[LogCheck], docket: Docket) -> None:
    """Check 13."""
    custody = next((log for log in logs if log.entry.name == layout.CUSTODY), None)
    acts = [] if custody is None else _acts(custody)
    if custody is None:
        docket.warnings.append(NO_CUSTODY)
    for log in logs:
        announced = _announced(log)
        covered = Ranges.merged(span for _, ranges in announced for span in ranges.intervals)
        for index in log.entry.erased - covered:
            path = exhibit_path(log.number, index, "commitment")
            log.fail(13, Reason.ERASED_UNANNOUNCED, path, index)
        if log is custody and (gone := log.entry.erased & covered):
            path = exhibit_path(log.number, gone.first, "commitment")
            log.fail(13, Reason.ERASED_PLAIN, path, gone.first, "acts are never erased")
        if log is custody and len(log.entry.chosen) != log.entry.size:
            log.fail(13, Reason.CUSTODY_INCOMPLETE, layout.LOGS, None, "acts were left out")
        _check_holds(log, acts, announced)
        if readable := covered & log.entry.opened:
            text = readable.to_text()
            docket.warnings.append(f"{log.entry.name}: erasure announced, but still readable: {text}")
    docket.details[13] = f"{sum(len(log.entry.erased) for log in logs)} erased"


def _check_holds(log: LogCheck, acts: list[tuple[int, bytes]], announced: list[tuple[int, Ranges]]) -> None:
    try:
        broken = broken_holds(acts, log.entry.origin, announced)
    except MalformedMessage as error:
        log.fail(13, Reason.HOLD_MALFORMED, layout.LOGS, None, error.why)
        return
    for each in broken:
        path = exhibit_path(log.number, each.act, "exhibit")
        log.fail(13, Reason.ERASED_UNDER_HOLD, path, each.ranges.first, f"hold {each.hold}")


def _acts(log: LogCheck) -> list[tuple[int, bytes]]:
    return [(index, exhibit.payload) for index, exhibit in log.plain.items() if exhibit.kind == "act"]


def _announced(log: LogCheck) -> list[tuple[int, Ranges]]:
    """(act, what it announced as erased) of every well-formed act `erased`; malformed ones are failures."""
    found = []
    for index, exhibit in log.plain.items():
        if exhibit.kind == "act" and exhibit.payload.startswith(ERASED_ACT):
            try:
                found.append((index, Announcement.from_payload(index, exhibit.payload).ranges))
            except MalformedMessage as error:
                path = exhibit_path(log.number, index, "exhibit")
                log.fail(13, Reason.ERASURE_MALFORMED, path, index, error.why)
    return found
