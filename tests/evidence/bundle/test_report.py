# SPDX-License-Identifier: Apache-2.0
"""The report of a bundle: order, bounds, what is passed."""

from __future__ import annotations

import pytest

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.bundle.report import TITLES, BundleReport, Docket
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import MAX_FAILURES


def report_of(docket: Docket) -> BundleReport:
    return BundleReport("", "", (), docket.checks(), docket.failures(), docket.total, (), ())


def test_failures_come_in_the_order_of_the_checks() -> None:
    docket = Docket()
    docket.fail(9, Reason.CONSISTENCY, "b")
    docket.fail(2, Reason.MANIFEST_DIFFERS, "a", 4, "why")
    docket.take(9, VerificationError(Reason.PROOF_MALFORMED, None, "c"))
    report = report_of(docket)
    assert [failure.file for failure in report.failures] == ["a", "b", "c"]
    assert not report.ok
    with pytest.raises(VerificationError, match="exhibit 4: manifest_differs"):
        report.raise_for_failure()


def test_what_was_not_asked_of_everything_is_not_passed() -> None:
    docket = Docket()
    docket.details = dict.fromkeys(TITLES, "done")
    assert report_of(docket).ok
    docket.skip(7)
    report = report_of(docket)
    assert not report.ok
    assert [check.number for check in report.checks if not check.passed] == [7]
    assert report.checks[6].detail == "done; not asked of everything"
    report.raise_for_failure()


def test_a_report_ends() -> None:
    docket = Docket()
    for number in range(MAX_FAILURES + 5):
        docket.fail(1, Reason.MISSING_FILE, str(number))
    assert len(report_of(docket).failures) == MAX_FAILURES
    assert report_of(docket).failures_total == MAX_FAILURES + 5
