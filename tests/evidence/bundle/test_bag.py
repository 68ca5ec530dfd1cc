# SPDX-License-Identifier: Apache-2.0
"""Tag files, manifests and the walk."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from swarmwitness.evidence.bundle.bag import BagInfo, hash_file, manifest_from_text, manifest_text, walk
from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.terms import MalformedMessage

INFO = BagInfo("swarmwitness 1", "2026-11-24", 12, 3, "Studio: v. Company é", 'work in ("w1")')
DIGEST = "00" * 32


def test_bag_info_there_and_back() -> None:
    assert BagInfo.from_wire(INFO.to_wire()) == INFO
    assert b"Payload-Oxum: 12.3\n" in INFO.to_wire()


@pytest.mark.parametrize("text", ["two\nlines", " blank", "blank ", "bell\a"])
def test_what_is_no_line_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        replace(INFO, filter=text).to_wire()
    raw = INFO.to_wire().replace(b'work in ("w1")', text.encode())
    with pytest.raises(MalformedMessage):
        BagInfo.from_wire(raw)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"12.3", b"012.3"), (b"12.3", b"12"), (b"2026-11-24", b"24.11.2026"), (b"Bundle: 1", b"Bundle: 2"),
     (b"Bagging-Date", b"Bagging-date"), (b"\n", b"\r\n"), (b"Swarmwitness-Case: ", b"Swarmwitness-Case:")],
)  # fmt: skip
def test_other_spellings_are_refused(old: bytes, new: bytes) -> None:
    with pytest.raises(MalformedMessage):
        BagInfo.from_wire(INFO.to_wire().replace(old, new))


def test_a_manifest_there_and_back() -> None:
    found = {"data/b": DIGEST, "data/a": "11" * 32}
    assert manifest_text(found) == f"{'11' * 32}  data/a\n{DIGEST}  data/b\n".encode()
    assert manifest_from_text(manifest_text(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        f"{DIGEST} data/a\n",
        f"{DIGEST}  data/a",
        f"{DIGEST}  data/b\n{DIGEST}  data/a\n",
        f"{DIGEST[1:]}  data/a\n",
        f"{DIGEST}  data/a\n{DIGEST}  data/a\n",
        f"{DIGEST}  data/../a\n",
        f"{DIGEST}  /data\n",
        f"{DIGEST}  data//a\n",
        f"{DIGEST}  data/a%0A\n",
        f"{DIGEST}  data/é\n",
        f"{'AA' * 32}  data/a\n",
        f"\\{DIGEST}  data/a\n",
    ],
)
def test_other_manifests_are_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        manifest_from_text(text.encode())


def test_the_walk_names_what_is_odd(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").write_bytes(b"12")
    (tmp_path / "data" / "link").symlink_to(tmp_path)
    (tmp_path / "data" / "new\nline").write_bytes(b"")
    (tmp_path / "data" / "bare").mkdir()
    os.mkfifo(tmp_path / "data" / "pipe")
    walked = walk(tmp_path)
    assert walked.sizes == {"data/file": 2}
    assert [(reason, path) for reason, path, _ in walked.odd] == [
        (Reason.UNEXPECTED_FILE, "data/bare"),
        (Reason.NOT_A_FILE, "data/link"),
        (Reason.UNEXPECTED_FILE, "data/new\nline"),
        (Reason.NOT_A_FILE, "data/pipe"),
    ]


def test_a_deep_folder_ends(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a"] * 30)
    deep.mkdir(parents=True)
    assert [reason for reason, _, _ in walk(tmp_path).odd] == [Reason.UNEXPECTED_FILE]


def test_no_link_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/dev/zero")
    with pytest.raises(VerificationError):
        hash_file(tmp_path, "link")
