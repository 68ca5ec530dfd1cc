# SPDX-License-Identifier: Apache-2.0
"""An observer is killed where it was aimed at, and what it had promised is there."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from swarmwitness.case.create import create
from swarmwitness.lab.remains import look
from swarmwitness.lab.stopped import verified
from swarmwitness.lab.victim import AIMS, SPREAD_S, Victim
from swarmwitness.wire import bencode

pytestmark = [pytest.mark.lab, pytest.mark.slow]

INFO = {b"length": 4, b"name": b"work.bin", b"piece length": 16384, b"pieces": bytes(20)}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A swarm in which nobody is, whose tracker refuses at once."""
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    root = create(tmp_path / "case", name="case", synthetic=True).root
    torrent = {b"announce": b"http://127.0.0.1:9/announce", b"info": INFO}
    (root / "torrents" / "work.torrent").write_bytes(bencode.encode(torrent))
    return root


def test_every_aim_has_its_spread() -> None:
    assert {*AIMS, "roll"} == set(SPREAD_S)


@pytest.mark.parametrize(("aim", "rows"), [("first write", False), ("seal", True)])
def test_it_is_killed_where_it_was_aimed_at(case: Path, tmp_path: Path, aim: str, rows: bool) -> None:
    before = look(case / "evidence")
    victim = Victim(case, tmp_path / "run", rows=rows)
    assert victim.kill(aim, random.Random(1)) > 0
    now = look(case / "evidence")
    assert list(victim.faults()) == []
    assert now.durable >= victim.promised >= before.durable
    assert before.lost_in(now) == 0
    assert verified(case)


def test_one_that_ends_by_itself_is_a_fault(case: Path, tmp_path: Path) -> None:
    (case / "torrents" / "work.torrent").unlink()
    victim = Victim(case, tmp_path / "run", rows=False)
    victim.kill("first write", random.Random(1))
    (fault,) = victim.faults()
    assert fault.startswith("it ended by itself with status 2: ")
    assert "names no torrent" in fault
