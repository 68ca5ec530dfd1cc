# SPDX-License-Identifier: Apache-2.0
"""What verification says of a whole case: each log's report, and one verdict over all."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace

from swarmwitness.evidence import VerificationError, VerifyReport
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import MAX_FAILURES, Check, Failure


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """One log of the case.

    Attributes:
        name: Where it lies in the case: `evidence`, `custody`, `vantages/NAME`; a log that lies in no
            case is called by its folder.
    """

    name: str
    report: VerifyReport


@dataclass(frozen=True, slots=True)
class CaseVerdict:
    """The result of `verify` on a case.

    Attributes:
        logs: In the order of `CaseFolder.logs`.
        own_failures: What fails and is no one log's: a log that is gone, a checkpoint that fits none.
            `file` is a path in the case, or the name of what was given.
        warnings: Sentences for people about the case; those about a log are in its report.
    """

    logs: tuple[LogVerdict, ...]
    own_failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every check of every log passed, and the logs are those of the case."""
        return not self.own_failures and bool(self.logs) and all(log.report.ok for log in self.logs)

    @property
    def failures_total(self) -> int:
        """Failures of all logs and of the case."""
        return len(self.own_failures) + sum(log.report.failures_total for log in self.logs)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Those of the case first; the file of a log's failure is its path in the case."""
        within = (
            replace(failure, file=_placed(log.name, failure.file))
            for log in self.logs
            for failure in log.report.failures
        )
        return (*self.own_failures, *within)

    def of(self, name: str) -> VerifyReport | None:
        """The report of the log of this name."""
        return next((log.report for log in self.logs if log.name == name), None)

    def raise_for_failure(self) -> None:
        """Raise the first failure as a VerificationError, if there is one."""
        for failure in self.failures:
            raise VerificationError(failure.reason, failure.exhibit, failure.file, failure.detail)

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return {
            "ok": self.ok,
            # Each log's own stand in its report too, with files named below its folder.
            "failures": [
                {"reason": f.reason.value, "file": f.file, "exhibit": f.exhibit, "detail": f.detail}
                for f in self.failures
            ],
            "failures_total": self.failures_total,
            "logs": [{"name": log.name, **log.report.to_json()} for log in self.logs],
            "warnings": list(self.warnings),
        }


def with_check(report: VerifyReport, check: Check) -> VerifyReport:
    """The report with one more check, or with another result for a check that it has."""
    others = tuple(each for each in report.checks if each.number != check.number)
    checks = tuple(sorted((*others, check), key=lambda each: each.number))
    return replace(report, checks=checks)


def with_failures(report: VerifyReport, check: int, failures: tuple[Failure, ...]) -> VerifyReport:
    """The report with more failures, which a check of it found."""
    if not failures:
        return report
    checks = tuple(replace(each, passed=False) if each.number == check else each for each in report.checks)
    return replace(
        report,
        checks=checks,
        failures=(*report.failures, *failures)[:MAX_FAILURES],
        failures_total=report.failures_total + len(failures),
    )


def with_warnings(report: VerifyReport, *warnings: str) -> VerifyReport:
    """The report with more warnings."""
    return replace(report, warnings=(*report.warnings, *warnings))


def missing(name: str, why: str) -> Failure:
    """A log that the case is known to have had."""
    return Failure(Reason.MISSING_FILE, name, None, why)


def _placed(log: str, file: str) -> str:
    return posixpath.normpath(f"{log}/{file}") if file else log
