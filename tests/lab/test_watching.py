# SPDX-License-Identifier: Apache-2.0
"""Our observer in a process of the laboratory; with real clients in test_dissemination.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from swarmwitness.lab.torrents import make_torrent
from swarmwitness.lab.watching import targets_of, watch_swarm


@pytest.mark.lab
def test_a_swarm_in_which_nobody_is_comes_to_nothing(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    made = make_torrent(tmp_path, "film", "hybrid", {"film": 200_000}, "http://127.18.63.9:1/announce")
    raw = made.file.read_bytes()
    assert [str(t.info_hash) for t in targets_of(raw)] == [made.v1, made.v2]
    seen = asyncio.run(watch_swarm(raw, tmp_path / "evidence", "127.18.63.2", 1.0))
    assert (seen.n_peers, seen.bounds, seen.acquired, seen.unexplained) == (0, (), 0, 0)
