# SPDX-License-Identifier: Apache-2.0
"""What the stage's process is told, and what it makes of the clients' accounts."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.lab.cast import CLIENTS, VICTIMS, address_of
from swarmwitness.lab.stage import Stage
from swarmwitness.lab.swarm import LabSwarm
from swarmwitness.lab.swarm_demo import Plan, players_of
from swarmwitness.lab.torrents import LabTorrent, LabWork

STAGE = Stage(("unshare", "-n"), "198.18")
TORRENT = LabTorrent("F", "v1", Path("/f"), Path("/c"), "aa", "", (LabWork("F/1", "F", None, 5),))


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = Plan(STAGE, Path("/case"), Path("/truth"), (TORRENT,), 12.5)
    plan.write(tmp_path / "plan.json")
    assert Plan.read(tmp_path / "plan.json") == plan


def test_accounts_become_players(tmp_path: Path) -> None:
    swarm = LabSwarm(STAGE, (TORRENT,), tmp_path)
    observer = "198.18.9.2"
    account = {
        "peers": {
            observer: {"sent_bytes": 7, "received_bytes": 0},
            "x": {"sent_bytes": 0, "received_bytes": 90},
        },
        "held": [[1, "aa", 0], [2, "aa", 3]],
        "payload_down_bytes": 100,
        "payload_up_bytes": 7,
    }
    swarm.records.append((CLIENTS[2], "198.18.1.10", account))
    swarm.records.append((CLIENTS[0], "198.18.2.30", {}))
    *victims, leecher, silent = players_of(STAGE, swarm)
    assert [v.address for v in victims] == [address_of(STAGE, role) for role in VICTIMS]
    assert (leecher.sent_to_observer_bytes, leecher.got_from_observer_bytes) == (7, 0)
    assert leecher.unattributed_bytes == 10
    assert leecher.grew
    assert not silent.grew
