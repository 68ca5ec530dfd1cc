# SPDX-License-Identifier: Apache-2.0
"""An observer is killed where it was aimed at, and what it had promised is there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from swarmwitness.lab.remains import look
from swarmwitness.lab.stopped import verified
from swarmwitness.lab.victim import AIMS, LATEST_S, SPREAD_S, Victim

pytestmark = [pytest.mark.lab, pytest.mark.slow]


def test_every_aim_has_its_spread() -> None:
    assert {*AIMS, "roll"} == set(SPREAD_S)


@pytest.mark.parametrize(("aim", "rows"), [("first write", False), ("seal", True)])
def test_it_is_killed_where_it_was_aimed_at(lonely_case: Path, tmp_path: Path, aim: str, rows: bool) -> None:
    before = look(lonely_case / "evidence")
    victim = Victim(lonely_case, tmp_path / "run", rows=rows)
    assert 0 < victim.kill(aim, random.Random(1)) < LATEST_S
    assert victim.hit
    now = look(lonely_case / "evidence")
    assert list(victim.faults()) == []
    assert now.durable >= victim.promised >= before.durable
    assert before.lost_in(now) == 0
    assert verified(lonely_case)


def test_what_never_comes_is_no_hit(lonely_case: Path, tmp_path: Path) -> None:
    """A log of ordinary segments begins no other within seconds."""
    victim = Victim(lonely_case, tmp_path / "run", rows=False, latest_s=4.0)
    assert victim.kill("roll", random.Random(1)) >= 4.0
    assert list(victim.faults()) == []
    assert not victim.hit


def test_one_that_ends_by_itself_is_a_fault(lonely_case: Path, tmp_path: Path) -> None:
    (lonely_case / "torrents" / "work.torrent").unlink()
    victim = Victim(lonely_case, tmp_path / "run", rows=False)
    victim.kill("first write", random.Random(1))
    assert not victim.hit
    (fault,) = victim.faults()
    assert fault.startswith("it ended by itself with status 2: ")
    assert "names no torrent" in fault
