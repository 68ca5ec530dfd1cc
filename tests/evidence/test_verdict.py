# SPDX-License-Identifier: Apache-2.0
"""Reports: what is full still counts, and a report says no when it could not ask."""

from __future__ import annotations

import json

import pytest

from swarmwitness.evidence import VerificationError, VerifyReport
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import MAX_FAILURES, Check, Failure, Findings


def report(*checks: Check, failures: tuple[Failure, ...] = ()) -> VerifyReport:
    return VerifyReport("o", 1, "00", 0, checks, failures, len(failures), ())


def test_more_failures_than_a_report_lists_are_counted() -> None:
    findings = Findings()
    for number in range(MAX_FAILURES + 5):
        findings.fail(Reason.TILE_DIFFERS, "f", number)
    findings.take(VerificationError(Reason.MISSING_FILE, None, "g", "why"))
    assert (len(findings.failures), findings.total) == (MAX_FAILURES, MAX_FAILURES + 6)


def test_a_check_that_was_not_asked_is_not_passed() -> None:
    assert report(Check(1, "t", True, "")).ok
    assert not report(Check(1, "t", True, ""), Check(2, "t", False, "not asked")).ok


def test_the_first_failure_is_raised_and_all_are_plain_values() -> None:
    failed = report(Check(1, "t", False, "d"), failures=(Failure(Reason.COMMITMENT, "f", 3, "why"),))
    with pytest.raises(VerificationError, match="f, exhibit 3: commitment"):
        failed.raise_for_failure()
    plain = json.loads(json.dumps(failed.to_json()))
    assert plain["failures"] == [{"reason": "commitment", "file": "f", "exhibit": 3, "detail": "why"}]
    assert plain["checks"] == [{"number": 1, "title": "t", "passed": False, "detail": "d"}]
    assert plain["ok"] is False
