# SPDX-License-Identifier: Apache-2.0
"""The monitor of today's kind tells whom its library met, and how strong that could be."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.actors.poller import Known
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.terms import Rung


def test_rungs_are_those_that_nothing_was_verified_for() -> None:
    assert Known(1).rung is Rung.HANDSHAKEN
    assert Known(1, shares=[0.5, 0.5]).rung is Rung.CLAIMED
    assert Known(1, shares=[0.5, 0.6]).rung is Rung.PROGRESSED
    assert Known(1, shares=[1.0, 1.0], got_bytes=5).rung is Rung.BLOCK


@pytest.mark.lab
def test_alone_it_meets_nobody(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    torrent = make_torrent(tmp_path, "F", "v1", {"F": 100_000}, "http://127.41.9.9:6969/announce")
    spec = ClientSpec("127.41.2.30:6881", ((str(torrent.file), str(tmp_path / "down")),), 1000)
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(asdict(spec)))
    actor = Actor("swarmwitness.lab.actors.poller", str(file), log=tmp_path / "log")
    assert json.loads(actor.stop()) == {"peers": {}, "uploaded_bytes": 0}
