# SPDX-License-Identifier: Apache-2.0
"""Files that somebody else may have prepared are opened without following, hanging or swallowing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.evidence.access import list_segments, open_file, read_file
from swarmwitness.evidence.failure import Reason, VerificationError


def reason(directory: Path, path: str) -> Reason:
    with pytest.raises(VerificationError) as caught:
        read_file(directory, path, 10)
    assert caught.value.file == path
    return caught.value.reason


def test_only_a_regular_file_of_the_right_length_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    (tmp_path / "long").write_bytes(b"0123456789x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert read_file(tmp_path, "file", 10) == b"0123456789"
    assert reason(tmp_path, "long") is Reason.UNREADABLE
    assert reason(tmp_path, "nothing") is Reason.MISSING_FILE
    assert reason(tmp_path, "file/below") is Reason.MISSING_FILE
    for path in ("link", "dangling", "folder", "pipe"):
        assert reason(tmp_path, path) is Reason.NOT_A_FILE
    with open_file(tmp_path, "file") as stream:
        assert stream.read() == b"0123456789"


def test_segments_come_in_the_order_of_their_exhibits(tmp_path: Path) -> None:
    folder = tmp_path / "segments"
    with pytest.raises(VerificationError):
        list_segments(tmp_path)
    folder.mkdir()
    for name in ("00000000000000000100.seg", "00000000000000000009.seg", "notes", "9.seg"):
        (folder / name).touch()
    with pytest.raises(VerificationError) as caught:
        list_segments(tmp_path)
    assert caught.value.file == "segments/00000000000000000000.seg"
    (folder / "00000000000000000000.seg").touch()
    assert [path[-7:-4] for path in list_segments(tmp_path)] == ["000", "009", "100"]
