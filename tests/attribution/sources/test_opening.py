# SPDX-License-Identifier: Apache-2.0
"""Packed files: unpacked, bounded, and read as far as they are whole."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.attribution.sources import opening
from swarmwitness.attribution.sources.opening import opened
from swarmwitness.terms import InputError

PLAIN = "".join(f"192.0.2.{n % 256} # {n * 7919}\n" for n in range(10_000)).encode()


def zipped(data: bytes, *names: str) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("inner.txt",):
            archive.writestr(name, data)
    return into.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zip": zipped,
}  # fmt: skip


def read(tmp_path: Path, name: str, data: bytes, **limits: int) -> tuple[bytes, str, str]:
    path = tmp_path / name
    path.write_bytes(data)
    folder = tmp_path / "folder"
    folder.mkdir(exist_ok=True)
    with opened(path, folder, **limits) as plain:
        assert plain.sha256 == hashlib.sha256(data).hexdigest()
        found = (plain.path.read_bytes(), plain.name, plain.flaw)
    assert not list(folder.iterdir()), "nothing is left"
    return found


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_files_are_told_by_their_bytes(tmp_path: Path, packer: str) -> None:
    packed = PACKERS[packer](PLAIN)
    assert read(tmp_path, f"list.txt.{packer}", packed) == (PLAIN, "list.txt", "")
    assert read(tmp_path, "list", packed) == (PLAIN, "list", "")


def test_a_plain_file_is_read_where_it_is(tmp_path: Path) -> None:
    assert read(tmp_path, "list.gz", PLAIN) == (PLAIN, "list.gz", "")
    assert read(tmp_path, "empty", b"") == (b"", "empty", "")


@pytest.mark.parametrize("packer", ["gz", "bz2", "xz"])
def test_streams_one_behind_the_other_are_one_file(tmp_path: Path, packer: str) -> None:
    pack = PACKERS[packer]
    assert read(tmp_path, "a", pack(PLAIN) + pack(b"more\n") + b"\0" * 512)[0] == PLAIN + b"more\n"


@pytest.mark.parametrize("packer", ["gz", "bz2", "xz"])
def test_what_stands_before_a_cut_is_read_and_the_cut_is_told(tmp_path: Path, packer: str) -> None:
    packed = PACKERS[packer](PLAIN)
    for size in (7, len(packed) // 2, len(packed) - 1):
        data, _, flaw = read(tmp_path, "a", packed[:size])
        assert PLAIN.startswith(data)
        assert flaw == f"the packed file is cut short behind plain byte {len(data)}"


def test_a_damaged_stream_is_read_up_to_there(tmp_path: Path) -> None:
    packed = gzip.compress(PLAIN)
    data, _, flaw = read(tmp_path, "a", packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:])
    assert PLAIN.startswith(data)
    assert "damaged" in flaw
    data, _, flaw = read(tmp_path, "a", packed + b"rubbish")
    assert data == PLAIN
    assert "damaged" in flaw


@pytest.mark.parametrize("packer", PACKERS)
def test_a_bomb_is_refused(tmp_path: Path, packer: str) -> None:
    with pytest.raises(InputError, match="300 times larger"):
        read(tmp_path, "a", PACKERS[packer](bytes(20 << 20)))


@pytest.mark.parametrize("packer", PACKERS)
def test_a_file_may_be_too_large(tmp_path: Path, packer: str) -> None:
    with pytest.raises(InputError, match="more than 1000 bytes"):
        read(tmp_path, "a", PACKERS[packer](PLAIN), max_bytes=1000)
    assert not list((tmp_path / "folder").iterdir())


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (zipped(b"x", "a", "b"), "a zip of 2 files, where one belongs: 'a', 'b'"),
        (zipped(b"x", "folder/"), "a zip of 0 files"),
        (zipped(PLAIN)[:-30], "not a whole zip"),
        (b"PK\3\4" + b"\0" * 100, "not a whole zip"),
    ],
)
def test_a_zip_that_is_not_one_file_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read(tmp_path, "a.zip", data)


def test_a_member_of_a_zip_names_no_path(tmp_path: Path) -> None:
    assert read(tmp_path, "a.zip", zipped(b"x", "../../escaped"))[:2] == (b"x", "a")
    assert not list(tmp_path.parent.rglob("escaped"))


def test_a_pipe_or_nothing_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in (("pipe", "not a regular file"), ("none", "cannot be read")):
        with pytest.raises(InputError, match=why), opened(tmp_path / name, tmp_path):
            pytest.fail("opened")


def test_flips_give_bytes_or_one_line(tmp_path: Path) -> None:
    rng = random.Random(5)
    small = PLAIN[:4000]
    for packer, pack in PACKERS.items():
        packed = pack(small)
        for _ in range(60):
            bad = bytearray(packed)
            for _ in range(rng.randrange(1, 4)):
                bad[rng.randrange(6, len(bad))] ^= 1 << rng.randrange(8)
            try:
                data, _, flaw = read(tmp_path, "a", bytes(bad))
            except InputError as error:
                assert "\n" not in str(error), packer  # noqa: PT017
            else:
                assert flaw or data is not None
    assert opening.MAX_RATIO == 300
