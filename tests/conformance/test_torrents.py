# SPDX-License-Identifier: Apache-2.0
"""Every torrent at hand, read by us and by libtorrent: the same verdict, names, files and pieces."""

from __future__ import annotations

import json
import os
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.metainfo import Metainfo
from swarmwitness.wire.piecemap import PieceMap

SHIPPED = Path(__file__).parent / "data"
DEFAULT_SHARED = Path(__file__).resolve().parents[3] / "shared"
LARGE = Path(os.environ.get("SWARMWITNESS_SHARED", DEFAULT_SHARED)) / "data" / "torrents"

# (file, field) -> what we say instead, and why. Nothing else may differ.
RESIDUAL = {
    ("pad_file_no_path.torrent", "files"): (
        [("temp/foo/bar.txt", 45, False), ("temp/.pad/2124", 2124, True)],
        "a pad file without a path is no content; libtorrent leaves the torrent's name off it alone",
    ),
}


def cases(root: Path, mark: tuple[pytest.MarkDecorator, ...]) -> list[Any]:
    index = root / "expected.json"
    if not index.is_file():
        return []
    entries = json.loads(index.read_text())["torrents"]
    return [pytest.param(root, entry, id=entry["file"], marks=mark) for entry in entries]


ALL = [*cases(SHIPPED, ()), *cases(LARGE, (pytest.mark.shared,))]


def listing(metainfo: Metainfo) -> list[tuple[str, int, bool]]:
    return [(metainfo.path_of(file), file.size, file.pad) for file in metainfo.files]


@pytest.mark.parametrize(("root", "entry"), ALL)
def test_agrees_with_libtorrent(root: Path, entry: dict[str, Any]) -> None:
    data = (root / entry["file"]).read_bytes()
    expected = entry["libtorrent"]
    if not expected["ok"]:
        with pytest.raises(MalformedMessage):
            Metainfo.from_wire(data)
        return
    metainfo = Metainfo.from_wire(data)
    found = {
        "v1": metainfo.v1.to_text() if metainfo.v1 else None,
        "v2": metainfo.v2.to_text() if metainfo.v2 else None,
        "name": metainfo.name,
        "total_size": metainfo.total_size,
        "piece_length": metainfo.piece_length,
        "num_pieces": metainfo.n_pieces,
        "num_files": len(metainfo.files),
        "private": metainfo.private,
        "trackers": [url for tier in metainfo.trackers for url in tier],
        "web_seeds": list(metainfo.web_seeds),
        # The expectation lists the first files only, where there are many.
        "files": listing(metainfo)[: len(expected["files"])],
    }
    wanted = {key: expected[key] for key in found}
    wanted["files"] = [(file["path"], file["size"], file["pad"]) for file in expected["files"]]
    for (name, field), (value, _) in RESIDUAL.items():
        if Path(entry["file"]).name == name:
            wanted[field] = value
    assert found == wanted


@pytest.mark.parametrize(("root", "entry"), [case for case in ALL if case.values[1]["libtorrent"]["ok"]])
def test_pieces_tile_every_file(root: Path, entry: dict[str, Any]) -> None:
    metainfo = Metainfo.from_wire((root / entry["file"]).read_bytes())
    pieces = PieceMap.of(metainfo)
    reached = [0] * len(metainfo.files)
    held: list[set[int]] = [set() for _ in metainfo.files]
    content = 0
    for piece in range(metainfo.n_pieces):
        spans = pieces.files_of(piece)
        total = sum(span.length for span in spans)
        assert total <= metainfo.piece_size(piece) <= metainfo.piece_length
        for span in spans:
            assert span.offset == reached[span.file]
            reached[span.file] += span.length
            held[span.file].add(piece)
        content += total
    assert reached == [0 if file.pad else file.size for file in metainfo.files]
    assert content == metainfo.content_size
    for index, file in enumerate(metainfo.files):
        expected = set(pieces.pieces_of(index)) if not file.pad else set()
        assert held[index] == expected
    if metainfo.v1 is not None:
        assert sum(map(metainfo.piece_size, range(metainfo.n_pieces))) == metainfo.total_size
    else:
        assert sum(map(metainfo.piece_size, range(metainfo.n_pieces))) == metainfo.content_size


@pytest.mark.parametrize(("root", "entry"), ALL)
def test_damaged_torrents_raise_only_malformed(root: Path, entry: dict[str, Any]) -> None:
    """Cut at many lengths, and with single bytes changed, by a fixed rule."""
    data = (root / entry["file"]).read_bytes()
    step = max(len(data) // (40 if len(data) < 50_000 else 8), 1)
    for at in range(0, len(data), step):
        for damaged in (data[:at], data[:at] + b"\xff" + data[at + 1 :], data[:at] + b"e" + data[at + 1 :]):
            try:
                metainfo = Metainfo.from_wire(damaged)
            except MalformedMessage:
                continue
            assert metainfo.n_pieces > 0


def test_what_is_shipped_is_unchanged() -> None:
    entries = json.loads((SHIPPED / "expected.json").read_text())["torrents"]
    assert len(entries) == 13
    for entry in entries:
        assert (SHIPPED / entry["file"]).stat().st_size == entry["size"]


def test_real_payload_verifies() -> None:
    metainfo = Metainfo.from_wire((SHIPPED / "webtorrent-fixtures/numbers.torrent").read_bytes())
    assert metainfo.verify_piece(0, b"122333")
    assert not metainfo.verify_piece(0, b"122334")
    assert not metainfo.verify_piece(0, b"12233")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("torrent", "payload"),
    [("alice.torrent", ["alice.txt"]), ("leaves.torrent", ["Leaves of Grass by Walt Whitman.epub"])],
)
def test_larger_payload_verifies(shared: Path, torrent: str, payload: list[str]) -> None:
    folder = shared / "torrents" / "webtorrent-fixtures" / "fixtures"
    metainfo = Metainfo.from_wire((folder / torrent).read_bytes())
    data = b"".join((folder / name).read_bytes() for name in payload)
    for piece in range(metainfo.n_pieces):
        begin = piece * metainfo.piece_length
        part = data[begin : begin + metainfo.piece_length]
        assert metainfo.verify_piece(piece, part)
        assert not metainfo.verify_piece(piece, b"\0" + part[1:])


@pytest.mark.shared
def test_an_info_hash_is_of_the_raw_bytes(shared: Path) -> None:
    """Three files on which clients disagree: the digest is of the bytes as they arrived, in any order."""
    names = (
        "libtorrent/test/test_torrents/pad_file.torrent",
        "libtorrent/test/test_torrents/unordered.torrent",
        "transmission/tests/libtransmission/assets/unordered-info-dict.torrent",
    )
    for name in names:
        metainfo = Metainfo.from_wire((shared / "torrents" / name).read_bytes())
        assert metainfo.v1 is not None
        assert metainfo.v1.digest == sha1(metainfo.info).digest()
        assert "info_not_canonical" in {anomaly.kind for anomaly in metainfo.anomalies}
