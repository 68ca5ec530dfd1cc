# SPDX-License-Identifier: Apache-2.0
"""Our node among thirty real ones and among liars, on the stage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swarmwitness.lab.dht import LIES, N_LIARS, N_NODES, N_SWARMS, Scene, info_hash_of, members_of
from swarmwitness.lab.stage import find_stage

MOST_EXHIBITS = 2000


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What came out."""
    pytest.importorskip("libtorrent")
    stage = find_stage()
    folder = str(tmp_path_factory.mktemp("dht"))
    command = [sys.executable, "-W", "ignore", "-m", "swarmwitness.lab.dht", folder, stage.base, stage.base6]
    done = subprocess.run(stage.command(command), capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_swarms_grow_and_everybody_has_an_address(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "127.31")
    assert [len(scene.truth(number)) for number in range(N_SWARMS)] == [1, 3, 5, 7, 9, 10]
    assert all(member < N_NODES for number in range(N_SWARMS) for member in members_of(number))
    assert len({info_hash_of(number) for number in range(100)}) == 100
    assert scene.listen(0) == "127.31.30.1:6881"
    assert Scene(tmp_path, "127.31", "2001:2:").listen(0) == "127.31.30.1:6881,[2001:2::1e:1]:6881"


@pytest.mark.lab
@pytest.mark.slow
def test_all_that_the_nodes_hold_is_found(played) -> None:
    """An announce of libtorrent's can go astray, so the nodes themselves are asked what they hold."""
    found = played["find"]
    for swarm in found["swarms"]:
        assert (swarm["outcome"], swarm["true"], swarm["false"]) == ("answered", swarm["truth"], 0)
        assert swarm["anomalies"] == []
        estimate = (swarm["seeds_estimate"] or 0) + (swarm["peers_estimate"] or 0)
        assert abs(estimate - swarm["truth"]) <= 1 + 0.1 * swarm["truth"]
    held = sum(swarm["truth"] for swarm in found["swarms"])
    assert held >= 0.5 * sum(swarm["announced"] for swarm in found["swarms"])
    assert found["swarms"][-1]["truth"] == 0
    assert (found["equal"], found["rungs"]) == (True, [0])
    assert found["n_nodes"] >= 20


@pytest.mark.lab
@pytest.mark.slow
@pytest.mark.parametrize("how", LIES)
def test_liars_are_recorded_and_hide_nothing(played, how) -> None:
    lie = played["lies"][how]
    assert (lie["outcome"], lie["true"], lie["equal"]) == ("answered", lie["truth"], True)
    assert lie["nodes_asked"] <= 80
    assert lie["seconds"] < 15
    assert lie["exhibits"] < MOST_EXHIBITS
    assert set(lie["false_said_by"]) <= set(lie["liars"]), "nobody honest is said to have said it"
    assert lie["asked"] >= N_LIARS / 2


@pytest.mark.lab
@pytest.mark.slow
def test_each_lie_leaves_its_trace(played) -> None:
    lies = played["lies"]
    assert lies["crowd"]["false"] == 200
    assert "values_repeated" in lies["crowd"]["anomalies"]
    assert lies["neighbours"]["false"] == 254
    assert lies["lure"]["false"] == lies["forge"]["false"] == lies["flood"]["false"] == 0
    assert all("id_does_not_fit" in lies[how]["anomalies"] for how in ("crowd", "neighbours", "lure"))
    assert lies["flood"]["odd"]["unasked_answer"] >= 8
    assert lies["forge"]["odd"]["unasked_answer"] >= 8
    assert lies["broken"]["odd"]["malformed"] >= 8
    assert "no_node_id" in lies["broken"]["anomalies"]
