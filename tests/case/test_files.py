# SPDX-License-Identifier: Apache-2.0
"""Files that somebody else prepared: nothing hangs, nothing is swallowed, what can't be seen is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.case.files import MAX_DEPTH, files_below, read_regular, shown
from swarmwitness.terms import InputError


def test_a_regular_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert read_regular(tmp_path / "a", 3) == b"abc"
    with pytest.raises(InputError, match="longer than 2"):
        read_regular(tmp_path / "a", 2)


def test_what_is_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    for name, why in (
        ("pipe", "regular"),
        ("zero", "regular"),
        ("loop", "can't"),
        ("none", "no such"),
        (".", "regular"),
    ):
        with pytest.raises(InputError, match=why):
            read_regular(tmp_path / name, 10)
    with pytest.raises(InputError, match="null"):
        read_regular(tmp_path / "a\0b", 10)


def test_everything_below_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "1").touch()
    (tmp_path / "a").touch()
    (tmp_path / "b" / "up").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "z")
    names = [str(p.relative_to(tmp_path)) for p in files_below(tmp_path)]
    assert sorted(names) == ["a", "b/c/1", "b/up", "z"]
    assert list(files_below(tmp_path / "none")) == []


def test_depth_is_bounded_and_said(tmp_path: Path) -> None:
    deep = tmp_path
    for _ in range(MAX_DEPTH + 2):
        deep = deep / "d"
    deep.mkdir(parents=True)
    with pytest.raises(InputError, match="folders deep"):
        list(files_below(tmp_path))


def test_a_folder_that_is_a_loop_is_said(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="loop"):
        list(files_below(tmp_path / "loop"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0)
    with pytest.raises(InputError, match="shut"):
        list(files_below(tmp_path))


def test_names_are_printable() -> None:
    assert shown(os.fsdecode(b"a\xff\x1b.csv")) == "a\\xff\\x1b.csv"
