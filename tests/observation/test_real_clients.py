# SPDX-License-Identifier: Apache-2.0
"""Real libtorrent clients on 127.0.0.x, observed: v1, v2 alone and hybrid, a seed and throttled leechers.

The clients run in a process of their own (nothing here may import code that can upload), and their
own counters say what the observer sent them.
"""

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import verify
from swarmwitness.observation import replay
from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Target, WatchSettings, watch
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.metainfo import Metainfo

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.libtorrent,
]

CLIENTS = r"""
import json, pathlib, random, sys, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
root, seed_ip, leech_ip, observer = pathlib.Path(sys.argv[1]), *sys.argv[2:5]
FLAGS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}

def make(kind, number):
    folder = root / "seed" / kind
    folder.mkdir(parents=True)
    rng = random.Random(number)
    (folder / "film.mkv").write_bytes(rng.randbytes((2 << 20) + 5000))
    (folder / "extra.txt").write_bytes(rng.randbytes(100_000))
    files = lt.file_storage()
    lt.add_files(files, str(folder))
    made = lt.create_torrent(files, 65536, FLAGS[kind])
    lt.set_piece_hashes(made, str(folder.parent))
    raw = lt.bencode(made.generate())
    (root / f"{kind}.torrent").write_bytes(raw)
    return lt.torrent_info(lt.bdecode(raw))

def session(ip):
    return lt.session({
        "listen_interfaces": f"{ip}:0", "outgoing_interfaces": ip, "enable_dht": False, "enable_lsd": False,
        "enable_upnp": False, "enable_natpmp": False,
        "enable_incoming_utp": False, "enable_outgoing_utp": False,
        "allow_multiple_connections_per_ip": True,
    })

def add(ses, info, folder, seeding):
    p = lt.add_torrent_params()
    p.ti, p.save_path = info, str(root / folder)
    p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    if seeding:
        p.flags |= lt.torrent_flags.seed_mode
    return ses.add_torrent(p)

infos = [make(kind, number) for number, kind in enumerate(FLAGS)]
seed, leech = session(seed_ip), session(leech_ip)
for info in infos:
    add(seed, info, "seed", True)
handles = [add(leech, info, "leech", False) for info in infos]
for handle in handles:
    handle.set_download_limit(200_000)
deadline = time.time() + 10
while not (seed.listen_port() and leech.listen_port()) and time.time() < deadline:
    time.sleep(0.05)
for handle in handles:
    handle.connect_peer((seed_ip, seed.listen_port()))
print(json.dumps([seed.listen_port(), leech.listen_port()]), flush=True)
most = 0
sys.stdin.readline()
for ses in (seed, leech):
    for handle in ses.get_torrents():
        for peer in handle.get_peer_info():
            if peer.ip[0] == observer:
                most = max(most, peer.total_download)
print(json.dumps({"downloaded_from_observer": most}), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def clients(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENTS, str(tmp_path), "127.0.2.1", "127.0.2.2", "127.0.2.9"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def tracker_of(*listed: Endpoint):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 5, "peers": to_compact(listed)[0]}))
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.2.3", 0)


def test_real_clients(clients, station, tmp_path) -> None:
    ports = json.loads(clients.stdout.readline())
    where = [
        Endpoint.of("127.0.2.1", ports[0]),
        Endpoint.of("127.0.2.2", ports[1]),
        Endpoint.of("127.0.2.77", 7),
    ]
    recorder, rows = station.recorder, station.rows
    counters = {}

    async def run():
        server = await tracker_of(*where)
        host, port = server.sockets[0].getsockname()
        targets = [
            Target(name, metainfo, (f"http://{host}:{port}/announce",), ((kind, "film.mkv"),), True, raw)
            for kind in ("v1", "v2", "hybrid")
            for raw in [(tmp_path / f"{kind}.torrent").read_bytes()]
            for metainfo in [Metainfo.from_wire(raw)]
            for name in metainfo.info_hashes
        ]

        def ask_for_counters(progress):
            if progress.left_s < 2 and not counters:
                clients.stdin.write("\n")
                clients.stdin.flush()
                counters.update(json.loads(clients.stdout.readline()))

        try:
            return targets, await watch(
                targets,
                recorder=recorder,
                conduct=Conduct(
                    dials_per_network_per_s=100, private_networks=True, min_announce_interval_s=1
                ),
                seconds=9,
                settings=WatchSettings(local=ip_address("127.0.2.9")),
                on_progress=ask_for_counters,
            )
        finally:
            server.close()

    targets, summary = asyncio.run(run())
    station.close()

    reached = defaultdict(set)
    for row in rows:
        reached[row.ip, row.info_hash].add(row.rung)
    assert len(targets) == 4
    for target in targets:
        seed = reached["127.0.2.1", str(target.info_hash)]
        # Whoever speaks v2 is also asked for leaf hashes; whether the answer comes in time is not tried here.
        assert seed - {Rung.CHALLENGED} == {Rung(n) for n in (0, 1, 2, 3, 6, 7, 8)}, target
        leecher = reached["127.0.2.2", str(target.info_hash)]
        assert {Rung.HANDSHAKEN, Rung.CLAIMED, Rung.PROGRESSED} <= leecher, target
        assert reached["127.0.2.77", str(target.info_hash)] == {Rung.LISTED}, "nobody is there"
    assert {row.client for row in rows if row.rung >= Rung.CLAIMED} == {"libtorrent/" + client_version()}
    assert summary.outcomes["fault"] == 0
    assert summary.oddities == {}

    assert list(replay(station.evidence)) == rows
    assert verify(station.evidence).failures == ()
    # Protocol bytes that the clients counted as coming from the observer are below one block: no content.
    assert counters["downloaded_from_observer"] < 16384
    sent = sent_bytes(station.evidence)
    assert sent
    assert not any(contains_content(data) for data in sent)


def client_version() -> str:
    code = "import libtorrent; print(libtorrent.version)"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def sent_bytes(directory) -> list[bytes]:
    """Per connection, all that the observer wrote to peers."""
    from swarmwitness.evidence import Direction, read

    joined: dict[int, bytes] = defaultdict(bytes)
    for _, exhibit in read(directory):
        if exhibit.kind == "tcp" and exhibit.direction is Direction.OUT:
            joined[exhibit.connection] += exhibit.payload
    return list(joined.values())


def contains_content(data: bytes) -> bool:
    """Whether a message after the handshake is a piece, hashes, or metadata data; read without our codecs."""
    at = 68
    while at + 5 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length and (data[at + 4] in (7, 22) or (data[at + 4] == 20 and data[at + 5] != 0)):
            return True
        at += 4 + length
    return False
