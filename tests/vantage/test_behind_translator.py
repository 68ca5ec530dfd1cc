# SPDX-License-Identifier: Apache-2.0
"""A whole watch reaches a real client behind a translator of addresses, through a client that both know.

In the three namespaces of lab/nat.py. The observer does not listen, so the client inside cannot call it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from swarmwitness.evidence import read, verify
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.libtorrent import available
from swarmwitness.lab.nat import INSIDE, OBSERVER, RELAY, ROUTER, TRACKER, Home
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.observation import replay
from swarmwitness.terms import InputError, Rung

pytestmark = [pytest.mark.lab, pytest.mark.slow]
PORT = 6881
WATCH = r"""
import asyncio, json, sys
from ipaddress import ip_address
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import EvidenceLog
from swarmwitness.observation import Replayer
from swarmwitness.swarm import Conduct
from swarmwitness.terms import Rung
from swarmwitness.vantage import Clock, Entropy, Recorder, Target, WatchSettings, watch
from swarmwitness.vantage.loop import _loop_factory
from swarmwitness.wire.metainfo import Metainfo

folder, torrent, local, url, behind = sys.argv[1:]
raw, clock = Path(torrent).read_bytes(), Clock()
metainfo = Metainfo.from_wire(raw)
conduct = Conduct(private_networks=True, min_announce_interval_s=3)
settings = WatchSettings(local=ip_address(local), connect_timeout_s=2.0, next_way_s=0.2, redial_pause_s=2.0,
                         tick_s=0.1, farewell_s=1.0)
tops = {}

async def run():
    key = Ed25519PrivateKey.generate()
    with EvidenceLog.create(Path(folder), origin="test.example/log", key=key, salt=Entropy().draw,
                            at=clock.read()) as log:
        live = Replayer("test.example/log")
        def take(index, exhibit):
            for row in live.feed(index, exhibit):
                tops[row.ip] = max(tops.get(row.ip, 0), int(row.rung))
        target = Target(metainfo.info_hashes[0], metainfo, (url,), torrent_bytes=raw)
        task = asyncio.ensure_future(watch([target], recorder=Recorder(log, clock, "here", take),
                                           conduct=conduct, seconds=100, settings=settings))
        for _ in range(900):
            await asyncio.sleep(0.1)
            if task.done() or tops.get(behind, 0) >= Rung.CLAIMED:
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    print(json.dumps(tops))

with asyncio.Runner(loop_factory=_loop_factory()) as runner:
    runner.run(run())
"""


@pytest.fixture
def home():
    if not available():
        pytest.skip("libtorrent has no wheel for this interpreter")
    try:
        with Home() as made:
            yield made
    except InputError as error:
        pytest.skip(str(error))


@pytest.fixture
def start(home):
    """Start a process in one of the namespaces; it ends with the test."""
    running = []

    def started(where: str, *arguments: str) -> subprocess.Popen:
        command = home.command(where, [sys.executable, "-W", "ignore", *arguments])
        running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield started
    for process in running:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def client(folder: Path, name: str, listen: str, content: Path, torrent: Path, **more) -> str:
    spec = ClientSpec(listen=listen, torrents=((str(torrent), str(content)),), **more)
    file = folder / f"{name}.json"
    file.write_text(json.dumps(asdict(spec)))
    return str(file)


def test_a_watch_reaches_a_client_behind_a_translator(home, start, tmp_path: Path) -> None:
    url = f"http://{TRACKER}:6969/announce"
    torrent = make_torrent(tmp_path, "film", "v1", {"film": 2_000_000}, url)
    (tmp_path / "empty").mkdir()
    tracker = start("outside", "-m", "swarmwitness.lab.tracker", TRACKER, "6969", str(tmp_path / "t.jsonl"))
    assert tracker.stdout.readline() == "ready\n"
    actor = "swarmwitness.lab.actors.client"
    # The go-between speaks both transports; the client inside uTP alone.
    between = client(
        tmp_path, "between", f"{RELAY}:{PORT}", tmp_path / "empty", torrent.file,
        transport="tcp+utp", down_bytes_per_s=20_000,
    )  # fmt: skip
    inner = client(tmp_path, "inner", f"{INSIDE}:{PORT}", torrent.content, torrent.file, transport="utp")
    start("outside", "-m", actor, between)
    start("inside", "-m", actor, inner)
    command = home.command(
        "outside",
        [sys.executable, "-c", WATCH, str(tmp_path / "evidence"), str(torrent.file), OBSERVER, url, ROUTER],
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    tops = json.loads(done.stdout.splitlines()[-1])
    notes = [json.loads(e.payload) for _, e in read(tmp_path / "evidence") if e.kind == "net"]
    punches = [note["outcome"] for note in notes if note["event"] == "punch"]
    assert tops[ROUTER] >= Rung.CLAIMED, punches
    assert "connect" in punches
    rows = [row for row in replay(tmp_path / "evidence") if row.ip == ROUTER]
    assert {row.transport for row in rows if row.rung >= Rung.HANDSHAKEN} == {"utp"}
    assert verify(tmp_path / "evidence").failures == ()
