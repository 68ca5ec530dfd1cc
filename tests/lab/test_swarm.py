# SPDX-License-Identifier: Apache-2.0
"""The swarm's processes: started, asked, ended, and none is left behind."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from swarmwitness.lab.stage import Stage
from swarmwitness.lab.swarm import Actor, LabSwarm, Troupe
from swarmwitness.terms import InputError

# A network of this file alone: other tests play at the same time.
STAGE = Stage((), "127.19")


def test_an_actor_that_does_not_start_is_named(tmp_path: Path) -> None:
    actor = Actor(
        "swarmwitness.lab.tracker", "203.0.113.7", "6969", str(tmp_path / "t"), log=tmp_path / "t.log"
    )
    with pytest.raises(InputError, match="tracker did not start"):
        actor.wait_ready("tracker")
    assert actor.stop() == ""
    assert b"OSError" in (tmp_path / "t.log").read_bytes()


class Lame(Troupe):
    """The second of two does not start."""

    stopped = 0

    def _start(self) -> None:
        raise InputError("the second did not start")

    def stop(self) -> None:
        self.stopped += 1


def test_where_one_does_not_start_those_that_did_are_ended(tmp_path: Path) -> None:
    lame = Lame(tmp_path / "new")
    with pytest.raises(InputError, match="the second did not start"), lame:
        pass
    assert lame.stopped == 1
    assert (tmp_path / "new").is_dir()


def test_half_a_line_of_the_trackers_log_is_left_for_later(tmp_path: Path) -> None:
    swarm = LabSwarm(STAGE, (), tmp_path)
    assert swarm.announces() == []
    swarm.tracker_log.write_text('{"from": "a"}\n{"from": "b"')
    assert swarm.announces() == [{"from": "a"}]


@pytest.mark.lab
def test_a_swarm_without_torrents_starts_and_ends(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    with LabSwarm(STAGE, (), tmp_path) as swarm:
        assert sys.executable
    assert len(swarm.records) == 8
    assert all(account["payload_up_bytes"] == 0 for _, _, account in swarm.records)
