# SPDX-License-Identifier: Apache-2.0
"""Damaged torrents, read by us and by libtorrent side by side: one verdict, one set of values."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.metainfo import Metainfo

lt: Any = pytest.importorskip("libtorrent")
pytestmark = pytest.mark.lab

SHIPPED = sorted((Path(__file__).parent / "data").rglob("*.torrent"))
TOKENS = [
    b"d",
    b"e",
    b"l",
    b"i1e",
    b"i-1e",
    b"i0e",
    b"0:",
    b"1:a",
    b"2:..",
    b"4:attr1:p",
    b"4:attr1:l",
    b"\xff",
]
BYTES = b"0123456789:ildep/.\\ \0\xffA"

# What we refuse and libtorrent 2.1.1 takes, with the reason (docs/decisions/0010).
WE_ALONE_REFUSE = {
    "no piece hashes": "a hybrid without v1 hashes, which later versions refuse, too",
    "a file's length is missing, negative or absurd": "a length above 64 bits, which wraps there",
}
UPSTREAM_REFUSES = {"v2_zero_root_small", "v2_overlong_integer"}


def damaged(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    kind = rng.randrange(4)
    if kind == 0:
        return data[:at] + bytes([rng.choice(BYTES)]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + rng.choice(TOKENS) + data[at:]
    if kind == 2:
        return data[:at] + data[at + rng.randint(1, 4) :]
    start = rng.randrange(len(data))
    return data[:at] + data[start : start + rng.randint(1, 30)] + data[at + 1 :]


def ours(data: bytes) -> list[Any]:
    metainfo = Metainfo.from_wire(data)
    return [
        metainfo.v1.to_text() if metainfo.v1 else None,
        metainfo.v2.to_text() if metainfo.v2 else None,
        (metainfo.total_size, metainfo.piece_length, metainfo.n_pieces, metainfo.private),
        [(None if file.pad else metainfo.path_of(file), file.size, file.pad) for file in metainfo.files],
        [url for tier in metainfo.trackers for url in tier],
    ]


def read(data: bytes) -> tuple[list[Any] | None, str]:
    """Our values, or why we refuse."""
    try:
        return ours(data), ""
    except MalformedMessage as error:
        return None, error.why


def theirs(data: bytes) -> list[Any]:
    torrent = lt.torrent_info(data)
    hashes, files = torrent.info_hashes(), torrent.files()
    pads = [bool(int(files.file_flags(at)) & 1) for at in range(files.num_files())]
    return [
        str(hashes.v1) if hashes.has_v1() else None,
        str(hashes.v2) if hashes.has_v2() else None,
        (torrent.total_size(), torrent.piece_length(), torrent.num_pieces(), torrent.priv()),
        [(None if pad else files.file_path(at), files.file_size(at), pad) for at, pad in enumerate(pads)],
        [tracker.url for tracker in torrent.trackers()],
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("file", SHIPPED, ids=lambda path: path.stem)
def test_same_verdict_and_values(file: Path) -> None:
    rng = random.Random(file.stem)
    data = file.read_bytes()
    n_read = 0
    for sample in (data, *(damaged(data, rng) for _ in range(400))):
        try:
            expected = theirs(sample)
        except UnicodeDecodeError:
            continue  # its binding cannot say what it read
        except RuntimeError:
            with pytest.raises(MalformedMessage):
                Metainfo.from_wire(sample)
            continue
        found, refused = read(sample)
        assert found == expected or refused in WE_ALONE_REFUSE, sample
        n_read += not refused
    assert n_read > 5 or file.stem in UPSTREAM_REFUSES
