# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from swarmwitness.observation.registry import Registry
from swarmwitness.terms import InfoHash, MalformedMessage


def target(info_hash: bytes, works=(), allowed=False) -> bytes:
    listed = [{"work_id": work, "path": path} for work, path in works]
    return json.dumps({"info_hash": info_hash.hex(), "works": listed, "pieces_allowed": allowed}).encode()


def test_torrent_and_target_come_together(tape) -> None:
    registry = Registry()
    registry.take_torrent(tape.torrent)
    registry.take_target(target(tape.info_hash, [("film", None)], True))
    torrent = registry.look_up(InfoHash(tape.info_hash))
    assert torrent.n_pieces == 5
    assert torrent.askable == frozenset(range(5))


def test_a_later_target_replaces_an_earlier_one(tape) -> None:
    registry = Registry()
    registry.take_torrent(tape.torrent)
    registry.take_target(target(tape.info_hash))
    registry.take_target(target(tape.info_hash, [("film", None)]))
    assert registry.look_up(InfoHash(tape.info_hash)).works == ("film",)


def test_a_watch_that_begins_knows_no_torrent_of_an_earlier_one(tape) -> None:
    registry = Registry()
    registry.take_torrent(tape.torrent)
    info_hash = registry.take_target(target(tape.info_hash))
    registry.begin()
    assert registry.look_up(info_hash).metainfo is None
    assert registry.by_wire(info_hash.on_wire) is None
    assert not registry.watched()


def test_of_what_no_target_named_only_the_name_is_known(tape) -> None:
    registry = Registry()
    assert registry.look_up(InfoHash(tape.info_hash)).n_pieces is None
    registry.take_torrent(tape.torrent)
    assert registry.look_up(InfoHash(tape.info_hash)).n_pieces == 5
    assert registry.look_up(InfoHash(bytes(32))).metainfo is None


def test_what_is_no_torrent_or_target() -> None:
    registry = Registry()
    with pytest.raises(MalformedMessage):
        registry.take_torrent(b"d4:infoi1ee")
    with pytest.raises(MalformedMessage):
        registry.take_target(b'{"info_hash":"00"}')
