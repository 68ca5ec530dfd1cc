# SPDX-License-Identifier: Apache-2.0
"""A log reads as verified only if checks were made and all of them passed."""

from __future__ import annotations

from types import SimpleNamespace

from swarmwitness.report import CheckRow


def test_a_log_is_verified_only_if_checks_were_made_and_passed(exported: SimpleNamespace) -> None:
    assert exported.log().verified
    assert not exported.log(checks=()).verified
    assert not exported.log(checks=(CheckRow("a", "b", False),)).verified
    assert not exported.log(failures=("frame_check: segments/0.seg",)).verified


def test_acts_are_found_by_name_in_their_order(exported: SimpleNamespace) -> None:
    assert [line.act for line in exported.full().named("erased", "hold")] == ["hold", "erased"]
