# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.verdict import CaseVerdict, LogVerdict
from swarmwitness.case.verification import verify as verify_case
from swarmwitness.cli import show
from swarmwitness.evidence.verdict import Failure


def verify(
    case: Path,
    /,
    *,
    key: Annotated[Path | None, Parameter(help="The log's public key (vkey) from another source.")] = None,
    checkpoint: Annotated[
        tuple[Path, ...],
        Parameter(help="A checkpoint held elsewhere; may be given for each log.", consume_multiple=False),
    ] = (),
    json: Annotated[bool, Parameter(negative="", help="Print JSON.")] = False,
) -> int:
    """Check sealed evidence; name the file and the exhibit that fails.

    Exit status 0: every check passed; 1: one failed.

    **Examples**

        swarmwitness verify studio
        swarmwitness verify studio --checkpoint held-by-the-notary.checkpoint

    Parameters
    ----------
    case
        A case folder, or an evidence folder itself.
    """
    verdict = verify_case(case, key=key, checkpoints=checkpoint)
    if json:
        show.print_json(verdict.to_json())
    else:
        _print(verdict)
    return 0 if verdict.ok else 1


def _print(verdict: CaseVerdict) -> None:
    for log in verdict.logs:
        _print_log(log)
    for failure in verdict.own_failures:
        _print_failure(failure)
    for warning in verdict.warnings:
        show.say(f"note {warning}")
    show.say("verified" if verdict.ok else "NOT verified")


def _print_log(log: LogVerdict) -> None:
    show.say(f"{log.name}: {log.report.origin or 'a log that does not say which'}")
    for check in log.report.checks:
        show.say(f"{'ok  ' if check.passed else 'FAIL'} {check.number:>2}. {check.title}: {check.detail}")
    for failure in log.report.failures:
        _print_failure(failure)
    for warning in log.report.warnings:
        show.say(f"note {warning}")


def _print_failure(failure: Failure) -> None:
    exhibit = "" if failure.exhibit is None else f", exhibit {failure.exhibit}"
    detail = f": {failure.detail}" if failure.detail else ""
    show.say(f"FAIL {failure.reason.value}: {failure.file}{exhibit}{detail}")
