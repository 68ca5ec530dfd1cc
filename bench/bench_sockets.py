# SPDX-License-Identifier: Apache-2.0
"""4,000 sockets in flight towards addresses that never answer, live ones among them; memory per open peer.

In a namespace of its own: the dead addresses are routed to a neighbour that does not exist, so that nothing
comes back, not even a refusal. The listener and the peers over uTP are processes of their own.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path

import uvloop

from bench import bench_handshakes, bench_utp
from bench.bench_utp import Station
from swarmwitness.lab.stage import find_stage
from swarmwitness.swarm import Torrent
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage.descriptors import sockets_for
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.wire.metainfo import Metainfo

SOCKETS, DEAD, LIVE, HELD = 4000, 12_000, 300, 2000
TIMEOUT_S = 3.0
ROUNDS = 5
OUT = Path(__file__).parent / "out"
NOWHERE = (
    "ip link add gone type veth peer name gap && ip link set gone up && ip link set gap up && "
    "ip address add 192.0.2.1/30 dev gone && "
    "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev gone nud permanent && "
    'ip route add 100.64.0.0/10 via 192.0.2.2 && exec "$@"'
)


@dataclass(slots=True)
class Storm:
    """What came of one round."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    full_s: float = 0.0
    most: int = 0
    live: int = 0
    last_live_s: float = 0.0


def link_to(remote: Endpoint, station: Station, torrent: Torrent, dialer: Dialer) -> PeerLink:
    """To a peer; what becomes of it is seen on the link."""
    return PeerLink(dialer, remote, station.dialogue(torrent), lambda *_: None)


async def storm(station: Station, torrent: Torrent) -> Storm:
    """Dead and live in random order, `SOCKETS` at once; each dead one holds its socket for `TIMEOUT_S`."""
    dead = [Endpoint(ip_address("100.64.0.0") + n // 250 * 256 + n % 250, 6881) for n in range(DEAD)]
    hosts = bench_handshakes.HOSTS
    live = [Endpoint.of(hosts[n % len(hosts)], bench_handshakes.PORT) for n in range(LIVE)]
    everybody = dead + live
    random.Random(7).shuffle(everybody)
    queue, found, open_now = iter(everybody), Storm(), 0
    dialer = Dialer(station.recorder, TIMEOUT_S)
    begun, cpu = time.perf_counter(), time.process_time()

    async def work() -> None:
        nonlocal open_now
        for remote in queue:
            open_now += 1
            if open_now > found.most:
                found.most, found.full_s = open_now, time.perf_counter() - begun
            link = link_to(remote, station, torrent, dialer)
            await dialer.dial(link)
            while link.connected and Rung.CLAIMED not in link.dialogue.ladder.reached:
                await asyncio.sleep(0.001)
            if link.connected:
                found.live, found.last_live_s = found.live + 1, time.perf_counter() - begun
                link.close("we_closed")
            open_now -= 1

    await asyncio.gather(*(work() for _ in range(SOCKETS)))
    dialer.close()
    found.seconds, found.cpu_s = time.perf_counter() - begun, time.process_time() - cpu
    return found


async def hold(station: Station, torrent: Torrent) -> float:
    """Bytes of the process per open peer that claimed its pieces: socket, link, dialogue, live reading."""
    hosts, dialer = bench_handshakes.HOSTS, Dialer(station.recorder, TIMEOUT_S)
    before, links = _rss(), []
    for n in range(HELD):
        remote = Endpoint.of(hosts[n % len(hosts)], bench_handshakes.PORT)
        links.append(link_to(remote, station, torrent, dialer))
        await dialer.dial(links[-1])
    while not all(Rung.CLAIMED in link.dialogue.ladder.reached for link in links):
        await asyncio.sleep(0.05)
    held = (_rss() - before) / HELD
    dialer.close()
    return held


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _torrent() -> tuple[Torrent, bytes]:
    raw = bench_handshakes.metainfo()
    meta = Metainfo.from_wire(raw)
    return Torrent.of(meta.info_hashes[0], meta, [("film", None)]), raw


def _listening(target: Callable[..., None], *arguments: int) -> multiprocessing.Process:
    """Another process, once it is ready."""
    ready = multiprocessing.Event()
    process = multiprocessing.Process(target=target, args=(ready.set, *arguments), daemon=True)
    process.start()
    ready.wait(20)
    return process


def storms(folder: Path) -> dict[str, list[float]]:
    """Least, median and most of some rounds, each with a log of its own, sealed at its end."""
    process = _listening(bench_handshakes.listen, 1)
    torrent, raw = _torrent()
    rounds = []
    for turn in range(ROUNDS):
        station = Station(folder / str(turn))
        station.watch(torrent, raw)
        rounds.append(uvloop.run(storm(station, torrent)))
        station.recorder.seal()
        station.log.close()
    process.terminate()
    sorts = {name: sorted(getattr(each, name) for each in rounds) for name in Storm.__slots__}
    return {name: [got[0], got[len(got) // 2], got[-1]] for name, got in sorts.items()}


def held(folder: Path, transport: str) -> dict[str, list[float]]:
    """Bytes per open peer over `tcp` or `utp`, in a process that has done nothing else yet."""
    over_tcp = transport == "tcp"
    process = _listening(bench_handshakes.listen, 1) if over_tcp else _listening(bench_utp.crowd)
    torrent, raw = _torrent()
    station = Station(folder / transport)
    station.watch(torrent, raw)
    each = uvloop.run((hold if over_tcp else bench_utp.hold)(station, torrent))
    station.log.close()
    process.terminate()
    return {f"bytes_per_{transport}_peer": [each]}


def inside(what: str, folder: Path) -> dict[str, list[float]]:
    """One of the measurements, in the namespace."""
    sockets_for(2 * SOCKETS)
    return storms(folder) if what == "storms" else held(folder, what)


def main() -> dict[str, object]:
    """In a namespace of its own; without one nothing is measured."""
    stage = find_stage()
    if not stage.private:
        print(f"not measured: {stage.why}")
        return {}
    OUT.mkdir(exist_ok=True)
    figures: dict[str, object] = {"load": [os.getloadavg()[0]]}
    nowhere = replace(stage, prefix=(*stage.prefix, "sh", "-c", NOWHERE, "nowhere"))
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        for what in ("storms", "tcp", "utp"):
            command = nowhere.command([sys.executable, "-m", "bench.bench_sockets", what, folder])
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            figures |= json.loads(done.stdout.splitlines()[-1])
    print(f"{DEAD:,} dead and {LIVE} live addresses, {SOCKETS:,} sockets, {TIMEOUT_S:g} s each at most;")
    print(f"that alone takes {DEAD / SOCKETS * TIMEOUT_S:g} s. Least, median, most of {ROUNDS} rounds:")
    for name, values in figures.items():
        assert isinstance(values, list)
        print(f"  {name:20s}", " / ".join(f"{each:,.2f}" for each in values))
    return figures


if __name__ == "__main__":
    print(json.dumps(inside(sys.argv[1], Path(sys.argv[2]))))
