# SPDX-License-Identifier: Apache-2.0
"""Custody can't be put away and begun anew: evidence/ says with which log it was begun."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from swarmwitness.case.create import create
from swarmwitness.case.custody.erasing import erase
from swarmwitness.case.custody.holding import hold
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.logs.begun import begun_otherwise
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence.failure import Reason


def test_a_hold_is_not_lost_with_its_log(observed: Any, tmp_path: Path) -> None:
    hold(observed.root, Scope(works=("w1",)), why="order 5", by="Ada")
    copy = tmp_path / "copy"  # a place that this machine does not remember
    shutil.copytree(observed.root, copy)
    assert verify(copy).ok
    shutil.rmtree(copy / "custody")
    (failure,) = verify(copy).failures
    assert (failure.reason, failure.file) == (Reason.MISSING_FILE, "custody")
    create(copy, name="copy", by="Ada")
    erase(copy, Scope(works=("w1",)), why="as if nobody held it", by="Ada")
    (failure,) = verify(copy).failures
    assert (failure.reason, failure.file) == (Reason.ORIGIN_DIFFERS, "custody")
    assert "evidence/, exhibit 1" in failure.detail


def test_evidence_put_in_the_place_of_another_is_told(observed: Any, tmp_path: Path) -> None:
    other = create(tmp_path / "other", name="other", synthetic=True, by="Ada").root
    copy = tmp_path / "copy"
    shutil.copytree(observed.root, copy)
    shutil.rmtree(copy / "evidence")
    shutil.copytree(other / "evidence", copy / "evidence")
    told = {(failure.reason, failure.file) for failure in verify(copy).failures}
    assert {(Reason.ORIGIN_DIFFERS, "custody"), (Reason.ORIGIN_DIFFERS, "evidence")} <= told


def test_logs_that_were_begun_one_after_the_other(tmp_path: Path) -> None:
    root = create(tmp_path / "case", name="case", synthetic=True, by="Ada").root
    assert not list(begun_otherwise(root, {}))
    assert verify(root).ok
