# SPDX-License-Identifier: Apache-2.0
"""Durable writes: whole or not at all, private, never over something."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.evidence.files import make_folders, place_whole, remove_tree, write_all, write_new


def test_short_writes_are_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda handle, view: real(handle, bytes(view)[:3]))
        handle = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
        write_all(handle, bytearray(b"0123456789"))
        os.close(handle)
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_new_file_is_never_an_old_one(tmp_path: Path) -> None:
    write_new(tmp_path / "file", b"one")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "file", b"two")
    assert (tmp_path / "file").read_bytes() == b"one"


def test_a_file_is_placed_over_what_an_earlier_try_left(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "by-way").write_bytes(b"half")
    place_whole(tmp_path / "folder" / "file", b"whole", tmp_path / "by-way")
    assert (tmp_path / "folder" / "file").read_bytes() == b"whole"
    assert not (tmp_path / "by-way").exists()


def test_folders_on_the_way_are_made_and_told(tmp_path: Path) -> None:
    made = make_folders(tmp_path, ["tile/0/x001/000", "checkpoint"])
    assert made == {tmp_path, tmp_path / "tile", tmp_path / "tile/0", tmp_path / "tile/0/x001"}
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in made - {tmp_path})
    (tmp_path / "tile/0/x001/000").touch()
    remove_tree(tmp_path / "tile/0/x001")
    assert not (tmp_path / "tile/0/x001").exists()
