# SPDX-License-Identifier: Apache-2.0
"""Hole punching for real: libtorrent behind a translator, libtorrent between, the observer outside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict

import pytest

from swarmwitness.evidence import verify
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.libtorrent import available
from swarmwitness.lab.nat import INSIDE, OBSERVER, RELAY, ROUTER, TRACKER
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.observation.replay import replay
from swarmwitness.terms import Rung

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.skipif(not available(), reason="libtorrent has no wheel for this interpreter"),
]
PORT = 6881
MET_S = 40.0
GO_BETWEEN = r"""
import json, sys, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
torrent, folder, listen = sys.argv[1:4]
ses = lt.session({
    "listen_interfaces": listen, "outgoing_interfaces": listen.partition(":")[0], "enable_dht": False,
    "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False, "close_redundant_connections": False,
    "allow_multiple_connections_per_ip": True, "min_announce_interval": 3, "min_reconnect_time": 3,
    "in_enc_policy": 2, "out_enc_policy": 2, "peer_timeout": 300, "inactivity_timeout": 600,
})
p = lt.add_torrent_params()
p.ti, p.save_path = lt.torrent_info(torrent), folder
p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
handle = ses.add_torrent(p)
handle.set_download_limit(20_000)
for line in sys.stdin:
    told = {peer.ip[0]: {"received_bytes": peer.total_download} for peer in handle.get_peer_info()}
    print(json.dumps({"peers": told}), flush=True)
"""


@pytest.fixture
def cast(home, tmp_path):
    """The tracker, the go-between and the client inside, at work; their last words when told to stop."""
    torrent = make_torrent(tmp_path, "film", "v1", {"film": 2_000_000}, f"http://{TRACKER}:6969/announce")
    (tmp_path / "empty").mkdir()
    running: dict[str, subprocess.Popen] = {}

    def start(name: str, where: str, *arguments: str) -> None:
        command = home.command(where, [sys.executable, "-W", "ignore", *arguments])
        running[name] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    spec = ClientSpec(
        listen=f"{INSIDE}:{PORT}", torrents=((str(torrent.file), str(torrent.content)),), transport="utp"
    )
    file = tmp_path / "inner.json"
    file.write_text(json.dumps(asdict(spec)))
    log = str(tmp_path / "tracker.jsonl")
    start("tracker", "outside", "-m", "swarmwitness.lab.tracker", TRACKER, "6969", log)
    assert running["tracker"].stdout.readline() == "ready\n"
    empty = str(tmp_path / "empty")
    start("relay", "outside", "-c", GO_BETWEEN, str(torrent.file), empty, f"{RELAY}:{PORT}")
    start("inner", "inside", "-m", "swarmwitness.lab.actors.client", str(file))
    yield torrent, running
    for process in running.values():
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def told(process) -> dict:
    process.stdin.write("report\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def wait_until_met(running) -> None:
    """Until the go-between and the inner client are connected."""
    until = time.monotonic() + MET_S
    while time.monotonic() < until:
        if told(running["relay"])["peers"].get(ROUTER, {}).get("received_bytes"):
            return
        time.sleep(0.5)
    pytest.fail("the two clients did not find each other")


@pytest.mark.parametrize("transport", ["utp", "tcp"])
def test_the_inner_client_is_reached_by_a_rendezvous_and_not_without(home, cast, tmp_path, transport) -> None:
    """Over whichever transport the go-between is met: it tells the port that it sees."""
    torrent, running = cast
    wait_until_met(running)
    command = home.command(
        "outside",
        [
            sys.executable, "-m", "swarmwitness.lab.punching", str(tmp_path / "evidence"), str(torrent.file),
            OBSERVER, f"{RELAY}:{PORT}", f"{ROUTER}:{PORT}", transport,
        ],
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    account = json.loads(done.stdout)
    assert account["direct"] == "timeout", "without a go-between nobody gets in"
    assert account["told"][-1] == "connect"
    assert account["punched"] == "connected"
    assert account["received_bytes"] > 65_536

    rows = [row for row in replay(tmp_path / "evidence") if row.ip == ROUTER]
    reached = {row.rung for row in rows}
    assert {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.BLOCK, Rung.PIECE} <= reached
    assert sum(account["rungs"].values()) == len(rows), "live and replayed"
    assert verify(tmp_path / "evidence").failures == ()

    inner = told(running["inner"])
    assert inner["peers"][OBSERVER]["sent_bytes"] >= 65_536, "by its own counter"
    assert inner["payload_down_bytes"] == 0
