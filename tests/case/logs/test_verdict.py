# SPDX-License-Identifier: Apache-2.0
"""One verdict over several logs: as good as the worst of them."""

from __future__ import annotations

import pytest

from swarmwitness.case.logs.verdict import (
    CaseVerdict,
    LogVerdict,
    missing,
    with_check,
    with_failures,
    with_warnings,
)
from swarmwitness.evidence import VerificationError, VerifyReport
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.verdict import MAX_FAILURES, Check, Failure

GOOD = VerifyReport("o", 5, "ab", 0, (Check(3, "held", True, "5"),), (), 0, ())
FAILURE = Failure(Reason.FORKED, "checkpoint", 4, "why")
BAD = with_failures(GOOD, 3, (FAILURE,))


def test_all_must_pass() -> None:
    good, bad = LogVerdict("evidence", GOOD), LogVerdict("custody", BAD)
    assert CaseVerdict((good,)).ok
    assert not CaseVerdict((good, bad)).ok
    assert not CaseVerdict((good,), (missing("custody", "gone"),)).ok
    assert not CaseVerdict(()).ok, "nothing verified is not verified"


def test_failures_are_named_by_their_place_in_the_case() -> None:
    verdict = CaseVerdict((LogVerdict("vantages/oslo", BAD),), (missing("custody", "gone"),), ("beware",))
    assert [(f.file, f.exhibit) for f in verdict.failures] == [
        ("custody", None),
        ("vantages/oslo/checkpoint", 4),
    ]
    assert verdict.failures_total == 2
    with pytest.raises(VerificationError, match="custody: missing_file"):
        verdict.raise_for_failure()
    told = verdict.to_json()
    assert told["ok"] is False
    assert told["failures"] == [
        {"reason": "missing_file", "file": "custody", "exhibit": None, "detail": "gone"},
        {"reason": "forked", "file": "vantages/oslo/checkpoint", "exhibit": 4, "detail": "why"},
    ]
    assert told["logs"] == [{"name": "vantages/oslo", **BAD.to_json()}]
    assert told["warnings"] == ["beware"]
    assert verdict.of("vantages/oslo") == BAD
    assert verdict.of("evidence") is None


def test_a_failure_fails_its_check() -> None:
    assert not BAD.ok
    assert not BAD.checks[0].passed
    assert with_failures(GOOD, 3, ()) is GOOD
    many = with_failures(GOOD, 3, (FAILURE,) * (MAX_FAILURES + 5))
    assert (len(many.failures), many.failures_total) == (MAX_FAILURES, MAX_FAILURES + 5)


def test_checks_stay_in_their_order() -> None:
    more = with_check(with_check(GOOD, Check(12, "holds", True, "")), Check(1, "key", True, ""))
    assert [check.number for check in more.checks] == [1, 3, 12]
    again = with_check(more, Check(12, "holds", False, "not asked"))
    assert [check.passed for check in again.checks] == [True, True, False]
    assert with_warnings(GOOD, "a", "b").warnings == ("a", "b")
