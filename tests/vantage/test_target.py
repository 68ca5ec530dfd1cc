# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from swarmwitness.terms import InfoHash
from swarmwitness.vantage import Target


def test_torrent_and_target_are_sealed(station, target, torrent_file) -> None:
    target("http://t/announce").record(station.recorder)
    assert station.kinds() == ["torrent", "target"]
    (_, torrent), (_, watched) = station.seen
    assert torrent.payload == torrent_file
    assert json.loads(watched.payload) == {
        "info_hash": str(target().info_hash),
        "works": [{"work_id": "film", "path": None}],
        "pieces_allowed": True,
    }


def test_an_info_hash_alone(station) -> None:
    bare = Target(InfoHash(bytes(32)))
    bare.record(station.recorder)
    assert station.kinds() == ["target"]
    assert bare.torrent.metainfo is None
    assert not bare.torrent.pieces_allowed


def test_what_belongs_together(target, torrent_file) -> None:
    metainfo = target().metainfo
    with pytest.raises(ValueError, match="belong together"):
        Target(target().info_hash, metainfo)
    with pytest.raises(ValueError, match="not a name of this torrent"):
        Target(InfoHash(bytes(20)), metainfo, torrent_bytes=torrent_file)
