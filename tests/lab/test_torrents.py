# SPDX-License-Identifier: Apache-2.0
"""Torrents of an implementation that is not ours, read by ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.torrents import PIECE_BYTES, content, make_torrent
from swarmwitness.wire.metainfo import Metainfo

pytest.importorskip("libtorrent")
TRACKER = "http://198.18.9.9:6969/announce"


@pytest.mark.parametrize("version", ["v1", "v2", "hybrid"])
def test_single_file(tmp_path: Path, version: str) -> None:
    made = make_torrent(tmp_path, "Film.mkv", version, {"Film.mkv": 3 * PIECE_BYTES + 17}, TRACKER)
    read = Metainfo.from_wire(made.file.read_bytes())
    assert read.version == version
    assert [str(name) for name in read.info_hashes] == [name for name in (made.v1, made.v2) if name]
    assert read.trackers == ((TRACKER,),)
    stored = (made.content / "Film.mkv").read_bytes()
    assert stored == content("Film.mkv/Film.mkv", 3 * PIECE_BYTES + 17)
    assert read.verify_piece(1, stored[PIECE_BYTES : 2 * PIECE_BYTES])
    assert not read.verify_piece(0, stored[PIECE_BYTES : 2 * PIECE_BYTES])


def test_bundle_has_a_work_for_each_file_and_pads_between(tmp_path: Path) -> None:
    sizes = {"a.mkv": PIECE_BYTES + 1, "b.mkv": PIECE_BYTES, "c.mkv": 5}
    made = make_torrent(tmp_path, "Pack", "hybrid", sizes, TRACKER)
    read = Metainfo.from_wire(made.file.read_bytes())
    assert [file.path[-1] for file in read.files if not file.pad] == list(sizes)
    assert any(file.pad for file in read.files)
    assert [(work.path, work.size) for work in made.works] == list(sizes.items())


def test_same_name_gives_the_same_torrent(tmp_path: Path) -> None:
    sizes = {"F.mkv": 70_000}
    one, two = (make_torrent(tmp_path / name, "F.mkv", "v1", sizes, TRACKER) for name in ("one", "two"))
    assert one.v1 == two.v1
