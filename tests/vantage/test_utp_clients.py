# SPDX-License-Identifier: Apache-2.0
"""uTP against real clients that speak nothing else, with a capture that another program reads."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import Direction, verify
from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.libtorrent import available
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.observation.replay import Replayer, replay
from swarmwitness.swarm import Limits, PeerDialogue, Torrent
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.mse import EncryptedDialogue
from swarmwitness.swarm.mse.keys import PAD_ENTROPY_BYTES
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Clock, Entropy
from swarmwitness.vantage.utp import UtpHub, UtpLink
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.utp import Packet

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SEED, HERE, PORT = "127.0.7.1", "127.0.7.9", 6881
ASKED = ("ip.src", "udp.srcport", "bt-utp.type", "bt-utp.connection_id", "bt-utp.seq_nr", "bt-utp.ack_nr")


@pytest.fixture
def torrents(tmp_path):
    if not available():
        pytest.skip("libtorrent has no wheel for this interpreter")
    sizes = {"film.mkv": (2 << 20) + 5000, "extra.txt": 100_000}
    return [make_torrent(tmp_path / kind, "film", kind, sizes, "") for kind in ("v1", "v2")]


@pytest.fixture
def libtorrent(tmp_path, torrents):
    """A seed of both that takes and makes uTP connections alone."""
    spec = ClientSpec(
        listen=f"{SEED}:{PORT}",
        torrents=tuple((str(each.file), str(each.content)) for each in torrents),
        transport="utp",
    )
    file = tmp_path / "seed.json"
    file.write_text(json.dumps(asdict(spec)))
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "swarmwitness.lab.actors.client", str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3)  # It checks its content before it says what it has.
    yield process
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


@pytest.fixture
def transmission(tmp_path, torrents):
    """A seed of the v1 torrent that prefers uTP; where it listens for TCP nobody calls it."""
    if shutil.which("transmission-daemon") is None:
        pytest.skip("transmission-daemon is not installed")
    home, torrent = tmp_path / "transmission", torrents[0]
    (home / "torrents").mkdir(parents=True)
    (home / "torrents" / "film.torrent").write_bytes(torrent.file.read_bytes())
    settings = {
        "bind-address-ipv4": SEED, "bind-address-ipv6": "::1", "peer-port": PORT, "rpc-enabled": False,
        "download-dir": str(torrent.content), "utp-enabled": True, "dht-enabled": False,
        "lpd-enabled": False, "pex-enabled": False, "port-forwarding-enabled": False,
    }  # fmt: skip
    (home / "settings.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        ["transmission-daemon", "-f", "-g", str(home)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(5)
    yield process
    process.terminate()
    process.wait(30)


def watched(torrent) -> Torrent:
    metainfo = Metainfo.from_wire(torrent.file.read_bytes())
    return Torrent.of(metainfo.info_hashes[0], metainfo, [("film", "film.mkv")], True)


def observe(station, conduct, torrents, port_of=lambda port: None, seconds: float = 5.0):
    """One link per torrent, held; outcomes, and bytes of each stream."""
    ended: list[str] = []

    async def go():
        hub = UtpHub(station.recorder, conduct, Entropy(), local=ip_address(HERE))
        where = await hub.start()
        port_of(where.port)
        links = []
        for torrent in torrents:
            about = watched(torrent)
            station.recorder.record("torrent", Direction.NONE, torrent.file.read_bytes())
            works = [{"work_id": "film", "path": "film.mkv"}]
            note = {"info_hash": str(about.info_hash), "works": works, "pieces_allowed": True}
            station.recorder.note("target", note)
            peer_id = conduct.peer_id(Entropy().draw(12))
            dialogue = PeerDialogue(about, peer_id=peer_id, conduct=conduct, limits=Limits())
            over = lambda link, outcome: ended.append(outcome)  # noqa: E731
            links.append(UtpLink(hub, Endpoint.of(SEED, PORT), dialogue, over))
        await asyncio.gather(*(hub.dial(link) for link in links))
        for _ in range(int(seconds * 4)):
            for link in links:
                link.tick()
            await asyncio.sleep(0.25)
        for link in links:
            link.close("we_closed")
        async with asyncio.timeout(10):
            while len(ended) < len(links):
                await asyncio.sleep(0.05)
        hub.close()
        return [link.received_bytes for link in links]

    return asyncio.run(go()), ended


def rows_of(station) -> list:
    live = Replayer("test.example/log")
    rows = [row for index, exhibit in station.seen for row in live.feed(index, exhibit)]
    rows += live.finish()
    station.log.seal(Clock().read())
    assert list(replay(station.directory)) == rows
    assert verify(station.directory).failures == ()
    return rows


def test_libtorrent_seeds_over_utp(station, conduct, torrents, libtorrent, tmp_path) -> None:
    capture = tmp_path / "capture.pcap"
    if shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    sniffer: list[subprocess.Popen] = []
    ports: list[int] = []

    def sniff(port: int) -> None:
        ports.append(port)
        command = ["tshark", "-q", "-i", "lo", "-f", f"udp port {port}", "-w", str(capture)]
        sniffer.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        for line in sniffer[0].stderr:
            if re.search("Capturing on", line):
                break
        time.sleep(1.5)

    try:
        received, ended = observe(station, conduct, torrents, sniff)
    finally:
        time.sleep(1.5)
        sniffer[0].terminate()
        sniffer[0].wait(20)
        sniffer[0].stderr.close()
    assert ended == ["we_closed"] * 2
    assert all(count > 65_536 for count in received)
    rows = rows_of(station)
    for torrent in torrents:
        name = torrent.v1 or torrent.v2
        reached = {row.rung for row in rows if row.info_hash == name}
        assert {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.BLOCK, Rung.PIECE} <= reached, name
    assert {row.transport for row in rows} == {"utp"}
    libtorrent.stdin.write("report\n")
    libtorrent.stdin.flush()
    told = json.loads(libtorrent.stdout.readline())
    assert told["payload_down_bytes"] == 0, "what it counts as the observer's gift"
    assert told["payload_up_bytes"] >= 2 * 65_536
    compare_with_capture(station, capture, ports[0])


def compare_with_capture(station, capture, port: int) -> None:
    """tshark's reading of each captured datagram equals ours of each recorded one."""
    command = ["tshark", "-r", str(capture), "-d", f"udp.port=={port},bt-utp", "-T", "fields"]
    for name in ASKED:
        command += ["-e", name]
    read = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    captured = Counter(tuple(line.split("\t")) for line in read.splitlines())
    recorded = Counter()
    for _, exhibit in station.seen:
        if exhibit.kind == "utp":
            packet = Packet.from_wire(exhibit.payload)
            sender = exhibit.local if exhibit.direction is Direction.OUT else exhibit.remote
            numbers = (int(packet.type), packet.connection, packet.seq, packet.ack)
            recorded[str(sender.ip), str(sender.port), *map(str, numbers)] += 1
    missed = recorded - captured
    assert not missed, "recorded, but never on the wire"
    assert recorded.total() > 100


def test_transmission_seeds_over_utp(station, conduct, torrents, transmission) -> None:
    received, ended = observe(station, conduct, torrents[:1], seconds=8.0)
    assert ended == ["we_closed"]
    assert received[0] > 65_536
    reached = {row.rung for row in rows_of(station)}
    assert {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.BLOCK, Rung.PIECE} <= reached


ENCRYPTED = r"""
import pathlib, sys, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
torrent, folder, ip, ours = sys.argv[1:5]
bracketed = f"[{ip}]" if ":" in ip else ip
ses = lt.session({
    "listen_interfaces": f"{bracketed}:0", "outgoing_interfaces": ip, "enable_dht": False,
    "enable_lsd": False, "enable_upnp": False, "enable_natpmp": False,
    "enable_incoming_tcp": False, "enable_outgoing_tcp": False,
    "allow_multiple_connections_per_ip": True,
    "in_enc_policy": 0, "out_enc_policy": 0, "allowed_enc_level": 2,
})
p = lt.add_torrent_params()
p.ti, p.save_path = lt.torrent_info(torrent), folder
p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
handle = ses.add_torrent(p)
while not (ses.listen_port() and handle.status().is_seeding):
    time.sleep(0.05)
print(ses.listen_port(), flush=True)
for line in sys.stdin:
    handle.connect_peer((ours, int(line)))
"""


@pytest.fixture(params=["127.0.7.1", "::1"])
def encrypted(request, torrents):
    """A seed that speaks RC4 over uTP and nothing else, and calls whatever port it is told."""
    ours = HERE if "." in request.param else "::1"
    arguments = [str(torrents[0].file), str(torrents[0].content), request.param, ours]
    process = subprocess.Popen(
        [sys.executable, "-c", ENCRYPTED, *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    yield process, Endpoint.of(request.param, int(process.stdout.readline())), ip_address(ours)
    process.stdin.close()
    process.wait(30)
    process.stdout.close()


def test_encrypted_over_utp_both_ways(station, conduct, torrents, encrypted) -> None:
    process, there, here = encrypted
    about, entropy = watched(torrents[0]), Entropy()

    def plain(torrent: Torrent) -> PeerDialogue:
        peer_id = conduct.peer_id(entropy.draw(12))
        return PeerDialogue(torrent, peer_id=peer_id, conduct=conduct, limits=Limits())

    def visitor(_remote: Endpoint) -> InboundDialogue:
        return InboundDialogue(
            lambda asked: about if asked == about.info_hash.on_wire else None,
            lambda: [about],
            plain,
            limits=Limits(),
            private=entropy.draw(20),
            pads=entropy.draw(PAD_ENTROPY_BYTES),
        )

    async def hold(links: list[UtpLink]) -> None:
        async with asyncio.timeout(20):
            while not links or not links[0].dialogue.transcript.verified:
                for link in links:
                    link.tick()
                await asyncio.sleep(0.1)
        links[0].close("we_closed")
        async with asyncio.timeout(10):
            while not links[0].ended:
                await asyncio.sleep(0.05)

    async def go() -> None:
        station.recorder.record("torrent", Direction.NONE, torrents[0].file.read_bytes())
        works = [{"work_id": "film", "path": "film.mkv"}]
        note = {"info_hash": str(about.info_hash), "works": works, "pieces_allowed": True}
        station.recorder.note("target", note)
        hub = UtpHub(station.recorder, conduct, entropy, local=here, on_inbound=visitor)
        where = await hub.start()
        private, pads = entropy.draw(20), entropy.draw(PAD_ENTROPY_BYTES)
        called = EncryptedDialogue(plain(about), private=private, pads=pads)
        link = UtpLink(hub, there, called, lambda *_: None)
        await hub.dial(link)
        await hold([link])
        visitors: list[UtpLink] = []
        hub.on_open = visitors.append
        process.stdin.write(f"{where.port}\n")
        process.stdin.flush()
        await hold(visitors)
        hub.close()

    asyncio.run(go())
    rows = rows_of(station)
    for source in ("outbound", "inbound"):
        seen = {(row.rung, row.transport) for row in rows if row.source == source}
        assert (Rung.PIECE, "utp+mse") in seen, source
        assert (Rung.HANDSHAKEN, "utp+mse") in seen, source
