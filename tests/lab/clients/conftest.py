# SPDX-License-Identifier: Apache-2.0
"""One client seeds, libtorrent fetches: what every actor must do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.lab.clients.base import ClientProcess, Content, Setup, Transport
from swarmwitness.lab.clients.libtorrent import LibTorrent
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent

SIZE = 700_000
Serve = Callable[[type[ClientProcess], int, str], ClientProcess]


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """A client serves a torrent of a version to libtorrent; the network (127.N) is the test's own."""

    def play(kind: type[ClientProcess], network: int, version: str = "v1") -> ClientProcess:
        if kind.missing():
            pytest.skip(kind.missing())
        pytest.importorskip("libtorrent")
        host = f"127.{network}.9.9"
        tracker = Actor("swarmwitness.lab.tracker", host, "6969", str(tmp_path / "t"), log=tmp_path / "t.log")
        tracker.wait_ready("tracker")
        torrent = make_torrent(tmp_path, "F.mkv", version, {"F.mkv": SIZE}, f"http://{host}:6969/announce")
        empty = tmp_path / "empty"
        empty.mkdir()
        seed = kind(Setup(tmp_path / "seed", f"127.{network}.2.30", 6881, (Content.of(torrent),)))
        leecher = LibTorrent(
            Setup(
                tmp_path / "leecher", f"127.{network}.2.31", 6882, (Content.of(torrent, empty),),
                Transport.TCP, down_bytes_per_s=2_000_000,
            )
        )  # fmt: skip
        try:
            for each in (seed, leecher):
                each.start()
                each.wait_ready()
            leecher.wait_for(lambda: all(a.complete for a in leecher.accounts().values()), "fetches nothing")
            if seed.tells_at_end:
                seed.stop()
            until = time.monotonic() + 12
            while seed.uploaded_bytes() < SIZE and time.monotonic() < until:
                time.sleep(0.3)
            given = seed.uploaded_bytes()
        finally:
            for each in (seed, leecher):
                each.stop()
            tracker.stop()
        assert (empty / "F.mkv").read_bytes() == (torrent.content / "F.mkv").read_bytes()
        # CTorrent tells its counters when it ends, and now and then ends without a word.
        assert given >= SIZE or (kind.tells_at_end and given == 0)
        return seed

    return play
