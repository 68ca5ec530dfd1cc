# SPDX-License-Identifier: Apache-2.0
"""A vantage's log leaves the case by an act, and not while a hold freezes what it holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import CaseActs
from swarmwitness.case.custody.dropping import drop
from swarmwitness.case.custody.holding import hold, release
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.logs import vantages
from swarmwitness.case.logs.stated import DROPPED, stated_vantages, vantage_on
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError

ORIGIN = "far.example/oslo"


@pytest.fixture
def case(tmp_path: Path, watched_log: Callable[..., Any]) -> Path:
    root = create(tmp_path / "case", name="case", synthetic=True).root
    watched_log(tmp_path / "oslo", ORIGIN)
    vantages.take_in(root, [tmp_path / "oslo"])
    return root


def oslo(case: Path) -> Path:
    (folder,) = (case / "vantages").iterdir()
    return folder


@pytest.mark.parametrize("spelling", ["place", "name", "origin"])
def test_it_leaves_by_an_act(case: Path, spelling: str) -> None:
    name = oslo(case).name
    spelled = {"place": f"vantages/{name}", "name": name, "origin": ORIGIN}[spelling]
    dropped = drop(case, spelled, why="sent by mistake", by="A")
    assert dropped.to_json()["origin"] == ORIGIN
    assert list((case / "vantages").iterdir()) == []
    assert stated_vantages(case / "custody") == {}
    verdict = verify(case)
    assert verdict.ok
    assert [log.name for log in verdict.logs] == ["evidence", "custody"]


def test_what_is_held_stays(case: Path) -> None:
    exhibits = Scope(exhibits=(f"log:{ORIGIN}/6",))
    laid = hold(case, exhibits, why="litigation", by="A")
    with pytest.raises(InputError, match=laid.hold):
        drop(case, ORIGIN, why="because", by="A")
    assert verify(case).ok
    assert oslo(case).is_dir()
    release(case, laid.hold, why="over", by="A")
    drop(case, ORIGIN, why="because", by="A")
    assert verify(case).ok


def test_dropped_by_other_means_while_it_was_held(case: Path) -> None:
    on = {"hold": "H", "scope": "all", "logs": {ORIGIN: {"size": 2, "ranges": "5-9"}}}
    with CaseActs(case, "custody hold", "A") as acts:
        acts.record("hold", on=on, why="litigation")
        acts.record(DROPPED, on=vantage_on(oslo(case).name, read_checkpoint(oslo(case)), "vkey"))
    name = f"vantages/{oslo(case).name}"
    shutil.rmtree(oslo(case))
    (failure,) = verify(case).failures
    assert (failure.reason.value, failure.file) == ("erased_under_hold", name)
    assert "H froze 5-9" in failure.detail


def test_reason_and_name_are_asked_for(case: Path) -> None:
    with pytest.raises(InputError, match="reason"):
        drop(case, ORIGIN, why=" ", by="A")
    with pytest.raises(InputError, match=f"there are: vantages/{oslo(case).name}"):
        drop(case, "rome", why="because", by="A")
