# SPDX-License-Identifier: Apache-2.0
"""What verification found: numbered checks, failures, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from swarmwitness.evidence.failure import Reason, VerificationError

if TYPE_CHECKING:  # it puts what it finds here, and so imports this file
    from swarmwitness.evidence.time.assurance import Assurance

MAX_FAILURES = 1000
"""Failures listed; the rest is counted. Damage can be everywhere, a report must end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as it was sealed.

    Attributes:
        reason: Enumerated, stable.
        file: Path below the evidence folder.
        exhibit: Index in the log, from 0, where one exhibit is meant.
        detail: More, for people.
    """

    reason: Reason
    file: str
    exhibit: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One station of the corridor.

    Attributes:
        number: From 1; the number of a check never changes its meaning.
        title: What is asked.
        passed: Whether it holds; False also where an earlier failure kept it from being asked.
        detail: What was found.
    """

    number: int
    title: str
    passed: bool
    detail: str


def told(checks: Sequence[Check], failures: Sequence[Failure], failures_total: int) -> dict[str, object]:
    """Plain values of what a verifier asked and found, for `--json`."""
    return {
        "checks": [
            {"number": c.number, "title": c.title, "passed": c.passed, "detail": c.detail} for c in checks
        ],
        "failures": [
            {"reason": f.reason.value, "file": f.file, "exhibit": f.exhibit, "detail": f.detail}
            for f in failures
        ],
        "failures_total": failures_total,
    }


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of `verify`.

    Attributes:
        origin: The log's name; empty if it could not be read.
        size: Exhibits that the checkpoint covers; -1 if it could not be read.
        root: Root hash in hexadecimal; empty if it could not be read.
        unsealed: Whole exhibits behind the checkpoint, which nothing protects yet.
        checks: All of them, in order.
        failures: At most `MAX_FAILURES`.
        failures_total: All of them.
        warnings: Sentences for people; no failure.
        erased: Sealed exhibits whose content was erased; their commitments stand.
        encrypted: Sealed exhibits that are envelopes; their bytes are verified, their text needs the key.
        assurance: What may be said of the exhibits' time; None where it was not asked.
    """

    origin: str
    size: int
    root: str
    unsealed: int
    checks: tuple[Check, ...]
    failures: tuple[Failure, ...]
    failures_total: int
    warnings: tuple[str, ...]
    erased: int = 0
    encrypted: int = 0
    assurance: Assurance | None = None

    @property
    def ok(self) -> bool:
        """Whether every check passed."""
        return not self.failures_total and all(check.passed for check in self.checks)

    def raise_for_failure(self) -> None:
        """Raise the first failure as a VerificationError, if there is one."""
        for failure in self.failures:
            raise VerificationError(failure.reason, failure.exhibit, failure.file, failure.detail)

    def to_json(self) -> dict[str, object]:
        """Plain values for `--json`."""
        return {
            "ok": self.ok,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "unsealed": self.unsealed,
            "erased": self.erased,
            "encrypted": self.encrypted,
            **told(self.checks, self.failures, self.failures_total),
            "warnings": list(self.warnings),
            "assurance": self.assurance.to_json() if self.assurance else None,
        }


@dataclass(slots=True)
class Findings:
    """Where the checks put what they find."""

    failures: list[Failure] = field(default_factory=list)
    total: int = 0
    warnings: list[str] = field(default_factory=list)

    def fail(self, reason: Reason, file: str, exhibit: int | None = None, detail: str = "") -> None:
        """Note one failure."""
        self.total += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(Failure(reason, file, exhibit, detail))

    def take(self, error: VerificationError) -> None:
        """Note a failure that was raised."""
        self.fail(error.reason, error.file, error.exhibit_number, error.why)
