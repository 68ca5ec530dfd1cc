# SPDX-License-Identifier: Apache-2.0
"""A real client keeps to its address, and its counters say what it moved and with whom."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.lab.actors.client import ClientSpec, read_spec, settings_of
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent

# A network of this file alone (127.20): other tests play at the same time.
SIZE = 700_000


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec = ClientSpec(
        "127.20.2.30:6881", (("a.torrent", "content"),), down_bytes_per_s=5, announce_ip="127.20.4.50"
    )
    file = tmp_path / "spec.json"
    file.write_text(json.dumps(asdict(spec)))
    assert read_spec(file) == spec


def test_nothing_that_could_leave_the_stage_is_on() -> None:
    given = settings_of(ClientSpec("127.20.2.30:6881", ()))
    assert not any(given[f"enable_{name}"] for name in ("dht", "lsd", "upnp", "natpmp"))
    assert given["listen_interfaces"] == "127.20.2.30:6881"
    assert given["outgoing_interfaces"] == "127.20.2.30"
    assert "announce_ip" not in given
    forged = settings_of(ClientSpec("127.20.2.30:6881", (), announce_ip="127.20.4.50", announce_port=7))
    assert (forged["announce_ip"], forged["announce_port"]) == ("127.20.4.50", 7)


@pytest.mark.lab
def test_both_sides_count_the_same_bytes(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    tracker = Actor(
        "swarmwitness.lab.tracker", "127.20.9.9", "6969", str(tmp_path / "t"), log=tmp_path / "t.log"
    )
    tracker.wait_ready("tracker")
    torrent = make_torrent(tmp_path, "F.mkv", "v1", {"F.mkv": SIZE}, "http://127.20.9.9:6969/announce")
    seed = start(tmp_path, "127.20.2.30", str(torrent.file), str(torrent.content))
    leecher = start(tmp_path, "127.20.2.31", str(torrent.file), str(tmp_path / "empty"), 300_000)
    wanted = tmp_path / "empty" / "F.mkv"
    until = time.monotonic() + 25
    while time.monotonic() < until and not (
        wanted.exists() and wanted.read_bytes() == stored(torrent.content)
    ):
        time.sleep(0.2)
    time.sleep(0.5)
    got, gave = (json.loads(client.stop()) for client in (leecher, seed))
    tracker.stop()
    assert wanted.read_bytes() == stored(torrent.content)
    assert gave["peers"]["127.20.2.31"]["sent_bytes"] == got["peers"]["127.20.2.30"]["received_bytes"] == SIZE
    assert got["payload_down_bytes"] == gave["payload_up_bytes"] == SIZE
    assert got["held"][0][2] == 0
    assert got["held"][-1][2] == -(-SIZE // 65_536)


def stored(folder: Path) -> bytes:
    """The true content."""
    return (folder / "F.mkv").read_bytes()


def start(folder: Path, ip: str, torrent: str, content: str, limit: int = 0) -> Actor:
    """A client in its own process."""
    Path(content).mkdir(exist_ok=True)
    file = folder / f"{ip}.json"
    file.write_text(json.dumps(asdict(ClientSpec(f"{ip}:6881", ((torrent, content),), limit))))
    return Actor("swarmwitness.lab.actors.client", str(file), log=folder / f"{ip}.log")
