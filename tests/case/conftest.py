# SPDX-License-Identifier: Apache-2.0
"""A case small enough to count by hand, and a key folder that no test leaves behind."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case import home
from swarmwitness.case.create import create
from swarmwitness.case.custody.acts import open_log
from swarmwitness.case.run import run
from swarmwitness.evidence import EvidenceLog
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage import Entropy
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact

H = {name: f"{n:02x}" * 20 for n, name in enumerate(("one", "two", "three", "pack", "other"), 1)}

CASE_TOML = """
[case]
name = "Small"
seed = 7
synthetic = true

[[anchors]]
name = "corporate"
org_id = "company"
selected_by = "registry"

[[candidates]]
name = "hidden"
against = "corporate"
addresses = ["198.18.1.1", "198.18.1.2"]

[[candidates]]
name = "anybody"
against = "corporate"

[[dates]]
name = "notice"
at = 2025-03-20

[controls]
random_anchor_sets = 20
"""
WORKS = f"""info_hash,title,work_id,released_at,owner,kind,sensitive
{H["one"]},First <b>film</b>,w1,2025-01-01T00:00:00Z,case,film,true
{H["two"]},Second film,w2,2025-01-08T00:00:00Z,case,film,
{H["three"]},Second film again,w2,2025-01-08T00:00:00Z,case,film,
{H["other"]},Not ours,,2025-01-01T00:00:00Z,somebody,film,
"""
NETWORKS = """prefix,org_id,org_name,asn,kind,valid_from,valid_to,as_of,source
198.18.0.0/24,company,The Company,64496,corporate,2020-01-01,2025-02-01,2025-01-01,registry
198.18.0.0/24,successor,Successor,64499,corporate,2025-02-01,,2025-02-01,registry
198.18.1.0/24,cloud,A Cloud,64497,datacentre,,,2025-01-01,registry
198.18.2.0/24,isp,An ISP,64498,residential,,,2025-01-01,registry
198.18.2.128/25,other-isp,Another,64498,residential,,,2025-01-01,routing
"""
# Rows: corporate w1 twice (one is a duplicate), then after the block changed hands; hidden w1 and w2
# (two torrents of w2); background; one IPv4-mapped; two bad rows.
SIGHTINGS = f"""observed_at,ip,port,info_hash,rung,source,progress,bytes_received,collector
2025-01-02T00:00:00Z,198.18.0.1,6881,{H["one"]},4,outbound,0.5,0,v
2025-01-02T00:00:00Z,198.18.0.1,6881,{H["one"]},4,outbound,0.5,0,v
2025-01-03T00:00:00Z,::ffff:198.18.0.1,6881,{H["one"]},7,outbound,1.0,16384,v
2025-02-03T00:00:00Z,198.18.0.1,6881,{H["two"]},3,outbound,1.0,0,v
2025-01-02T10:00:00Z,198.18.1.1,50000,{H["one"]},3,outbound,0.1,0,v
2025-01-09T10:00:00Z,198.18.1.1,50000,{H["two"]},0,tracker,,,v
2025-01-09T11:00:00Z,198.18.1.2,50001,{H["three"]},4,outbound,0.2,0,v
2025-01-09T12:00:00Z,198.18.2.1,51413,{H["other"]},2,outbound,,,v
2025-01-09T13:00:00Z,198.18.2.200,51413,{H["one"]},2,outbound,,,v
2025-01-09T14:00:00,198.18.2.200,51413,{H["one"]},2,outbound,,,v
2025-01-09T15:00:00Z,198.18.2.300,51413,{H["one"]},2,outbound,,,v
"""


def make_case(root: Path) -> Path:
    """Write the small case."""
    for folder in ("sightings", "networks"):
        (root / folder).mkdir(parents=True)
    (root / "case.toml").write_text(CASE_TOML)
    (root / "works.csv").write_text(WORKS)
    (root / "networks" / "all.csv").write_text(NETWORKS)
    (root / "sightings" / "vendor.csv").write_text(SIGHTINGS)
    return root


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))


@pytest.fixture
def small_case(tmp_path: Path) -> Path:
    """CASE with two rejected rows, counted by hand in the tests."""
    return make_case(tmp_path / "small")


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """CASE and the output of one run of it; only to be read."""
    folder = tmp_path_factory.mktemp("ran")
    case = make_case(folder / "small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWARMWITNESS_HOME", str(folder / "home"))
        run(case, folder / "out")
    return case, folder / "out"


def tapes() -> Any:
    """Exhibits made by hand, as the tests of observation make them."""
    if "tapes" not in sys.modules:
        file = Path(__file__).parents[1] / "observation" / "conftest.py"
        spec = importlib.util.spec_from_file_location("tapes", file)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["tapes"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules["tapes"]


def watch(log: EvidenceLog, vantage: str, peers: tuple[str, ...], after_s: float = 0.0) -> None:
    """Record a watch of one torrent, in which each peer shakes hands and tells what it holds."""
    tape = tapes().Tape(seconds=after_s)
    tape.watched()
    for number, peer in enumerate(peers, 7):
        remote = Endpoint.of(peer, 6881)
        tape.opened(number, remote).said(tape.shake(b"-SW0200-123456789012"), number, remote)
        tape.heard(tape.shake(), number, remote).heard(tape.frame(15), number, remote)
        tape.heard(tape.have(0), number, remote, wait=10).heard(tape.have(1), number, remote, wait=10)
        tape.closed(number, remote)
    tape.note("act", act="observe-end")
    for exhibit in tape.exhibits:
        log.record(replace(exhibit, vantage=vantage))
    log.seal(exhibit.at)


def called(log: EvidenceLog, vantage: str, peers: tuple[str, ...]) -> None:
    """Record a watch in which each peer (ADDRESS:PORT) calls, shakes hands and says that it has nothing."""
    tape = tapes().Tape()
    tape.watched()
    for number, remote in enumerate(map(Endpoint.from_text, peers), 7):
        tape.opened(number, remote, direction="in").heard(tape.shake(), number, remote)
        tape.said(tape.shake(b"-SW0200-123456789012"), number, remote)
        tape.heard(tape.frame(15), number, remote).closed(number, remote)
    tape.note("act", act="observe-end")
    for exhibit in tape.exhibits:
        log.record(replace(exhibit, vantage=vantage))
    log.seal(exhibit.at)


@pytest.fixture
def watched_log() -> Callable[..., Ed25519PrivateKey]:
    """Make a sealed log of a watch; returns its key, which no key folder holds."""

    def make(
        directory: Path,
        origin: str,
        *,
        vantage: str = "here",
        peers: tuple[str, ...] = ("198.18.0.1", "198.18.1.1"),
        after_s: float = 0.0,
        inbound: bool = False,
        **more: Any,
    ) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        directory.parent.mkdir(parents=True, exist_ok=True)
        made = EvidenceLog.create(
            directory, origin=origin, key=key, salt=Entropy().draw, at=Instant(tapes().START_NS), **more
        )
        with made as log:
            if inbound:
                called(log, vantage, peers)
            else:
                watch(log, vantage, peers, after_s)
        return key

    return make


@pytest.fixture
def watch_on() -> Callable[..., None]:
    """Record a further watch in a log."""
    return watch


SEED, LEECHER, DEAD, TRACKER = "198.51.100.7", "198.51.100.8", "198.51.100.9", "192.0.2.80"


def converse(log: EvidenceLog) -> dict[str, list[int]]:
    """Record a watch: an announce that lists three endpoints, a seed, a leecher, one that never answers.

    Returns:
        The numbers of the exhibits of each conversation, of `none` what belongs to no connection.
    """
    t = tapes()
    tape = t.Tape().watched()
    seed, leecher, dead = (Endpoint.of(ip, 6881) for ip in (SEED, LEECHER, DEAD))
    tracker = Endpoint.of(TRACKER, 80)
    tape.opened(4, tracker, url="http://tracker.example/announce")
    tape.said(b"GET /announce HTTP/1.1\r\nHost: x\r\n\r\n", 4, tracker, kind="http")
    peers = to_compact([seed, leecher, dead])[0]
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + encode({"interval": 900, "peers": peers})
    tape.heard(answer, 4, tracker, kind="http").closed(4, tracker, "answered")
    tape.note("net", 99, dead, event="fail", outcome="timeout", info_hash=tape.info_hash.hex())
    for number, peer in ((7, seed), (8, leecher)):
        tape.opened(number, peer).said(tape.shake(t.OUR_ID), number, peer)
        tape.heard(tape.shake(), number, peer).heard(tape.frame(15), number, peer)
    tape.heard(tape.have(1), 8, leecher, wait=10).closed(7, seed).closed(8, leecher)
    tape.note("act", act="observe-end")
    names = {4: "tracker", 99: "dead", 7: "seed", 8: "leecher", 0: "none"}
    found: dict[str, list[int]] = {name: [] for name in names.values()}
    for exhibit in tape.exhibits:
        found[names[exhibit.connection]].append(log.record(exhibit))
    log.seal(exhibit.at)
    return found


@dataclass(frozen=True, slots=True)
class Observed:
    """A case whose evidence holds conversations, and which exhibits are whose."""

    root: Path
    origin: str
    of: dict[str, list[int]]
    torrent: str

    def text(self, *names: str) -> str:
        """The exhibits of these conversations, as acts tell them."""
        return Ranges.of(index for name in names for index in self.of[name]).to_text()


@pytest.fixture
def observed(tmp_path: Path) -> Observed:
    """A synthetic case with one work, one set, and a sealed watch."""
    made = create(tmp_path / "observed", name="observed", synthetic=True, by="Ada")
    torrent = tapes().Tape().info_hash.hex()
    (made.root / "works.csv").write_text(f"info_hash,title,work_id,owner\n{torrent},Film,w1,case\n")
    with (made.root / "case.toml").open("a") as file:
        file.write(f'\n[[anchors]]\nname = "corporate"\naddresses = ["{LEECHER}", "{DEAD}"]\n')
    with open_log(made.root / "evidence", made.origin) as log:
        of = converse(log)
    home.keep_checkpoint(made.origin, made.root / "evidence")
    return Observed(made.root, made.origin, of, torrent)


@pytest.fixture
def converse_on() -> Callable[[EvidenceLog], dict[str, list[int]]]:
    """Record a further watch with conversations."""
    return converse
