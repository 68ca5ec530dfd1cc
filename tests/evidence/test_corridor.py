# SPDX-License-Identifier: Apache-2.0
"""Every reason has its check; a check that was not asked is not passed."""

from __future__ import annotations

from swarmwitness.evidence.corridor import TITLES, judge
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import Findings

ASKED = dict.fromkeys(TITLES, "asked")


def failed(reason: Reason) -> list[int]:
    findings = Findings()
    findings.fail(reason, "somewhere")
    return [check.number for check in judge(findings, ASKED) if not check.passed]


def test_without_a_failure_what_was_asked_is_passed() -> None:
    assert all(check.passed for check in judge(Findings(), ASKED))
    checks = judge(Findings(), {1: "asked"})
    assert [check.number for check in checks if check.passed] == [1]
    assert {check.detail for check in checks if not check.passed} == {"not asked"}
    assert [check.number for check in checks] == list(TITLES) == list(range(1, len(TITLES) + 1))


def test_every_reason_keeps_some_check_from_being_passed() -> None:
    for reason in Reason:
        assert failed(reason), reason


def test_a_frame_that_is_not_whole_keeps_the_checks_over_all_from_being_passed() -> None:
    assert failed(Reason.FRAME_CHECK) == [4, 6, 7]
    assert failed(Reason.RECORD_MALFORMED) == [5, 6, 7]
    assert failed(Reason.COMMITMENT) == [6]
    assert failed(Reason.ERASED_UNANNOUNCED) == [9]
    assert failed(Reason.UNEXPECTED_FILE) == [8]
