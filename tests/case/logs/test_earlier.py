# SPDX-License-Identifier: Apache-2.0
"""What a log tells a later watch: descriptions and nodes, from its end backwards, within bounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.logs import earlier as module
from swarmwitness.case.logs.earlier import MOST_PER_NETWORK, earlier
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.terms import Endpoint, InfoHash, Instant
from swarmwitness.vantage import Entropy, Target
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.krpc import Query, Response

KEY = bytes(range(32))
HERE = Endpoint.of("198.51.100.1", 7000)
Keep = Callable[..., Path]


def described(number: int, pieces: int = 200) -> tuple[InfoHash, bytes]:
    """A torrent and its name."""
    hashes = bytes(20 * pieces)
    raw = encode(
        {"length": pieces << 14, "name": f"work {number}", "piece length": 1 << 14, "pieces": hashes}
    )
    return InfoHash(hashlib.sha1(raw, usedforsecurity=False).digest()), b"d4:info" + raw + b"e"


def node(number: int, network: int = 0) -> Endpoint:
    return Endpoint.of(f"203.0.{113 + network}.{number}", 6881)


def exhibit(kind: str, payload: bytes, direction: Direction = Direction.NONE, remote=None) -> Exhibit:
    return Exhibit(kind, direction, Instant(5, 5), "here", 0, HERE, remote, payload)


def target(info_hash: InfoHash) -> Exhibit:
    note = {"info_hash": str(info_hash), "pieces_allowed": False, "works": []}
    return exhibit("target", json.dumps(note, sort_keys=True, separators=(",", ":")).encode())


def met(remote: Endpoint, *, asked: bool = True) -> list[Exhibit]:
    """A question to a node, and its answer."""
    token = remote.ip.packed[-2:]
    query = Query(token, "ping", node_id=bytes(20), read_only=1).to_wire()
    answer = Response(token, bytes(20)).to_wire()
    said = [exhibit("dht", query, Direction.OUT, remote)] if asked else []
    return [*said, exhibit("dht", answer, Direction.IN, remote)]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """A sealed log of these exhibits."""

    def made(*exhibits: Exhibit, content_key: bytes | None = None, segment_bytes: int = 1 << 26) -> Path:
        with EvidenceLog.create(
            tmp_path / "evidence", origin="test.example/log", key=Ed25519PrivateKey.generate(),
            salt=Entropy().draw, at=Instant(1), segment_bytes=segment_bytes, content_key=content_key,
        ) as log:  # fmt: skip
            for each in exhibits:
                log.record(each)
            log.seal(Instant(9))
        return tmp_path / "evidence"

    return made


@pytest.mark.parametrize("key", [None, KEY])
def test_descriptions_and_nodes_are_found(keep: Keep, key: bytes | None) -> None:
    (known, raw), (other, others) = described(1), described(2)
    log = keep(
        target(known),
        *met(node(1)),
        exhibit("torrent", others),
        exhibit("torrent", raw),
        *met(node(3), asked=False),
        *met(node(2)),
        content_key=key,
    )
    found = earlier(log, {known, InfoHash(bytes(20))}, nodes=True, content_key=key)
    assert found.torrents == {known: raw}
    assert found.nodes == [node(2), node(1)], "the latest first, and nobody who was not asked"
    assert found.fault == ""
    told = found.known(Target(known, trackers=("udp://t:1",), works=(("w", None),), pieces_allowed=True))
    assert told.metainfo is not None
    assert told.torrent_bytes == raw
    assert (told.trackers, told.works, told.pieces_allowed) == (("udp://t:1",), (("w", None),), True)
    unknown = Target(other)
    assert found.known(unknown) is unknown


def test_nothing_is_read_where_nothing_is_wanted(tmp_path: Path) -> None:
    found = earlier(tmp_path / "nowhere", (), nodes=False)
    assert (found.nodes, found.torrents, found.fault) == ([], {}, "")


def test_one_network_does_not_say_alone_where_to_begin(keep: Keep) -> None:
    crowd = [each for number in range(1, 100) for each in met(node(number))]
    found = earlier(keep(*met(node(1, 1)), *crowd), (), nodes=True)
    assert len(found.nodes) == MOST_PER_NETWORK + 1
    assert node(1, 1) in found.nodes


def test_no_more_nodes_than_so_many(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NODES", 3)
    log = keep(*(each for network in range(9) for each in met(node(1, network))))
    assert earlier(log, (), nodes=True).nodes == [node(1, 8), node(1, 7), node(1, 6)]


def test_no_further_back_than_the_last_watch_of_the_swarm_or_the_bound(keep: Keep) -> None:
    (known, raw) = described(1)
    filler = [exhibit("tcp", bytes(400), Direction.IN, node(1))] * 20
    log = keep(exhibit("torrent", raw), *filler, target(known), *filler, segment_bytes=3000)
    assert earlier(log, {known}, nodes=False).torrents == {}, "the last watch of it did not know it"
    unwatched = keep_again(log, exhibit("torrent", raw), *filler, *filler)
    assert earlier(unwatched, {known}, nodes=False).torrents == {known: raw}
    assert earlier(unwatched, {known}, nodes=False, most_bytes=6000).torrents == {}
    assert earlier(unwatched, {known}, nodes=False, stop=lambda: True).torrents == {}


def test_a_description_that_filled_a_segment_is_read_behind_its_target(keep: Keep) -> None:
    (known, raw) = described(1)
    filler = [exhibit("tcp", bytes(400), Direction.IN, node(1))] * 20
    log = keep(*filler, exhibit("torrent", raw), target(known), *filler, segment_bytes=3000)
    held = {path.read_bytes().count(b"torrent") * 2 + path.read_bytes().count(b"target")
            for path in (log / "segments").iterdir()}  # fmt: skip
    assert held == {0, 1, 2}, "one holds the torrent, the next one the target"
    assert earlier(log, {known}, nodes=False).torrents == {known: raw}


def keep_again(log: Path, *exhibits: Exhibit) -> Path:
    """Another log beside this one."""
    directory = log.with_name("another")
    with EvidenceLog.create(
        directory, origin="test.example/2", key=Ed25519PrivateKey.generate(), salt=Entropy().draw,
        at=Instant(1), segment_bytes=3000,
    ) as made:  # fmt: skip
        for each in exhibits:
            made.record(each)
        made.seal(Instant(9))
    return directory


def test_damage_ends_the_look_and_is_told(keep: Keep) -> None:
    (known, raw) = described(1)
    log = keep(exhibit("torrent", raw), *met(node(1)) * 9)
    (segment,) = (log / "segments").iterdir()
    segment.write_bytes(segment.read_bytes()[:-900])
    found = earlier(log, {known}, nodes=True)
    assert found.torrents == {known: raw}, "it proves itself"
    assert found.nodes == []
    assert "segments" in found.fault


def test_what_cannot_be_read_tells_nothing(keep: Keep) -> None:
    (known, raw) = described(1)
    log = keep(
        exhibit("torrent", raw), exhibit("torrent", b"de"), exhibit("target", b"{"), exhibit("dht", b"x")
    )
    assert earlier(log, {known}, nodes=True).torrents == {known: raw}
