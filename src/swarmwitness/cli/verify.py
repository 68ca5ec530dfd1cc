# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness verify`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.logs.handedover import is_bundle, trust_of, verify_handed_over
from swarmwitness.case.logs.verdict import CaseVerdict, LogVerdict
from swarmwitness.case.logs.verification import verify as verify_case
from swarmwitness.cli import show
from swarmwitness.cli.reasons import sentence
from swarmwitness.evidence import VerifyReport
from swarmwitness.evidence.bundle import BundleReport
from swarmwitness.evidence.time import Trust
from swarmwitness.evidence.verdict import Check, Failure


def verify(
    case: Path,
    /,
    *,
    key: Annotated[Path | None, Parameter(help="A log's public key (vkey) from another source.")] = None,
    checkpoint: Annotated[
        tuple[Path, ...],
        Parameter(negative="", help="A checkpoint held elsewhere; once for each that you hold."),
    ] = (),
    roots: Annotated[
        Path | None, Parameter(help="Root certificates of the time authority from another source (PEM).")
    ] = None,
    witness: Annotated[
        tuple[str, ...],
        Parameter(negative="", help="A witness's key (vkey text) from another source; repeatable."),
    ] = (),
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Check sealed evidence; name the file and the exhibit that fails.

    Every log of a case is checked: what our vantage saw, what people did, what other vantages saw. A key
    or checkpoint is compared with the log that it names. Exit status 0: every check passed; 1: one failed.

    **Examples**

        swarmwitness verify studio
        swarmwitness verify studio --checkpoint held-by-the-notary.checkpoint
        swarmwitness verify bundle --roots authority.pem --json

    Parameters
    ----------
    case
        A case folder, a bundle, the output folder of a run, or the folder of a sealed log.
    """
    trust = trust_of(roots, witness)
    verdict: CaseVerdict | BundleReport
    if is_bundle(case):
        verdict = verify_handed_over(case, key=key, checkpoints=checkpoint, trust=trust)
    else:
        verdict = _case(case, key, checkpoint, trust)
    if json:
        show.print_json(verdict.to_json())
    elif isinstance(verdict, BundleReport):
        _print_bundle(verdict)
    else:
        _print_case(verdict)
    return 0 if verdict.ok else 1


def _case(case: Path, key: Path | None, checkpoints: Sequence[Path], trust: Trust) -> CaseVerdict:
    with show.progress() as bar:
        task = bar.add_task("verify", total=None, detail="")
        return verify_case(
            case,
            key=key,
            checkpoints=checkpoints,
            trust=trust,
            on_progress=lambda name, passed: bar.update(
                task, description=name, detail=f"{passed:,} exhibits"
            ),
        )


def _print_case(verdict: CaseVerdict) -> None:
    for log in verdict.logs:
        _print_log(log)
    _print_failures(verdict.own_failures)
    _print_notes(verdict.warnings)
    _conclude(verdict.ok)


def _print_log(log: LogVerdict) -> None:
    report = log.report
    show.say(f"{log.name}: {report.origin or 'a log that does not say which it is'}")
    _print_checks(report.checks)
    _print_failures(report.failures)
    if report.failures_total > len(report.failures):
        show.say(f"FAIL and {report.failures_total - len(report.failures):,} more failures")
    for told in report.assurance.sentences if report.assurance else ():
        show.say(f"time {told}")
    _print_notes(report.warnings)
    if report.size >= 0:
        show.say(f"     {counts(report)}")
    show.say("")


def counts(report: VerifyReport) -> str:
    """How many exhibits are in which state; an exhibit that is published is sealed as well."""
    published = report.assurance.published if report.assurance else 0
    told = [
        f"{published:,} published (a time authority vouches for them)",
        f"{report.size - published:,} sealed only",
        f"{report.unsealed:,} durable, not sealed yet",
        f"{report.erased:,} erased",
        f"{report.encrypted:,} encrypted",
    ]
    return f"exhibits: {'; '.join(told)}"


def _print_bundle(report: BundleReport) -> None:
    show.say(f"bundle of {report.case or 'a case that it does not name'}: {report.filter}")
    _print_checks(report.checks)
    _print_failures(report.failures)
    for told in report.sentences:
        show.say(f"time {told}")
    _print_notes(report.warnings)
    for log in report.logs:
        show.say(
            f"     {log.name}: {log.origin}; {log.size:,} exhibits, {log.chosen:,} of them here,"
            f" {log.opened:,} opened, {log.erased:,} erased; {log.published:,} of all published"
        )
    _conclude(report.ok)


def _print_checks(checks: Iterable[Check]) -> None:
    for check in checks:
        show.say(f"{'ok  ' if check.passed else 'FAIL'} {check.number:>2}. {check.title}: {check.detail}")


def _print_failures(failures: Iterable[Failure]) -> None:
    """The reason as scripts know it, where, and what it means; the meaning once for each reason."""
    meant = set()
    for failure in failures:
        exhibit = "" if failure.exhibit is None else f", exhibit {failure.exhibit}"
        detail = f": {failure.detail}" if failure.detail else ""
        show.say(f"FAIL {failure.reason.value}: {failure.file}{exhibit}{detail}")
        if failure.reason not in meant:
            show.say(f"     {sentence(failure.reason)}")
            meant.add(failure.reason)


def _print_notes(warnings: Iterable[str]) -> None:
    for warning in warnings:
        show.say(f"note {warning}")


def _conclude(ok: bool) -> None:
    show.say("verified" if ok else "NOT verified")
