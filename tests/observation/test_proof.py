# SPDX-License-Identifier: Apache-2.0
"""What real libtorrent clients can be shown to hold and to give: each rung from 1 to 9, by version and role.

Roles: a seed, a leecher, the leecher after a restart, one that has nothing, a seed that never checked
its files, one that says that it has all and has no file (a fake seeder), a super-seeder. Each client
is a process of its own; nothing here may import code that can upload.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import time
from ipaddress import ip_address

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, verify
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Conduct, Limits, PeerDialogue, Torrent
from swarmwitness.swarm.allowed_fast import rules_fit
from swarmwitness.swarm.facts import ChallengeMet, ChallengeRefused, MetadataSeen, PexSeen
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Clock, Entropy, Recorder, Target
from swarmwitness.vantage.dial import Dialer, PeerLink
from swarmwitness.wire.metainfo import Metainfo

pytestmark = [
    pytest.mark.lab,
    pytest.mark.slow,
    pytest.mark.libtorrent,
]
HERE = ip_address("127.0.14.9")
SEED, LEECHER, NOTHING, UNCHECKED, FAKE, SUPER = (f"127.0.14.{n}" for n in range(1, 7))

MAKE = r"""
import pathlib, random, sys, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
root = pathlib.Path(sys.argv[1])
for kind, flag in {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}.items():
    folder = root / "seed" / kind
    folder.mkdir(parents=True)
    (folder / "film.mkv").write_bytes(random.Random(kind).randbytes((1 << 20) + 5000))
    (folder / "song.mp3").write_bytes(random.Random(kind + "song").randbytes(50_000))
    made = lt.create_torrent(lt.list_files(str(folder)), 65536, flag)
    lt.set_piece_hashes(made, str(folder.parent))
    (root / f"{kind}.torrent").write_bytes(lt.bencode(made.generate()))
"""
CLIENT = r"""
import json, sys, time, warnings
warnings.simplefilter("ignore")
import libtorrent as lt
ip, spec = sys.argv[1], json.loads(sys.argv[2])
session = lt.session({
    "listen_interfaces": f"{ip}:0", "outgoing_interfaces": ip, "enable_dht": False, "enable_lsd": False,
    "enable_upnp": False, "enable_natpmp": False, "enable_incoming_utp": False, "enable_outgoing_utp": False,
    "allow_multiple_connections_per_ip": True, "close_redundant_connections": False,
    "unchoke_slots_limit": 20,
})
handles = {}
for name, file in spec["torrents"].items():
    add = lt.add_torrent_params()
    add.ti, add.save_path = lt.torrent_info(file), spec["folder"]
    add.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    for flag in spec["flags"]:
        add.flags |= getattr(lt.torrent_flags, flag)
    handles[name] = session.add_torrent(add)
    handles[name].set_download_limit(spec["down"])
while not session.listen_port() or any("checking" in str(h.status().state) for h in handles.values()):
    time.sleep(0.05)
print(json.dumps(session.listen_port()), flush=True)
for line in sys.stdin:
    word, *rest = line.split()
    if word == "connect":
        for handle in handles.values():
            handle.connect_peer((rest[0], int(rest[1])))
    status = {name: handle.status().num_pieces for name, handle in handles.items()}
    peers = [p for h in handles.values() for p in h.get_peer_info()]
    print(json.dumps({"pieces": status, "received": {p.ip[0]: p.total_download for p in peers}}), flush=True)
"""


class Client:
    """One libtorrent process."""

    def __init__(self, ip, torrents, folder, flags=(), down=0) -> None:
        files = {name: str(file) for name, file in torrents.items()}
        spec = {"torrents": files, "folder": str(folder), "flags": list(flags), "down": down}
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, ip, json.dumps(spec)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.at = Endpoint.of(ip, json.loads(self.process.stdout.readline()))

    def say(self, *words):
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


class Observer:
    """A log, its live rows, and connections that the test asks for."""

    def __init__(self, folder) -> None:
        clock, entropy = Clock(), Entropy()
        self.folder, self.rows, self.live, self.key = (
            folder,
            [],
            Replayer("lab"),
            Ed25519PrivateKey.generate(),
        )
        self.log = EvidenceLog.create(folder, origin="lab", key=self.key, salt=entropy.draw, at=clock.read())
        self.recorder = Recorder(self.log, clock, "lab", self.see)
        self.conduct = Conduct("mailto:witness@example.org", private_networks=True)
        self.dialer = Dialer(self.recorder, local=HERE, conduct=self.conduct)
        self.entropy = entropy
        self.recorder.note("act", {"act": "observe-start"})

    def see(self, index, exhibit) -> None:
        self.rows += self.live.feed(index, exhibit)

    def watch(self, info_hash, metainfo, raw, works, allowed=True) -> Torrent:
        target = Target(info_hash, metainfo, (), works, allowed, raw)
        target.record(self.recorder)
        return target.torrent

    async def meet(self, torrent, remote, until, seconds=8.0):
        """A dialogue until something holds (or the time is up), and the facts that it told."""
        facts, over = [], []
        dialogue = PeerDialogue(
            torrent,
            peer_id=self.conduct.peer_id(self.entropy.draw(12)),
            conduct=self.conduct,
            limits=Limits(),
            choice=self.entropy.number(),
            on_fact=lambda fact, at: facts.append(fact),
        )
        link = PeerLink(self.dialer, remote, dialogue, lambda _, outcome: over.append(outcome))
        await self.dialer.dial(link)
        for _ in range(int(seconds / 0.05)):
            if over or until(dialogue, facts):
                break
            link.tick()
            await asyncio.sleep(0.05)
        link.close("we_closed")
        while not over:
            await asyncio.sleep(0.02)
        return dialogue, facts

    def finish(self):
        self.rows += self.live.finish()
        self.recorder.seal()
        self.log.close()
        assert verify(self.folder).failures == ()
        assert list(replay(self.folder)) == self.rows
        return self.rows


def reached(rung):
    return lambda dialogue, _: rung in dialogue.ladder.reached


def told(*kinds):
    return lambda _, facts: any(isinstance(fact, kinds) for fact in facts)


@pytest.fixture
def torrents(tmp_path):
    subprocess.run([sys.executable, "-c", MAKE, str(tmp_path)], check=True)
    return {kind: tmp_path / f"{kind}.torrent" for kind in ("v1", "v2", "hybrid")}


@pytest.fixture
def clients():
    running = []

    def start(*given, **more):
        running.append(Client(*given, **more))
        return running[-1]

    yield start
    for client in running:
        client.stop()


WORKS = (("film", "film.mkv"), ("song", "song.mp3"))
GAVE = {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.BLOCK, Rung.PIECE, Rung.PART}
NAMES = [("v1", 0), ("v2", 0), ("hybrid", 0), ("hybrid", 1)]


def test_every_rung_by_version_and_role(clients, torrents, tmp_path) -> None:
    raws = {kind: file.read_bytes() for kind, file in torrents.items()}
    metas = {kind: Metainfo.from_wire(raw) for kind, raw in raws.items()}
    seed = clients(SEED, torrents, tmp_path / "seed")
    leecher = clients(LEECHER, torrents, tmp_path / "leecher", down=40_000)
    nothing = clients(NOTHING, torrents, tmp_path / "nothing")
    leecher.say("connect", str(seed.at.ip), str(seed.at.port))
    observer, tops, probes = Observer(tmp_path / "evidence"), {}, {}

    async def by_name(kind, number):
        info_hash = metas[kind].info_hashes[number]
        torrent = observer.watch(info_hash, metas[kind], raws[kind], WORKS[:1])
        name = f"{kind} {len(info_hash.digest)}"
        dialogue, facts = await observer.meet(torrent, seed.at, reached(Rung.PART))
        tops[name, "seed"], probes[name, "seed"] = dialogue.ladder.reached, facts
        fits = rules_fit(dialogue.transcript.allowed_fast, HERE, info_hash.on_wire, torrent.n_pieces)
        assert fits in (None, ("whole_address",))
        dialogue, facts = await observer.meet(torrent, leecher.at, reached(Rung.PROGRESSED), 20.0)
        tops[name, "leecher"], probes[name, "leecher"] = dialogue.ladder.reached, facts
        dialogue, facts = await observer.meet(torrent, nothing.at, lambda *_: False, 1.5)
        tops[name, "nothing"], probes[name, "nothing"] = dialogue.ladder.reached, facts
        song = observer.watch(info_hash, metas[kind], raws[kind], WORKS[1:])
        dialogue, _ = await observer.meet(song, seed.at, reached(Rung.WHOLE))
        tops[name, "song"] = dialogue.ladder.reached

    async def run():
        for kind, number in NAMES:
            await by_name(kind, number)

    deadline = time.monotonic() + 20
    while min(leecher.say("status")["pieces"].values()) < 1 and time.monotonic() < deadline:
        time.sleep(0.2)
    asyncio.run(run())
    counted = [client.say("status")["received"] for client in (seed, leecher, nothing)]
    rows = observer.finish()

    for kind, number in NAMES:
        name, v2 = f"{kind} {20 if number == 0 and kind != 'v2' else 32}", number == 1 or kind == "v2"
        probed = {Rung.CHALLENGED} if v2 else set()
        assert tops[name, "seed"] == GAVE | probed, name
        assert tops[name, "leecher"] >= {Rung.CLAIMED, Rung.PROGRESSED} | probed, name
        assert tops[name, "nothing"] == {Rung.REACHABLE, Rung.HANDSHAKEN}, name
        # In v1 alone the song shares its pieces with the film's end.
        assert (Rung.WHOLE in tops[name, "song"]) == (kind != "v1"), name
        assert bool([fact for fact in probes[name, "seed"] if isinstance(fact, ChallengeMet)]) == v2
        assert not [fact for fact in probes[name, "nothing"] if isinstance(fact, ChallengeMet)]
    assert all(sent.get(str(HERE), 0) == 0 for sent in counted), "no payload came from us"
    assert {row.rung for row in rows} >= set(map(Rung, range(1, 10)))
    verified = [row for row in rows if row.rung is Rung.BLOCK and row.bytes_received]
    assert verified, "blocks of v2 verified alone"
    assert {row.ip for row in rows if row.rung is Rung.CHALLENGED} == {SEED, LEECHER}


def test_a_leecher_answers_after_a_restart_and_who_has_no_leaves_refuses(clients, torrents, tmp_path) -> None:
    raws = {kind: file.read_bytes() for kind, file in torrents.items() if kind != "v1"}
    metas = {kind: Metainfo.from_wire(raw) for kind, raw in raws.items()}
    files = {kind: torrents[kind] for kind in raws}
    half, hollow = tmp_path / "half", tmp_path / "hollow"
    for kind in raws:
        shutil.copytree(tmp_path / "seed" / kind, hollow / kind)
        for file in (hollow / kind).iterdir():
            file.write_bytes(bytes(file.stat().st_size))
        shutil.copytree(tmp_path / "seed" / kind, half / kind)
        film = half / kind / "film.mkv"
        film.write_bytes(film.read_bytes()[: 6 * 65536].ljust(film.stat().st_size, b"\0"))
    restarted = clients(LEECHER, files, half)
    unchecked = clients(UNCHECKED, files, tmp_path / "seed", flags=["seed_mode"])
    fake = clients(FAKE, files, hollow, flags=["seed_mode"])
    sparing = clients(SUPER, files, tmp_path / "seed", flags=["super_seeding"])
    observer, found = Observer(tmp_path / "evidence"), {}

    async def run():
        for kind, meta in metas.items():
            torrent = observer.watch(meta.info_hashes[-1], meta, raws[kind], WORKS, allowed=False)
            for role, client in (("restarted", restarted), ("unchecked", unchecked), ("fake", fake)):
                dialogue, facts = await observer.meet(
                    torrent, client.at, told(ChallengeMet, ChallengeRefused)
                )
                answers = [type(fact) for fact in facts if isinstance(fact, ChallengeMet | ChallengeRefused)]
                found[kind, role] = (dialogue.ladder.top, answers, dialogue.transcript.claims.share)
            dialogue, _ = await observer.meet(torrent, sparing.at, lambda *_: False, 2.0)
            found[kind, "super"] = (dialogue.ladder.top, [], dialogue.transcript.claims.share)

    asyncio.run(run())
    rows = observer.finish()
    for kind in metas:
        top, answers, share = found[kind, "restarted"]
        assert (top, answers) == (Rung.CHALLENGED, [ChallengeMet])
        assert 0 < share < 1
        for role in ("unchecked", "fake"):
            assert found[kind, role] == (Rung.CLAIMED, [ChallengeRefused], 1.0), (
                "a refusal never says who has it"
            )
        assert found[kind, "super"][0] <= Rung.CLAIMED, "it claims next to nothing"
    assert sum(row.bytes_received for row in rows) == 0, "no content moved"
    assert max(row.rung for row in rows) is Rung.CHALLENGED


def test_a_description_from_a_peer_and_neighbours(clients, torrents, tmp_path) -> None:
    """A magnet link of each name: the info dictionary comes from the seed; with it, of v2 even a piece."""
    seed = clients(SEED, torrents, tmp_path / "seed")
    leecher = clients(LEECHER, torrents, tmp_path / "leecher", down=20_000)
    leecher.say("connect", str(seed.at.ip), str(seed.at.port))
    observer, found = Observer(tmp_path / "evidence"), {}

    async def run():
        for kind, number in NAMES:
            meta = Metainfo.from_wire(torrents[kind].read_bytes())
            info_hash = meta.info_hashes[number]
            bare = observer.watch(info_hash, None, None, WORKS)
            _, facts = await observer.meet(bare, seed.at, told(MetadataSeen))
            (seen,) = [fact for fact in facts if isinstance(fact, MetadataSeen)]
            assert seen.info == meta.info
            raw = b"d4:info" + seen.info + b"e"
            told_of = observer.watch(info_hash, Metainfo.from_wire(raw), raw, WORKS[:1])
            dialogue, _ = await observer.meet(told_of, seed.at, reached(Rung.PART))
            found[kind, number] = dialogue.ladder.top
        v1 = Metainfo.from_wire(torrents["v1"].read_bytes())
        leecher.say("connect", str(seed.at.ip), str(seed.at.port))
        quiet = observer.watch(v1.info_hashes[0], v1, torrents["v1"].read_bytes(), WORKS, allowed=False)
        _, facts = await observer.meet(quiet, seed.at, lambda _, seen: any(f.added for f in seen), 75.0)
        found["pex"] = [peer.endpoint for fact in facts if isinstance(fact, PexSeen) for peer in fact.added]

    asyncio.run(run())
    rows = observer.finish()
    assert {found[name] for name in NAMES} == {Rung.PART}
    assert leecher.at in found["pex"]
    named = [row for row in rows if row.source == "pex"]
    assert {(row.said_by, row.ip) for row in named if row.port == leecher.at.port} == {
        (str(seed.at), LEECHER)
    }
    assert seed.say("status")["received"].get(str(HERE), 0) == 0
