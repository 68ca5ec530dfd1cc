# SPDX-License-Identifier: Apache-2.0
"""A folder of .torrent files: good ones by every name, bad ones in rejected."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from swarmwitness.intake.torrents import names_of, read_torrents
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

V1 = {b"name": b"one", b"length": 5, b"piece length": 16384, b"pieces": bytes(20)}
V2 = {
    b"name": b"two",
    b"meta version": 2,
    b"piece length": 16384,
    b"file tree": {b"two": {b"": {b"length": 5, b"pieces root": b"\1" * 32}}},
}
HYBRID = V1 | V2 | {b"name": b"two", b"file tree": V2[b"file tree"]}


def torrent(info: object) -> bytes:
    return encode({b"info": info})


def test_names() -> None:
    sha256 = hashlib.sha256(encode(HYBRID)).hexdigest()
    sha1 = hashlib.sha1(encode(HYBRID)).hexdigest()
    assert names_of(Metainfo.from_wire(torrent(HYBRID))) == (sha1, sha256, sha256[:40])
    assert len(names_of(Metainfo.from_wire(torrent(V1)))) == 1
    assert len(names_of(Metainfo.from_wire(torrent(V2)))) == 2


def test_good_and_bad_files(tmp_path: Path) -> None:
    folder = tmp_path / "torrents"
    (folder / "sub").mkdir(parents=True)
    (folder / "b.torrent").write_bytes(torrent(V1))
    (folder / "sub" / "a.torrent").write_bytes(torrent(HYBRID))
    (folder / "bad.torrent").write_bytes(torrent(V1)[:40])
    (folder / "note.txt").write_text("no torrent")
    found = read_torrents(folder, tmp_path)
    assert found.files == ("torrents/b.torrent", "torrents/sub/a.torrent")
    assert len(found.by_hash) == 4
    (rejected,) = found.rejected.to_pylist()
    assert (rejected["file"], rejected["line"]) == ("torrents/bad.torrent", 1)
    assert rejected["reason"]


def test_no_folder_is_no_torrents(tmp_path: Path) -> None:
    found = read_torrents(tmp_path / "none", tmp_path)
    assert (dict(found.by_hash), found.files, found.rejected.num_rows) == ({}, (), 0)


@pytest.mark.shared
def test_real_torrents_none_is_lost(shared: Path) -> None:
    folder = shared / "torrents"
    found = read_torrents(folder, shared)
    assert len(found.files) + found.rejected.num_rows == len(list(folder.rglob("*.torrent")))
    assert len(found.files) > 100


def test_a_name_that_is_not_utf8_is_told(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.torrent")).write_bytes(b"x")
    (tmp_path / os.fsdecode(b"\xfe.torrent")).write_bytes(torrent(V1))
    found = read_torrents(tmp_path, tmp_path)
    assert found.files == ("\\xfe.torrent",)
    assert found.rejected.column("file").to_pylist() == ["\\xff.torrent"]


def test_a_folder_called_like_a_torrent_is_rejected_and_searched(tmp_path: Path) -> None:
    (tmp_path / "x.torrent").mkdir()
    (tmp_path / "x.torrent" / "a.torrent").write_bytes(torrent(V1))
    found = read_torrents(tmp_path, tmp_path)
    assert found.files == ("x.torrent/a.torrent",)
    assert [row["file"] for row in found.rejected.to_pylist()] == ["x.torrent"]


def test_folders_as_deep_as_they_come(tmp_path: Path) -> None:
    home = Path.cwd()
    os.chdir(tmp_path)
    try:
        for _ in range(17):
            os.mkdir("d" * 250)
            os.chdir("d" * 250)
    finally:
        os.chdir(home)
    found = read_torrents(tmp_path, tmp_path)
    assert [row["reason"] for row in found.rejected.to_pylist()] == ["cannot be read: File name too long"]
