# SPDX-License-Identifier: Apache-2.0
"""The tracker over UDP, and a real client that announces there and is found."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.lab import libtorrent
from swarmwitness.lab.stage import find_stage
from swarmwitness.lab.tracker import Tracker
from swarmwitness.lab.udptracker import UdpTracker
from swarmwitness.terms import Endpoint
from swarmwitness.wire import tracker_udp as wire

NAME = bytes(range(20))
HERE, THERE = ("192.0.2.1", 5000), ("2001:db8::1", 5000)


class Wire:
    """What a socket's transport is asked for."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendto(self, data: bytes, addr: object) -> None:
        self.sent.append(data)

    def close(self) -> None:
        pass


@pytest.fixture
def ask() -> Callable[..., wire.Response | None]:
    """Put a datagram to one tracker."""
    tracker, line = UdpTracker(Tracker(io.StringIO())), Wire()
    tracker.connection_made(line)  # type: ignore[arg-type]

    def asked(data: bytes, addr: tuple[str, int] = HERE) -> wire.Response | None:
        line.sent.clear()
        tracker.datagram_received(data, addr)
        ipv6 = ":" in addr[0]
        return wire.response_from_wire(line.sent[0], ipv6=ipv6) if line.sent else None

    return asked


def announce_of(connection_id: int, letter: bytes, **more: object) -> bytes:
    given = {"port": 7001, "left": 5} | more
    return wire.AnnounceRequest(connection_id, 9, NAME, letter * 20, **given).to_wire()  # type: ignore[arg-type]


def id_for(ask: Callable[..., wire.Response | None], addr: tuple[str, int]) -> int:
    answer = ask(wire.ConnectRequest(5).to_wire(), addr)
    assert isinstance(answer, wire.ConnectResponse)
    assert answer.transaction == 5
    return answer.connection_id


def test_who_has_an_id_is_listed_to_others_of_its_family(ask: Callable[..., wire.Response | None]) -> None:
    other = ("192.0.2.2", 6000)
    ids = {addr: id_for(ask, addr) for addr in (HERE, other, THERE)}
    for addr, connection_id in ids.items():
        assert ask(announce_of(connection_id, b"a"), addr) is not None
    seen = ask(announce_of(ids[other], b"b", left=0), other)
    assert isinstance(seen, wire.AnnounceResponse)
    assert [str(peer) for peer in seen.peers] == ["192.0.2.1:7001"]
    assert (seen.seeders, seen.leechers) == (1, 2)
    alone = ask(announce_of(ids[THERE], b"c"), THERE)
    assert isinstance(alone, wire.AnnounceResponse)
    assert alone.peers == ()


def test_an_id_is_good_for_whom_it_was_given_to_alone(ask: Callable[..., wire.Response | None]) -> None:
    stolen = id_for(ask, HERE)
    answer = ask(announce_of(stolen, b"a"), ("192.0.2.2", 6000))
    assert isinstance(answer, wire.ErrorResponse)


def test_a_stated_address_is_believed(ask: Callable[..., wire.Response | None]) -> None:
    first = id_for(ask, HERE)
    ask(announce_of(first, b"f", ip=int.from_bytes(bytes((192, 0, 2, 51)), "big")))
    seen = ask(announce_of(first, b"a"))
    assert isinstance(seen, wire.AnnounceResponse)
    assert [str(peer) for peer in seen.peers] == ["192.0.2.51:7001"]


def test_a_scrape(ask: Callable[..., wire.Response | None]) -> None:
    first = id_for(ask, HERE)
    ask(announce_of(first, b"a", left=0))
    counted = ask(wire.ScrapeRequest(first, 9, (NAME, bytes(20))).to_wire())
    assert counted == wire.ScrapeResponse(9, (wire.Counts(1, 1, 0), wire.Counts(0, 0, 0)))


@pytest.mark.parametrize("junk", [b"", b"x" * 15, b"x" * 16, b"x" * 98, wire.ErrorResponse(1).to_wire()])
def test_what_is_no_question_gets_no_answer(ask: Callable[..., wire.Response | None], junk: bytes) -> None:
    assert ask(junk) is None


FIND = """
import asyncio, json, sys, time
from contextlib import closing
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import EvidenceLog
from swarmwitness.lab.swarm import Actor
from swarmwitness.lab.torrents import make_torrent
from swarmwitness.observation import Replayer, replay
from swarmwitness.swarm import Conduct, Torrent, tracker_for
from swarmwitness.vantage import Clock, Entropy, Recorder
from swarmwitness.vantage.announce import announce
from swarmwitness.wire.metainfo import Metainfo

folder, host, home, url = Path(sys.argv[1]), *sys.argv[2:]
torrent = make_torrent(folder, "F.mkv", "v1", {"F.mkv": 100_000}, url)
heard = folder / "tracker.jsonl"
tracker = Actor("swarmwitness.lab.tracker", host, "6969", str(heard), log=folder / "t.log")
(folder / "spec.json").write_text(
    json.dumps({"listen": home, "torrents": [[str(torrent.file), str(torrent.content)]]})
)
try:
    tracker.wait_ready("tracker")
    client = Actor("swarmwitness.lab.actors.client", str(folder / "spec.json"), log=folder / "c.log")
    until = time.monotonic() + 30
    while time.monotonic() < until and home not in heard.read_text():
        time.sleep(0.1)
    clock, entropy, conduct = Clock(), Entropy(), Conduct(private_networks=True)
    metainfo = Metainfo.from_wire(torrent.file.read_bytes())
    live, rows = Replayer("test.example/log"), []
    evidence = EvidenceLog.create(
        folder / "evidence", origin="test.example/log", key=Ed25519PrivateKey.generate(), salt=entropy.draw,
        at=clock.read(),
    )
    with closing(evidence):
        recorder = Recorder(evidence, clock, "here", lambda index, it: rows.extend(live.feed(index, it)))
        about = Torrent.of(metainfo.info_hashes[0], metainfo)
        asked = tracker_for(about, url, peer_id=conduct.peer_id(entropy.draw(12)), conduct=conduct)
        answer = asyncio.run(announce(asked, recorder, timeout_s=10))
        recorder.seal()
    client.stop()
finally:
    tracker.stop()
print(json.dumps({
    "listed": [str(peer.endpoint) for peer in answer.listed],
    "rows": [(row.ip, row.port, row.said_by) for row in rows],
    "replay_agrees": list(replay(folder / "evidence")) == rows,
}))
"""


@pytest.mark.lab
@pytest.mark.skipif(not libtorrent.available(), reason="no libtorrent")
@pytest.mark.parametrize("version", [4, 6])
def test_a_real_client_that_announces_there_is_found_through_it(tmp_path: Path, version: int) -> None:
    stage = find_stage()
    host, home = (
        (stage.address(8, 9), stage.address(8, 10))
        if version == 4
        else (stage.address6(8, 9), stage.address6(8, 10))
    )
    if host is None or home is None:
        pytest.skip("the stage has no IPv6")
    home, url = str(Endpoint.of(home, 7001)), f"udp://{Endpoint.of(host, 6969)}/announce"
    done = subprocess.run(
        stage.command([sys.executable, "-c", FIND, str(tmp_path), host, home, url]),
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    address = Endpoint.from_text(home)
    assert found == {
        "listed": [home],
        "rows": [[str(address.ip), 7001, url.removesuffix("/announce")]],
        "replay_agrees": True,
    }
