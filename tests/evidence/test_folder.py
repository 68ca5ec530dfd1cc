# SPDX-License-Identifier: Apache-2.0
"""The exact set of files: what belongs is counted, everything else is named, whatever its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.evidence.folder import FolderCheck
from swarmwitness.evidence.marker import Marker
from swarmwitness.evidence.verdict import MAX_FAILURES, Findings

MARKER = Marker(255, 300, bytes(32))


def checked(
    directory: Path, *, marker: Marker | None = None, accepted: set[str] | None = None
) -> FolderCheck:
    check = FolderCheck(directory, 300, accepted or set(), marker, Findings())
    check.run()
    return check


def test_what_belongs_is_counted(tmp_path: Path) -> None:
    for path in ("README", "checkpoint", "log.vkey", "tile/0/000", "tile/0/001.p/44", "segments/s"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch(mode=0o600)
    (tmp_path / "README").chmod(0o644)
    check = checked(tmp_path, accepted={"segments/s"})
    assert (check.files, check.open_to_others, check.findings.total) == (6, 1, 0)
    assert checked(tmp_path).findings.failures[0].file == "segments/s"


def test_a_marker_has_room_for_itself_and_for_nothing_else(tmp_path: Path) -> None:
    for path in ("unsealed", "sealing/0", "sealing/1/2"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch(mode=0o600)
    assert {f.file for f in checked(tmp_path).findings.failures} == {"unsealed", "sealing/0", "sealing/1/2"}
    check = checked(tmp_path, marker=MARKER)
    assert {f.file for f in check.findings.failures} == {"sealing/0", "sealing/1/2"}


def test_names_that_are_no_text_are_shown(tmp_path: Path) -> None:
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff\xfe", os.O_CREAT | os.O_WRONLY))
    assert checked(tmp_path).findings.failures[0].file == "\\xff\\xfe"


def test_a_deep_or_crowded_folder_ends(tmp_path: Path) -> None:
    deep = tmp_path
    for number in range(60):
        deep = deep / f"d{number}"
        deep.mkdir()
    assert checked(tmp_path).findings.total == 1
    for number in range(MAX_FAILURES + 300):
        (tmp_path / f"stray{number}").touch()
    assert MAX_FAILURES < checked(tmp_path).findings.total <= MAX_FAILURES + 2


@pytest.mark.parametrize("path", ["tile/1/000.p", "tile/entries/001.p", "tile/0/000.p", "tile/1"])
def test_a_folder_without_files_belongs_only_to_the_seal_that_makes_it(tmp_path: Path, path: str) -> None:
    """From 255 exhibits to 300: these folders are made, or emptied, on the way."""
    (tmp_path / path).mkdir(parents=True)
    assert [f.file for f in checked(tmp_path).findings.failures] == [path]
    check = checked(tmp_path, marker=MARKER)
    assert not check.findings.failures
    assert check.leftover >= 1


@pytest.mark.parametrize(
    "path", ["planted", "sealing", "tile/2", "tile/0/x000", "tile/0/002.p", "segments/a"]
)
def test_other_folders_without_files_are_named_beside_a_marker_too(tmp_path: Path, path: str) -> None:
    (tmp_path / path).mkdir(parents=True)
    assert [f.file for f in checked(tmp_path, marker=MARKER).findings.failures] == [path]
