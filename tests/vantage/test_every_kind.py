# SPDX-License-Identifier: Apache-2.0
"""Every kind of peer answers: real clients that speak one transport alone, that one source alone knows,
or that can only come to us; watched at once, by a torrent file and by its name alone.

The clients run in a process of their own: nothing here may import code that can upload.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import read, verify
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint, InfoHash, Rung
from swarmwitness.vantage import Clock, Recorder, Target, WatchSettings, watch
from swarmwitness.vantage.loop import _loop_factory
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.metainfo import Metainfo

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.libtorrent,
]
OURS, OURS6 = ip_address("127.0.4.1"), ip_address("::1")

CLIENTS = r"""
import json, pathlib, random, sys, threading, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
root, ours, port = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
(root / "film").mkdir()
(root / "film" / "film.mkv").write_bytes(random.Random(1).randbytes(300_000))
files = lt.file_storage()
lt.add_files(files, str(root / "film"))
made = lt.create_torrent(files, 65536, 0)
lt.set_piece_hashes(made, str(root))
raw = lt.bencode(made.generate())
(root / "film.torrent").write_bytes(raw)
info = lt.torrent_info(lt.bdecode(raw))

BARE = {
    "enable_dht": False, "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "dht_bootstrap_nodes": "", "enable_incoming_utp": False, "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True, "min_reconnect_time": 1,
    "out_enc_policy": 2, "in_enc_policy": 2,
    "dht_restrict_routing_ips": False, "dht_restrict_search_ips": False,
}
UTP = {"enable_incoming_tcp": False, "enable_outgoing_tcp": False, "enable_incoming_utp": True,
       "enable_outgoing_utp": True}
MSE = {"out_enc_policy": 0, "in_enc_policy": 0, "allowed_enc_level": 2}
DHT = {"enable_dht": True, "dht_announce_interval": 5, "enable_outgoing_tcp": False}

def session(ip, **more):
    ses = lt.session(BARE | more | {"listen_interfaces": f"{ip}:0", "outgoing_interfaces": ip.strip("[]")})
    p = lt.add_torrent_params()
    p.ti, p.save_path = info, str(root)
    p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    p.flags |= lt.torrent_flags.seed_mode
    if ip == "127.0.5.8":
        p.flags &= ~lt.torrent_flags.seed_mode
        p.save_path = str(root / "elsewhere")
    return ses, ses.add_torrent(p)

kinds = {
    "tcp": session("127.0.5.1"),
    "utp": session("127.0.5.2", **UTP),
    "mse": session("127.0.5.3", **MSE),
    "utp+mse": session("127.0.5.4", **UTP, **MSE),
    "ipv6": session("[::1]"),
    "dht": session("127.0.5.6", **DHT),
    "inbound": session("127.0.5.7", enable_incoming_tcp=False),
    "pex": session("127.0.5.8"),
    "node": session("127.0.5.9", **DHT),
}
kinds["pex"][1].set_download_limit(20_000)
kinds["node"][1].pause()
deadline = time.time() + 10
while not all(ses.listen_port() for ses, _ in kinds.values()) and time.time() < deadline:
    time.sleep(0.05)
where = {name: ses.listen_port() for name, (ses, _) in kinds.items()}
print(json.dumps(where), flush=True)
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), over.set()), daemon=True).start()
while not over.wait(1):
    kinds["pex"][1].connect_peer(("127.0.5.1", where["tcp"]))
    kinds["inbound"][1].connect_peer((ours, port))
    kinds["dht"][0].add_dht_node(("127.0.5.9", where["node"]))
    kinds["dht"][1].force_dht_announce()
print(json.dumps({
    name: max([peer.total_download for peer in handle.get_peer_info() if peer.ip[0] in (ours, "::1")] + [0])
    for name, (_, handle) in kinds.items()
}), flush=True)
"""


@pytest.fixture
def clients(tmp_path, free_port):
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENTS, str(tmp_path), str(OURS), str(free_port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def tracker_of(listed: list[Endpoint]):
    """A tracker that lists these, whoever asks."""

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        peers, peers6 = to_compact(listed)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 5, "peers": peers, "peers6": peers6}))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, str(OURS), 0)
    return server, f"http://{OURS}:{server.sockets[0].getsockname()[1]}/announce"


ADDRESSES = {
    "tcp": "127.0.5.1", "utp": "127.0.5.2", "mse": "127.0.5.3", "utp+mse": "127.0.5.4", "ipv6": "::1",
    "dht": "127.0.5.6", "inbound": "127.0.5.7", "pex": "127.0.5.8",
}  # fmt: skip
LISTED = ("tcp", "utp", "mse", "utp+mse", "ipv6")


@pytest.mark.parametrize("known", ["by its file", "by its name alone"])
def test_every_kind_of_peer_claims(clients, station, tmp_path, free_port, known) -> None:
    where = json.loads(clients.stdout.readline())
    raw = (tmp_path / "film.torrent").read_bytes()
    metainfo = Metainfo.from_wire(raw)
    ends = {name: Endpoint.of(ip, where[name]) for name, ip in ADDRESSES.items()}
    settings = WatchSettings(
        local=OURS, local6=OURS6, listen_port=free_port, dht=True, decoys=1,
        dht_bootstrap=(f"127.0.5.9:{where['node']}",), dht_every_s=3.0,
        tick_s=0.05, next_way_s=0.1, redial_pause_s=2.0, connect_timeout_s=3.0, farewell_s=1.0,
    )  # fmt: skip
    conduct = Conduct(private_networks=True, min_announce_interval_s=2, dials_per_network_per_s=100)
    rows, live = [], Replayer(station.log.origin)
    recorder = Recorder(station.log, Clock(), "here", lambda i, e: rows.extend(live.feed(i, e)))
    info_hash = metainfo.info_hashes[0]

    def reached() -> dict[str, Rung]:
        tops = dict.fromkeys(ADDRESSES, Rung.LISTED)
        for row in rows:
            for name, ip in ADDRESSES.items():
                if row.ip == ip and row.info_hash == str(info_hash):
                    tops[name] = max(tops[name], row.rung)
        return tops

    def all_there() -> bool:
        measured = known == "by its file" or station_knows()
        return measured and all(rung >= Rung.CLAIMED for rung in reached().values())

    def station_knows() -> bool:
        return any(e.kind == "torrent" for _, e in read(station.directory))

    async def run():
        server, url = await tracker_of([ends[name] for name in LISTED])
        target = (
            Target(info_hash, metainfo, (url,), torrent_bytes=raw)
            if known == "by its file"
            else Target(InfoHash.from_text(str(info_hash)), trackers=(url,))
        )
        task = asyncio.ensure_future(
            watch([target], recorder=recorder, conduct=conduct, seconds=60, settings=settings)
        )
        for _ in range(80):
            await asyncio.sleep(0.5)
            if task.done() or all_there():
                break
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        server.close()

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run())
    rows += live.finish()
    assert {name: rung.name for name, rung in reached().items() if rung < Rung.CLAIMED} == {}
    by_kind = {
        name: {row.transport for row in rows if row.ip == ip and row.rung >= Rung.CLAIMED}
        for name, ip in ADDRESSES.items()
    }
    assert "utp" in by_kind["utp"]
    assert "tcp+mse" in by_kind["mse"]
    assert "utp+mse" in by_kind["utp+mse"]
    sources = {name: {r.source for r in rows if r.ip == ip} for name, ip in ADDRESSES.items()}
    assert sources["inbound"] >= {"inbound"}
    assert "tracker" not in sources["pex"] | sources["dht"] | sources["inbound"]
    assert "pex" in sources["pex"]
    assert "dht" in sources["dht"]
    assert list(replay(station.directory)) == rows, "live rows equal replayed rows"
    assert verify(station.directory).failures == ()
    clients.stdin.write("\n")
    clients.stdin.flush()
    assert set(json.loads(clients.stdout.readline()).values()) == {0}, "nobody received a byte from us"
