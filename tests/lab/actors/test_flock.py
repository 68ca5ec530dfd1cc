# SPDX-License-Identifier: Apache-2.0
"""Clients of one process: they come and go at their times, and count what they give to whom."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from swarmwitness.lab.actors.flock import Bird, FlockSpec, fly
from swarmwitness.lab.torrents import make_torrent

BIRDS = (Bird("127.18.61.1:6881", "a", up_bytes_per_s=5), Bird("127.18.61.2:6881", "b", 9, comes_s=1.5))


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec = FlockSpec("film.torrent", BIRDS)
    spec.write(tmp_path / "spec.json")
    assert FlockSpec.read(tmp_path / "spec.json") == spec


@pytest.mark.lab
def test_who_has_not_come_gives_nothing_and_a_seed_holds_everything(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    made = make_torrent(tmp_path, "film", "v1", {"film": 200_000}, "http://127.18.61.9:1/announce")
    birds = (Bird("127.18.61.1:6881", str(made.content)), Bird("127.18.61.2:6881", str(tmp_path), comes_s=99))
    stop = threading.Event()
    threading.Timer(2.0, stop.set).start()
    seed, late = fly(FlockSpec(str(made.file), birds), stop)
    assert seed.pieces == 4
    assert (late.pieces, late.up_bytes, late.given) == (0, 0, {})
