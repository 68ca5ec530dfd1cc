# SPDX-License-Identifier: Apache-2.0
"""What the verification of a bundle found: numbered checks, failures in their order, warnings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.verdict import MAX_FAILURES, Check, Failure, told

TITLES: Mapping[int, str] = {
    1: "the bundle holds the files that it lists, and nothing else",
    2: "every file has the hash that is listed",
    3: "the statement is signed by the key of its log, and is about these lists",
    4: "case and filter read the same wherever they stand",
    5: "the public keys are well formed and the ones expected",
    6: "each log's checkpoint is signed by its key alone",
    7: "every exhibit is under its log's checkpoint",
    8: "what is disclosed is what was committed to, and well formed",
    9: "earlier sizes of each log are continued by its checkpoint",
    10: "the checkpoints held elsewhere are parts of these logs",
    11: "time statements are valid and about their log",
    12: "witnesses' statements are valid and about their log",
    13: "what was erased was announced, and was not held",
}


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One log of a bundle, for people.

    Attributes:
        name: Where it lay in the case.
        origin: Its name.
        size: Exhibits under its checkpoint.
        root: Root in hexadecimal.
        chosen: Exhibits that are in the bundle.
        opened: Of these, disclosed.
        erased: Of these, erased.
        published: Exhibits below a checkpoint with a valid time statement.
    """

    name: str
    origin: str
    size: int
    root: str
    chosen: int
    opened: int
    erased: int
    published: int


@dataclass(frozen=True, slots=True)
class BundleReport:
    """The result of `verify_bundle`.

    Attributes:
        case: The case's name; empty if it could not be read.
        filter: What was asked for, verbatim.
        logs: The logs of the bundle.
        checks: All of them, in order.
        failures: In the order of the checks; at most `MAX_FAILURES`.
        failures_total: All of them.
        warnings: Sentences for people; no failure.
        sentences: What may be said of time and witnesses, in plain words.
    """

    case: str
    filter: str
    logs: tuple[LogSummary, ...]
    checks: tuple[Check, ...]
    failures: tuple[Failure, ...]
    failures_total: int
    warnings: tuple[str, ...]
    sentences: tuple[str, ...]

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
            "case": self.case,
            "filter": self.filter,
            "logs": [
                {name: getattr(log, name) for name in LogSummary.__dataclass_fields__} for log in self.logs
            ],
            **told(self.checks, self.failures, self.failures_total),
            "warnings": list(self.warnings),
            "sentences": list(self.sentences),
        }


@dataclass(slots=True)
class Docket:
    """Where the checks put what they find."""

    found: dict[int, list[Failure]] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)
    skipped: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    total: int = 0

    def fail(self, check: int, reason: Reason, file: str, exhibit: int | None = None, why: str = "") -> None:
        """Note one failure under a check."""
        self.total += 1
        listed = self.found.setdefault(check, [])
        if len(listed) < MAX_FAILURES:
            listed.append(Failure(reason, file, exhibit, why))

    def take(self, check: int, error: VerificationError, file: str = "") -> None:
        """Note a failure that came as an error."""
        self.fail(check, error.reason, file or error.file, error.exhibit_number, error.why)

    def skip(self, *checks: int) -> None:
        """Note that something kept these checks from being asked of everything."""
        self.skipped.update(checks)

    def failures(self) -> tuple[Failure, ...]:
        """In the order of the checks."""
        ordered = [failure for number in sorted(self.found) for failure in self.found[number]]
        return tuple(ordered[:MAX_FAILURES])

    def checks(self) -> tuple[Check, ...]:
        """Every check, passed only if it was asked of everything and nothing was found."""
        return tuple(self._check(number, title) for number, title in TITLES.items())

    def _check(self, number: int, title: str) -> Check:
        asked = number in self.details and number not in self.skipped
        detail = self.details.get(number, "not asked")
        if number in self.details and number in self.skipped:
            detail += "; not asked of everything"
        return Check(number, title, asked and number not in self.found, detail)
