# SPDX-License-Identifier: Apache-2.0
"""Our observer in a process of the laboratory; with real clients in test_dissemination.py."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.lab.watching import targets_of, watch_swarm, watch_targets
from swarmwitness.observation.aside import Control
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.vantage import WatchSettings


@pytest.mark.lab
def test_a_swarm_in_which_nobody_is_comes_to_nothing(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    made = make_torrent(tmp_path, "film", "hybrid", {"film": 200_000}, "http://127.18.63.9:1/announce")
    raw = made.file.read_bytes()
    assert [str(t.info_hash) for t in targets_of(raw)] == [made.v1, made.v2]
    seen = asyncio.run(watch_swarm(raw, tmp_path / "evidence", "127.18.63.2", 1.0))
    assert (seen.n_peers, seen.bounds, seen.acquired, seen.unexplained) == (0, (), 0, 0)


@pytest.mark.lab
@pytest.mark.parametrize("mode", ["honest", "inject"])
def test_controls_tell_an_honest_tracker_from_one_that_injects(tmp_path: Path, mode: str) -> None:
    """Decoys show the injected addresses, canaries are found, and neither gives a row."""
    pytest.importorskip("libtorrent")
    host, here = "127.18.64.9", address_from_text("127.18.64.2")
    made = make_torrent(tmp_path, "film", "v1", {"film": 200_000}, f"http://{host}:6969/announce")
    log = str(tmp_path / "tracker.jsonl")
    tracker = Actor("swarmwitness.lab.tracker", host, "6969", log, mode, log=tmp_path / "tracker.log")
    tracker.wait_ready("tracker")
    settings = WatchSettings(local=here, listen_port=7064, decoys=3, canaries=2, utp=False, mse=False)
    try:
        targets = targets_of(made.file.read_bytes())
        heard = asyncio.run(watch_targets(targets, tmp_path / "evidence", settings, 4.0))
    finally:
        tracker.stop()
    tally = heard.gathered.controls
    assert tally.found == tally.planted
    assert len(tally.planted["tracker"]) == 2
    answers = tally.polls[Control.DECOY, "tracker"]
    assert answers >= 3
    assert len(tally.polluted.get("tracker", ())) == (answers if mode == "inject" else 0)
    ours = {each.to_text() for hashes in tally.hashes.values() for each in hashes}
    assert not {row.info_hash for row in heard.rows} & ours
    assert all(row.ip != str(here) for row in heard.rows)
