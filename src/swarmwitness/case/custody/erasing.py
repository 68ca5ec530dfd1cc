# SPDX-License-Identifier: Apache-2.0
"""`custody erase`: remove the content of whole connections from our own evidence, by an announced act.

Theory of operation: the custody log is opened first, so nobody can lay a hold meanwhile, then the
evidence log, so nothing is recorded. The asking is sealed in custody/ before anything happens. The act
`erased` goes into the evidence log itself, which then blanks the frames; a mirror act `erasure` in
custody/ says where it stands and what came of it. A process that is killed in between leaves an
announcement, which the next erasure or retention carries out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.case import home
from swarmwitness.case.custody.acts import CaseActs, open_log, reason
from swarmwitness.case.custody.holding import frozen, refuse_held, together
from swarmwitness.case.custody.scope import Scope, select
from swarmwitness.case.files import read_regular
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence import EvidenceLog
from swarmwitness.evidence import verify as verify_log
from swarmwitness.evidence.erasure import announced, erased_frames
from swarmwitness.evidence.note import MAX_NOTE
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

ELSEWHERE = "logs of other vantages are read only: erase where they were made, then take them in anew"


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure that is over, or (`act` None) that would be.

    Attributes:
        reference: `log:ORIGIN/INDEX` of the act `erased`; "" = nothing was erased.
        exhibits: Erased now.
        ranges: Which, as the act says.
        held: Left because a hold freezes them.
        elsewhere: By name of the log, exhibits of other vantages that are meant too and were left.
    """

    reference: str
    exhibits: int
    ranges: str
    scope: str
    held: int
    elsewhere: dict[str, int]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "act": self.reference or None,
            "exhibits": self.exhibits,
            "ranges": self.ranges,
            "scope": self.scope,
            "held": self.held,
            "elsewhere": self.elsewhere,
        }


def erase(case_dir: Path, scope: Scope, *, why: str, by: str | None = None) -> Erased:
    """Erase the content of every connection that a scope touches.

    Raises:
        InputError: no reason; nothing is meant; something meant is held (the hold is named); an
            observer is at work; a key is elsewhere. Nothing was erased then.
        VerificationError: the evidence fails; what is in doubt is not erased.
    """
    stated = reason(why)
    with CaseActs(case_dir, "custody erase", by) as acts, writer(acts) as log:
        meant = select(case_dir, acts.config, scope, whole_connections=True)
        ranges, elsewhere = meant[log.origin], _elsewhere(acts.folder, meant, log.origin)
        if not ranges:
            more = f"; {ELSEWHERE}" if any(elsewhere.values()) else ""
            raise InputError(f"nothing in evidence/ is meant by: {scope.to_text()}{more}", field="scope")
        refuse_held(frozen(acts.folder, acts.config, log.origin), ranges)
        told = {"scope": scope.to_text()}
        reference, count = carry_out(acts, log, ranges, name="erase", on=told, why=stated)
        return Erased(reference, count, ranges.to_text(), scope.to_text(), 0, elsewhere)


def carry_out(
    acts: CaseActs, log: EvidenceLog, ranges: Ranges, *, name: str, on: Mapping[str, object], why: str
) -> tuple[str, int]:
    """Announce, erase, and say so: the act's reference, and how many were erased.

    Args:
        name: Of the act that asks.
        on: What the erasure rests on, as the acts tell it.
    """
    spans = ranges.to_text()
    acts.record(name, on={"log": log.origin, "ranges": spans, **on}, why=why)
    acts.seal()
    index = log.size
    announced = acts.act("erased", on={"ranges": spans, **on}, why=why, result={"exhibits": len(ranges)})
    count = log.erase(ranges, announced.to_exhibit(acts.clock.read()))
    home.keep_checkpoint(log.origin, acts.folder.evidence)
    reference = f"log:{log.origin}/{index}"
    acts.record("erasure", on={"act": reference, "ranges": spans}, why=why, result={"erased": count})
    return reference, count


def writer(acts: CaseActs) -> EvidenceLog:
    """The case's own evidence log, verified, sealed, and with every announced erasure carried out.

    Raises:
        InputError: there is none, an observer is at work, or its key is elsewhere.
        VerificationError: it fails.
    """
    directory = acts.folder.evidence
    if not directory.is_dir():
        raise InputError("holds no evidence/ of its own", file=str(acts.folder.root))
    kept = home.kept_checkpoint(directory)
    held = None if kept is None else read_regular(kept, MAX_NOTE)
    verify_log(directory, checkpoint=held).raise_for_failure()
    origin = read_checkpoint(directory).origin
    # No exhibit but an act is written here, so no content key is needed.
    log = open_log(directory, origin)
    try:
        log.seal(acts.clock.read())
        _finish(acts, log)
        home.keep_checkpoint(origin, directory)
    except BaseException:
        log.close()
        raise
    return log


def _finish(acts: CaseActs, log: EvidenceLog) -> None:
    """Carry out what was announced and then not done, unless somebody has laid a hold since."""
    directory = acts.folder.evidence
    pending = together([ranges for _, ranges in announced(directory)]) - erased_frames(directory)
    if pending:
        refuse_held(frozen(acts.folder, acts.config, log.origin), pending)
        acts.record("erasure", on={"log": log.origin}, result={"finished": log.finish_erasures()})


def _elsewhere(folder: CaseFolder, meant: Mapping[str, Ranges], own: str) -> dict[str, int]:
    names = {read_checkpoint(log.path).origin: log.name for log in folder.logs if log.observes}
    return {names[origin]: len(ranges) for origin, ranges in meant.items() if ranges and origin != own}
