# SPDX-License-Identifier: Apache-2.0
"""Retention: by the written policy, whole connections, never what is held, always stated."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.case.custody.acts import open_log, read_acts
from swarmwitness.case.custody.holding import hold
from swarmwitness.case.custody.retention import retain
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.logs.verification import verify
from swarmwitness.evidence import read
from swarmwitness.terms import InputError

LEECHER = "198.51.100.8"


@pytest.fixture
def old(observed: Any) -> Any:
    """The watch is of 2023; the policy keeps thirty days."""
    with (observed.root / "case.toml").open("a") as file:
        file.write("\n[privacy]\nretain_days = 30\n")
    return observed


def left(case: Any) -> set[int]:
    return {index for index, _ in read(case.root / "evidence")}


def test_a_dry_run_says_what_is_due_and_does_nothing(old: Any) -> None:
    before = {p: p.read_bytes() for p in old.root.rglob("*") if p.is_file()}
    told = retain(old.root, dry_run=True)
    assert told.due.ranges.to_text() == old.text("tracker", "dead", "seed", "leecher")
    assert (told.due.connections, told.due.held_connections, told.erased) == (4, 0, 0)
    assert {p: p.read_bytes() for p in old.root.rglob("*") if p.is_file()} == before


def test_old_conversations_go_what_was_watched_stays(old: Any) -> None:
    told = retain(old.root, by="Ada")
    gone = {i for name in ("tracker", "dead", "seed", "leecher") for i in old.of[name]}
    assert not gone & left(old)
    assert set(old.of["none"]) <= left(old), "torrent, target and acts"
    assert told.erased == len(gone)
    assert verify(old.root).ok
    (row,) = [row for row in read_acts(old.root) if row.act == "retain"]
    assert isinstance(row.on, dict)
    assert "30 days" in row.on["policy"]
    assert (row.on["connections"], row.on["held_connections"]) == (4, 0)
    assert row.on["ranges"] == told.due.ranges.to_text()


def test_what_is_held_is_left_and_counted(old: Any) -> None:
    hold(old.root, Scope(exhibits=(f"log:{old.origin}/{old.of['seed'][1]}",)), why="litigation")
    told = retain(old.root)
    assert (told.due.connections, told.due.held_connections) == (3, 1)
    assert told.due.held_exhibits == len(old.of["seed"])
    assert set(old.of["seed"]) <= left(old)
    assert verify(old.root).ok


def test_what_is_young_stays_and_that_nothing_was_due_is_recorded(old: Any) -> None:
    file = old.root / "case.toml"
    file.write_text(file.read_text().replace("retain_days = 30", "retain_days = 30000"))
    before = left(old)
    told = retain(old.root)
    assert not told.due.ranges
    assert left(old) == before
    (row,) = [row for row in read_acts(old.root) if row.act == "retain"]
    assert row.result == {"erased": 0}


def test_a_second_time_finds_nothing(old: Any) -> None:
    assert retain(old.root).erased > 0
    assert retain(old.root).erased == 0
    assert verify(old.root).ok


def test_without_a_policy_nothing_is_erased(observed: Any) -> None:
    for dry_run in (True, False):
        with pytest.raises(InputError, match="retain_days"):
            retain(observed.root, dry_run=dry_run)
    assert not [row for row in read_acts(observed.root) if row.act == "retain"]


def test_a_running_observer_is_left_alone(old: Any) -> None:
    with open_log(old.root / "evidence", old.origin), pytest.raises(InputError, match="another process"):
        retain(old.root)
