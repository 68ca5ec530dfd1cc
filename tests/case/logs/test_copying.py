# SPDX-License-Identifier: Apache-2.0
"""A sealed log is copied byte by byte, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.case.logs.copying import at_rest, copy_log
from swarmwitness.evidence import EvidenceLog, verify
from swarmwitness.terms import InputError
from swarmwitness.vantage import Entropy


@pytest.fixture
def source(tmp_path: Path, watched_log: Callable[..., Any]) -> Path:
    watched_log(tmp_path / "there" / "log", "far.example/log")
    return tmp_path / "there" / "log"


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_byte_and_no_foreign_modes(source: Path, tmp_path: Path) -> None:
    os.chmod(source / "checkpoint", 0o644)
    copy_log(source, tmp_path / "copy")
    assert files(tmp_path / "copy") == files(source)
    assert verify(tmp_path / "copy").ok
    for path in (tmp_path / "copy").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("kind", ["link", "folder link", "pipe"])
def test_what_no_sealed_log_has_is_refused(source: Path, tmp_path: Path, kind: str) -> None:
    odd = source / "segments" / "odd"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/etc/hostname" if kind == "link" else "/etc")
    with pytest.raises(InputError, match=r"odd: (a link|is not a regular file)"):
        copy_log(source, tmp_path / "copy")


def test_a_log_that_is_written_to_is_not_copied(tmp_path: Path, watched_log: Callable[..., Any]) -> None:
    key = watched_log(tmp_path / "log", "far.example/log")
    with (
        EvidenceLog.open(tmp_path / "log", key=key, salt=Entropy().draw),
        pytest.raises(InputError, match="writer"),
        at_rest(tmp_path / "log"),
    ):
        raise AssertionError("not reached")
    with at_rest(tmp_path / "log"), at_rest(tmp_path / "log"):
        assert verify(tmp_path / "log").ok


def test_a_log_larger_than_the_disk_is_refused_before_it_fills_it(source: Path, tmp_path: Path) -> None:
    too_long = shutil.disk_usage(tmp_path).free + (1 << 40)
    try:
        os.truncate(source / "segments" / f"{0:020d}.seg", too_long)
    except OSError:
        pytest.skip("the file system takes no sparse file of that length")
    with pytest.raises(InputError, match="room"):
        copy_log(source, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
