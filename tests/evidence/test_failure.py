# SPDX-License-Identifier: Apache-2.0
"""An evidence failure says what, where and which exhibit; its reasons are stable words."""

from __future__ import annotations

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.failure import Reason


def test_a_failure_names_file_and_exhibit() -> None:
    error = VerificationError(Reason.FRAME_CHECK, 17, "segments/x.seg", "at byte 5")
    assert str(error) == "segments/x.seg, exhibit 17: frame_check (at byte 5)"
    assert (error.reason, error.exhibit_number, error.file) == (Reason.FRAME_CHECK, 17, "segments/x.seg")
    assert str(VerificationError(Reason.MISSING_FILE)) == "the log: missing_file"
    assert "exhibit 0" in str(VerificationError(Reason.CREATION_ACT, 0, "f"))


def test_reasons_are_their_own_names() -> None:
    assert all(reason.value == reason.name.lower() for reason in Reason)
