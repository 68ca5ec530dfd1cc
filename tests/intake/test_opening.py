# SPDX-License-Identifier: Apache-2.0
"""What is no file of bytes is never opened; each reader says so in its own way."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.intake.opening import NotRegular, open_regular, why_unread
from swarmwitness.intake.tables import take_sightings
from swarmwitness.intake.torrents import read_torrents
from swarmwitness.terms import InputError


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(path))


NO_FILES: list[tuple[str, Callable[[Path], object]]] = [
    ("is not a regular file", os.mkfifo),
    ("is not a regular file", Path.mkdir),
    ("is not a regular file", bind),
    ("is not a regular file", lambda path: path.symlink_to("/dev/zero")),
    ("is not a regular file", lambda path: path.symlink_to(path.parent)),
    ("cannot be read: No such file", lambda path: path.symlink_to("nowhere")),
    ("cannot be read: Too many levels", lambda path: path.symlink_to(path.name)),
]


@pytest.mark.parametrize(("why", "make"), NO_FILES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_that_is_no_file_is_named(
    tmp_path: Path, why: str, make: Callable[[Path], object], suffix: str
) -> None:
    path = tmp_path / f"x.{suffix}"
    make(path)
    with pytest.raises(InputError, match=f"^x.{suffix}: {why}"):
        take_sightings([path], tmp_path / "out", root=tmp_path)


@pytest.mark.parametrize(("why", "make"), NO_FILES)
def test_a_torrent_that_is_no_file_is_rejected(
    tmp_path: Path, why: str, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "x.torrent")
    found = read_torrents(tmp_path, tmp_path)
    (row,) = found.rejected.to_pylist()
    assert row["file"] == "x.torrent"
    assert row["reason"].startswith(why)


def test_a_link_to_a_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to("a")
    with open_regular(tmp_path / "b") as file:
        assert file.read() == b"x"


def test_a_reason_holds_no_path(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nothing") as error:
        open_regular(tmp_path / "nothing")
    assert why_unread(error.value) == "cannot be read: No such file or directory"
    assert why_unread(NotRegular()) == "is not a regular file"
