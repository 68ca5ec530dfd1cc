# SPDX-License-Identifier: Apache-2.0
"""Twenty thousand addresses at which nobody ever answers do not hold up two hundred at which somebody does.

In a namespace: the dead ones are routed to a neighbour that does not exist, so that nothing comes back, not
even a refusal; the live ones are addresses of the stage.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from swarmwitness.lab.stage import find_stage

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NOWHERE = (
    "ip link add gone type veth peer name gap && ip link set gone up && ip link set gap up && "
    "ip address add 192.0.2.1/30 dev gone && "
    "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev gone nud permanent && "
    'ip route add 100.64.0.0/10 via 192.0.2.2 && exec "$@"'
)
WATCH = r"""
import asyncio, json, random, sys
from ipaddress import ip_address
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import EvidenceLog
from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.vantage import Clock, Entropy, Recorder, Target, WatchSettings, watch
from swarmwitness.vantage.loop import _loop_factory
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact

DEAD, PORT = 20_000, 6881
dead = [Endpoint(ip_address("100.64.0.0") + n // 250 * 256 + n % 250, PORT) for n in range(DEAD)]
live = [Endpoint.of(f"198.18.{1 + n // 50}.{1 + n % 50}", PORT) for n in range(200)]
late = [Endpoint.of(f"198.18.9.{1 + n}", PORT) for n in range(20)]
met, told_late = {}, None
clock = Clock()

def now():
    return clock.read().monotonic_ns / 1e9

async def peer(reader, writer):
    try:
        asked = await reader.readexactly(68)
        met.setdefault(writer.get_extra_info("sockname")[0], now())
        head = b"\x13BitTorrent protocol" + bytes([0, 0, 0, 0, 0, 0, 0, 4])
        writer.write(head + asked[28:48] + b"-XX0001-abcdefghijkl" + bytes([0, 0, 0, 1, 14]))
        await reader.read()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    writer.close()

async def tracker(reader, writer):
    global told_late
    await reader.readuntil(b"\r\n\r\n")
    listed = dead + live
    random.Random(7).shuffle(listed)
    if now() - begun > 40:
        told_late, listed = told_late or now(), late
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 4, "peers": to_compact(listed)[0]}))
    await writer.drain()
    writer.close()

async def run(folder):
    global begun
    begun = now()
    peers = await asyncio.start_server(peer, "0.0.0.0", PORT, backlog=512)
    trackers = await asyncio.start_server(tracker, "198.18.0.1", 6969)
    settings = WatchSettings(
        local=None, max_open=3000, max_utp=2000, dials_per_s=1000, connect_timeout_s=2.0, next_way_s=0.5,
        redial_pause_s=5.0, max_endpoints=30_000, tick_s=0.1, farewell_s=0.5,
    )
    conduct = Conduct(private_networks=True, dials_per_network_per_s=20, min_announce_interval_s=4)
    log = EvidenceLog.create(folder, origin="test.example/log", key=Ed25519PrivateKey.generate(),
                             salt=Entropy().draw, at=clock.read())
    with log:
        recorder = Recorder(log, clock, "here")
        target = Target(InfoHash(bytes(range(20))), trackers=("http://198.18.0.1:6969/announce",))
        task = asyncio.ensure_future(
            watch([target], recorder=recorder, conduct=conduct, seconds=90, settings=settings))
        for _ in range(800):
            await asyncio.sleep(0.1)
            if task.done() or all(str(each.ip) in met for each in live + late):
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        exhibits = log.size
    first = sorted(met[str(each.ip)] - begun for each in live if str(each.ip) in met)
    second = sorted(met[str(each.ip)] - told_late for each in late if str(each.ip) in met)
    print(json.dumps({"live": len(first), "live_s": first[-1:], "late": len(second), "late_s": second[-1:],
                      "exhibits": exhibits}))

with asyncio.Runner(loop_factory=_loop_factory()) as runner:
    runner.run(run(Path(sys.argv[1])))
"""


def test_the_dead_do_not_delay_the_living(tmp_path: Path) -> None:
    stage = find_stage()
    if not stage.private:
        pytest.skip(stage.why)
    nowhere = replace(stage, prefix=(*stage.prefix, "sh", "-c", NOWHERE, "nowhere"))
    probe = subprocess.run(nowhere.command(["true"]), capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"no virtual cable here: {probe.stderr.strip()}")
    command = nowhere.command([sys.executable, "-c", WATCH, str(tmp_path / "evidence")])
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["live"], told["late"]) == (200, 20)
    assert told["live_s"][0] < 40, "20,200 first contacts at 1,000 a second"
    assert told["late_s"][0] < 5, "while thousands that never answered wait to be tried again"
