# SPDX-License-Identifier: Apache-2.0
"""Real clients that speak encrypted or not at all, dialled and dialling: pieces verify, the wire shows
no handshake in the open, and the sealed log tells the same rows.

The clients run in processes of their own; their own counters say what the observer sent them.
"""

import asyncio
import ctypes
import json
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from ipaddress import ip_address

import pytest

from swarmwitness.evidence import read, verify
from swarmwitness.observation import replay
from swarmwitness.swarm import Conduct, Limits, PeerDialogue
from swarmwitness.swarm.inbound import InboundDialogue
from swarmwitness.swarm.mse import PAD_ENTROPY_BYTES, EncryptedDialogue
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Entropy, Target
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.vantage.listen import Listener
from swarmwitness.vantage.utp import UtpHub
from swarmwitness.vantage.utplink import UtpLink
from swarmwitness.wire.metainfo import Metainfo

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.libtorrent,
]
HERE = ip_address("127.0.12.9")
FORCED, ENABLED, DISABLED = 0, 1, 2
PLAIN, RC4, BOTH = 1, 2, 3
SEEDS = {
    # name: (address, in_enc_policy, allowed_enc_level)
    "rc4": ("127.0.12.1", FORCED, RC4),
    "plain-payload": ("127.0.12.2", FORCED, PLAIN),
    "either": ("127.0.12.3", ENABLED, BOTH),
    "open": ("127.0.12.4", DISABLED, BOTH),
}
OVER_UTP = ("127.0.12.5", FORCED, RC4)
TRANSMISSION = "127.0.12.6"

CLIENTS = r"""
import json, pathlib, random, sys, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
root, observer, seeds = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
FLAGS = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only}

def make(kind, number):
    folder = root / "seed" / kind
    folder.mkdir(parents=True)
    (folder / "film.mkv").write_bytes(random.Random(number).randbytes((2 << 20) + 5000))
    (folder / "extra.txt").write_bytes(b"a second file, since v2 lays a single one elsewhere")
    files = lt.file_storage()
    lt.add_files(files, str(folder))
    made = lt.create_torrent(files, 65536, FLAGS[kind])
    lt.set_piece_hashes(made, str(folder.parent))
    raw = lt.bencode(made.generate())
    (root / f"{kind}.torrent").write_bytes(raw)
    return lt.torrent_info(lt.bdecode(raw))

def session(ip, policy, level, utp):
    return lt.session({
        "enable_incoming_tcp": not utp, "enable_outgoing_tcp": not utp,
        "listen_interfaces": f"{ip}:0", "outgoing_interfaces": ip, "enable_dht": False, "enable_lsd": False,
        "enable_upnp": False, "enable_natpmp": False, "unchoke_slots_limit": 20,
        "enable_incoming_utp": utp, "enable_outgoing_utp": utp,
        "in_enc_policy": policy, "out_enc_policy": policy, "allowed_enc_level": level,
        "prefer_rc4": level != 1, "allow_multiple_connections_per_ip": True,
    })

infos = {kind: make(kind, number) for number, kind in enumerate(FLAGS)}
sessions, handles = {}, {}
for name, (ip, policy, level) in seeds.items():
    sessions[name] = session(ip, policy, level, name == "utp")
    for kind, info in infos.items():
        p = lt.add_torrent_params()
        p.ti, p.save_path = info, str(root / "seed")
        p.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
        p.flags |= lt.torrent_flags.seed_mode
        handles[name, kind] = sessions[name].add_torrent(p)
deadline = time.time() + 10
while not all(s.listen_port() for s in sessions.values()) and time.time() < deadline:
    time.sleep(0.05)
print(json.dumps({name: s.listen_port() for name, s in sessions.items()}), flush=True)
for line in sys.stdin:
    words = line.split()
    if words[0] == "dial":
        for handle in handles.values():
            handle.connect_peer((observer, int(words[1])))
    most = max((peer.total_download for h in handles.values() for peer in h.get_peer_info()), default=0)
    print(json.dumps({"downloaded_from_observer": most}), flush=True)
"""


@pytest.fixture
def clients(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", CLIENTS, str(tmp_path), str(HERE), json.dumps({**SEEDS, "utp": OVER_UTP})],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def transmission(tmp_path):
    """A starter of Debian's daemon as a seed that takes encrypted peers alone; the port it listens on."""
    started = []

    def start(torrent_file, folder):
        with socket.socket() as probe, socket.socket() as other:
            probe.bind((TRANSMISSION, 0))
            other.bind((TRANSMISSION, 0))
            peer_port, rpc_port = probe.getsockname()[1], other.getsockname()[1]
        home = tmp_path / "transmission"
        home.mkdir()
        settings = {
            "encryption": 2, "bind-address-ipv4": TRANSMISSION, "peer-port": peer_port, "utp-enabled": False,
            "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False,
            "port-forwarding-enabled": False, "rpc-bind-address": TRANSMISSION, "rpc-port": rpc_port,
            "rpc-whitelist-enabled": False, "rpc-host-whitelist-enabled": False, "download-dir": str(folder),
        }  # fmt: skip
        (home / "settings.json").write_text(json.dumps(settings))
        command = ["transmission-daemon", "--foreground", "--encryption-required", "--config-dir", str(home)]
        with (home / "log").open("wb") as told:
            started.append(subprocess.Popen(command, stdout=told, stderr=told))
        remote = ["transmission-remote", f"{TRANSMISSION}:{rpc_port}"]
        ask(remote, "--add", str(torrent_file), "--download-dir", str(folder))
        for _ in range(100):
            if "100%" in ask(remote, "--list"):
                return peer_port
            time.sleep(0.2)
        raise AssertionError("transmission did not come to seed")

    yield start
    for process in started:
        process.kill()
        process.wait()


def ask(remote: list[str], *words: str) -> str:
    for _ in range(50):
        ran = subprocess.run([*remote, *words], capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return ran.stdout
        time.sleep(0.2)
    raise AssertionError(ran.stderr)


class Sniffer:
    """The kernel's own copy of what crosses loopback to and from 127.0.12.0/24; needs root."""

    NETWORK, ACCEPT = 0x7F000C00, 0xFFFF
    LOAD, AND, EQUAL, RETURN = 0x20, 0x54, 0x15, 0x06
    PROGRAM = (
        (LOAD, 0, 0, 12), (AND, 0, 0, 0xFFFFFF00), (EQUAL, 3, 0, NETWORK),
        (LOAD, 0, 0, 16), (AND, 0, 0, 0xFFFFFF00), (EQUAL, 0, 1, NETWORK),
        (RETURN, 0, 0, ACCEPT), (RETURN, 0, 0, 0),
    )  # fmt: skip

    def __init__(self) -> None:
        self.bytes, self.shakers = 0, set()
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        filters = b"".join(struct.pack("HBBI", *step) for step in self.PROGRAM)
        self._filters = ctypes.create_string_buffer(filters)
        program = struct.pack("HL", len(self.PROGRAM), ctypes.addressof(self._filters))
        self._socket.setsockopt(socket.SOL_SOCKET, 26, program)
        # SO_RCVBUFFORCE: the system's own limit holds less than what crosses while we are not on a core.
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self._socket.bind(("lo", 0x0800))
        self._socket.settimeout(0.2)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                packet = self._socket.recv(70_000)
            except TimeoutError:
                continue
            self.bytes += len(packet)
            if b"BitTorrent protocol" in packet:
                self.shakers.add((socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])))

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def sniffer():
    """None where nobody may look at packets."""
    try:
        looking = Sniffer()
    except PermissionError:
        yield None
        return
    yield looking
    looking.stop()


class Post:
    """An observer without a schedule: who is dialled, and how, is the test's."""

    def __init__(self, recorder, targets) -> None:
        self.recorder, self.targets, self.entropy = recorder, targets, Entropy()
        self.conduct = Conduct(dials_per_network_per_s=1000, inbound_per_network=100, private_networks=True)
        self.dialer = Dialer(recorder, local=HERE, conduct=self.conduct)
        self.by_wire = {target.info_hash.on_wire: target.torrent for target in targets.values()}
        self.outcomes, self.guests = {}, []
        self.listener = Listener(recorder, self.conduct, self.inbound, self.guests.append, lambda *_: None)

    def dialogue(self, torrent, listen_first=False):
        return PeerDialogue(
            torrent,
            peer_id=self.conduct.peer_id(self.entropy.draw(12)),
            conduct=self.conduct,
            limits=Limits(),
            choice=self.entropy.number(),
            listen_first=listen_first,
        )

    def secrets(self):
        return {"private": self.entropy.draw(20), "pads": self.entropy.draw(PAD_ENTROPY_BYTES)}

    def inbound(self, _remote):
        return InboundDialogue(
            self.by_wire.get,
            self.by_wire.values,
            lambda torrent: self.dialogue(torrent, True),
            limits=Limits(),
            **self.secrets(),
        )

    async def meet(self, name, remote, kind, *, mse=True, plain_ok=True, seconds=6.0):
        """Until it gave a piece, or it is over."""
        dialogue = self.dialogue(self.targets[kind].torrent)
        if mse:
            dialogue = EncryptedDialogue(dialogue, plain_ok=plain_ok, **self.secrets())
        link = PeerLink(
            self.dialer, remote, dialogue, lambda _, outcome: self.outcomes.update({name: outcome})
        )
        await self.dialer.dial(link)
        await until(lambda: name in self.outcomes or Rung.PART in dialogue.ladder.reached, link, seconds)
        link.close("we_closed")
        await until(lambda: name in self.outcomes, link, 2)
        return link

    async def meet_over_utp(self, kind, remote):
        """Encrypted inside uTP; the highest rung."""
        hub = UtpHub(self.recorder, self.conduct, self.entropy, local=HERE)
        await hub.start()
        dialogue = EncryptedDialogue(self.dialogue(self.targets[kind].torrent), **self.secrets())
        link = UtpLink(hub, remote, dialogue, lambda *_: None)
        await hub.dial(link)
        await until(lambda: Rung.PART in dialogue.ladder.reached, link, 8.0)
        link.close("we_closed")
        await asyncio.sleep(0.2)
        hub.close()
        return dialogue.ladder.top


async def until(holds, link, seconds):
    for _ in range(int(seconds / 0.05)):
        if holds():
            return
        link.tick()
        await asyncio.sleep(0.05)


def test_real_clients_encrypted_and_not(clients, transmission, sniffer, station, tmp_path) -> None:
    ports = json.loads(clients.stdout.readline())
    raws = {kind: (tmp_path / f"{kind}.torrent").read_bytes() for kind in ("v1", "v2")}
    metas = {kind: Metainfo.from_wire(raw) for kind, raw in raws.items()}
    targets = {
        kind: Target(meta.info_hashes[0], meta, (), ((kind, "film.mkv"),), True, raws[kind])
        for kind, meta in metas.items()
    }
    daemon = None
    if shutil.which("transmission-daemon"):
        daemon = Endpoint.of(TRANSMISSION, transmission(tmp_path / "v1.torrent", tmp_path / "seed"))
    recorder, rows = station.recorder, station.rows
    recorder.note("act", {"act": "observe-start"})
    for target in targets.values():
        target.record(recorder)
    post, tops, over_utp, counters = Post(recorder, targets), {}, {}, {}

    async def run():
        if sniffer is not None:
            # Whoever takes no plaintext hears none before it is tried in the open.
            for kind in targets:
                await post.meet(("first", kind), Endpoint.of(SEEDS["rc4"][0], ports["rc4"]), kind)
            for _ in range(400):
                if sniffer.bytes > 2 * 65536:
                    break
                await asyncio.sleep(0.05)
            assert sniffer.bytes > 2 * 65536, "both pieces crossed, and were looked at"
            assert sniffer.shakers == set(), "on the wire no handshake was seen"
        for name, (ip, _, _) in SEEDS.items():
            remote = Endpoint.of(ip, ports[name])
            for kind in targets:
                for label, how in (
                    ("in the open", {"mse": False}),
                    ("mse", {}),
                    ("mse rc4", {"plain_ok": False}),
                ):
                    link = await post.meet((name, kind, label), remote, kind, **how)
                    tops[name, kind, label] = link.dialogue.ladder.top
        if daemon is not None:
            for label, how in (("in the open", {"mse": False}), ("mse", {})):
                link = await post.meet(("transmission", "v1", label), daemon, "v1", seconds=25.0, **how)
                tops["transmission", "v1", label] = link.dialogue.ladder.top
        for kind in targets:
            over_utp[kind] = await post.meet_over_utp(kind, Endpoint.of(OVER_UTP[0], ports["utp"]))
        where = await post.listener.start(HERE)
        clients.stdin.write(f"dial {where.port}\n")
        clients.stdin.flush()
        clients.stdout.readline()
        for _ in range(200):
            post.listener.tick()
            if sum(Rung.PART in guest.dialogue.ladder.reached for guest in post.guests) == 8:
                break
            await asyncio.sleep(0.05)
        clients.stdin.write("count\n")
        clients.stdin.flush()
        counters.update(json.loads(clients.stdout.readline()))
        post.listener.close()
        await asyncio.sleep(0.2)

    asyncio.run(run())
    assert sniffer is None or (str(HERE), SEEDS["open"][0]) in sniffer.shakers, "in the open they are seen"
    station.close()

    met, nobody = Rung.PART, Rung.REACHABLE
    for kind in targets:
        found = {name: [tops[name, kind, how] for how in ("in the open", "mse", "mse rc4")] for name in SEEDS}
        assert found == {
            "rc4": [nobody, met, met],
            "plain-payload": [nobody, met, nobody],
            "either": [met, met, met],
            "open": [met, nobody, nobody],
        }, (kind, post.outcomes)
    if daemon is not None:
        assert tops["transmission", "v1", "in the open"] is nobody
        assert tops["transmission", "v1", "mse"] is met

    assert over_utp == dict.fromkeys(targets, met)
    assert {row.transport for row in rows if row.ip == OVER_UTP[0] and row.rung is Rung.PART} == {"utp+mse"}

    guests = {guest.remote.ip.compressed: [] for guest in post.guests}
    for guest in post.guests:
        guests[guest.remote.ip.compressed].append(guest.dialogue.ladder.top)
    assert {ip: sorted(map(int, tops)) for ip, tops in guests.items()} == {
        ip: [met, met] for ip, _, _ in SEEDS.values()
    }

    inbound = {(row.ip, row.transport) for row in rows if row.source == "inbound" and row.rung is Rung.PART}
    assert inbound >= {("127.0.12.1", "tcp+mse"), ("127.0.12.2", "tcp+mse"), ("127.0.12.4", "tcp")}
    assert {ip for ip, _ in inbound} == {ip for ip, _, _ in SEEDS.values()}
    encrypted = {row.ip for row in rows if row.transport == "tcp+mse" and row.rung is Rung.PIECE}
    assert encrypted >= {"127.0.12.1", "127.0.12.2", "127.0.12.3"}

    assert list(replay(station.evidence)) == rows
    assert verify(station.evidence).failures == ()
    assert counters["downloaded_from_observer"] < 16384
    # Where plaintext is selected the responder's handshake is the first of it: so says the specification.
    shown = seen_in_the_open(station.evidence)
    assert {ip for ip, open_ in shown.items() if open_} == {"127.0.12.2"}
    assert set(shown) >= {"127.0.12.1", "127.0.12.3"}


def wire(directory) -> dict[int, bytes]:
    """Per connection, all that crossed the socket."""
    joined: dict[int, bytes] = defaultdict(bytes)
    for _, exhibit in read(directory):
        if exhibit.kind == "tcp":
            joined[exhibit.connection] += exhibit.payload
    return joined


def seen_in_the_open(directory) -> dict[str, bool]:
    """Of connections with an `mse` note: address of the peer -> whether a handshake crossed unencrypted."""
    said, seen = wire(directory), {}
    for _, exhibit in read(directory):
        if exhibit.kind == "net" and b'"event":"mse"' in exhibit.payload:
            ip, shown = str(exhibit.remote.ip), b"BitTorrent protocol" in said[exhibit.connection]
            seen[ip] = seen.get(ip, False) or shown
    return seen
