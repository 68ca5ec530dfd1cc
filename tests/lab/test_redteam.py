# SPDX-License-Identifier: Apache-2.0
"""All enemies at once: the observer stays up, records each oddity, takes little, still proves the seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.actors.hostilepeer import CALLERS, MANNERS
from swarmwitness.lab.redteam import SHOWS, enemies_of, run
from swarmwitness.lab.stage import Stage, find_stage
from swarmwitness.terms import Rung

PEAK_MIB = 400
LOG_BYTES = 200 << 20
ODD_DATAGRAMS = ("dht_unasked_answer", "dht_malformed", "dht_query", "strays")
"""Of floods and lies that come uncalled."""


def test_every_enemy_has_a_place_and_is_to_be_shown() -> None:
    enemies = enemies_of(Stage((), "127.18"))
    assert {enemy.manner for enemy in enemies} == MANNERS.keys() | CALLERS.keys()
    assert len({enemy.at for enemy in enemies}) == len(enemies)
    assert MANNERS.keys() <= SHOWS.keys()


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not find_stage().private:
        pytest.skip("needs a namespace of its own")
    folder: Path = tmp_path_factory.mktemp("red")
    return run(folder)


@pytest.mark.lab
@pytest.mark.slow
def test_the_observer_stays_up_and_its_log_verifies(besieged: dict[str, Any]) -> None:
    assert (besieged["ended"], besieged["faults"], besieged["complaints"]) == ("deadline", 0, "")
    assert besieged["verified"], besieged["failures"]


@pytest.mark.lab
@pytest.mark.slow
def test_memory_and_disk_are_bounded(besieged: dict[str, Any]) -> None:
    assert besieged["rss_peak_mib"] < PEAK_MIB
    assert besieged["bytes"] < LOG_BYTES


@pytest.mark.lab
@pytest.mark.slow
def test_every_oddity_is_on_record(besieged: dict[str, Any]) -> None:
    assert besieged["unshown"] == []
    assert all(besieged["replay_oddities"].get(kind) for kind in ODD_DATAGRAMS)
    assert besieged["polls"].keys() >= {"malformed", "denied", "too_long", "redirect_loop", "timeout"}


@pytest.mark.lab
@pytest.mark.slow
def test_the_honest_seed_is_proved_and_no_victim_is_met(besieged: dict[str, Any]) -> None:
    assert besieged["seed_rung"] >= Rung.PIECE
    assert besieged["victims_rung"] == Rung.LISTED
    assert max(besieged["enemies_rung"].values()) <= Rung.BLOCK
