# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from swarmwitness.case.verification import verify as verify_case
from swarmwitness.cli import show
from swarmwitness.evidence import VerifyReport


def verify(
    case: Path,
    /,
    *,
    key: Annotated[Path | None, Parameter(help="The log's public key (vkey) from another source.")] = None,
    checkpoint: Annotated[Path | None, Parameter(help="A checkpoint held elsewhere.")] = None,
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
    report = verify_case(case, key=key, checkpoint=checkpoint)
    if json:
        show.print_json(report.to_json())
    else:
        _print(report)
    return 0 if report.ok else 1


def _print(report: VerifyReport) -> None:
    for check in report.checks:
        show.say(f"{'ok  ' if check.passed else 'FAIL'} {check.number:>2}. {check.title}: {check.detail}")
    for failure in report.failures:
        exhibit = "" if failure.exhibit is None else f", exhibit {failure.exhibit}"
        detail = f": {failure.detail}" if failure.detail else ""
        show.say(f"FAIL {failure.reason.value}: {failure.file}{exhibit}{detail}")
    for warning in report.warnings:
        show.say(f"note {warning}")
    show.say("verified" if report.ok else "NOT verified")
