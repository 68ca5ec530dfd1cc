# SPDX-License-Identifier: Apache-2.0
"""Sealing attests what the disk holds, is linear, and leaves exactly the files of its size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.layout import tile_paths
from swarmwitness.evidence.sealing import Staging
from swarmwitness.terms import Instant

MakeLog = Callable[..., Path]
Salt = Callable[[int], bytes]


def test_each_seal_leaves_the_tiles_of_its_size_and_no_others(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: Callable[..., Exhibit]
) -> None:
    directory = make_log(0)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        for batch in (1, 3, 250, 1, 260):
            for number in range(batch):
                log.record(exhibit(number))
            size = log.seal(Instant(batch)).size
            tiles = {str(p.relative_to(directory)) for p in (directory / "tile").rglob("*") if p.is_file()}
            assert tiles == set(tile_paths(size))
            assert {path.name for path in directory.iterdir()} == {
                "README", "checkpoint", "log.vkey", "segments", "tile",
            }  # fmt: skip
    assert verify(directory).ok


def test_a_seal_says_when_and_over_how_much(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: Callable[..., Exhibit]
) -> None:
    directory = make_log(0)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(1))
        checkpoint = log.seal(Instant(77, 5))
        assert log.seal(Instant(78)) == checkpoint
    assert (checkpoint.origin, checkpoint.size) == (log.origin, 3)
    ((index, act),) = read(directory, start=2)
    assert (index, act.kind, act.at) == (2, "act", Instant(77, 5))
    assert act.payload == b'{"act":"log-sealed","size":2}'


def test_what_the_disk_lost_is_not_attested(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: Callable[..., Exhibit]
) -> None:
    directory = make_log(1, segment_bytes=10**6)
    before = (directory / "checkpoint").read_bytes()
    log = EvidenceLog.open(directory, key=key, salt=salt)
    log.record(exhibit(1))
    log.flush()
    segment = max((directory / "segments").iterdir())
    raw = bytearray(segment.read_bytes())
    raw[-3] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(VerificationError) as caught:
        log.seal(Instant(5))
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.FRAME_CHECK, 3)
    assert (directory / "checkpoint").read_bytes() == before
    log.close()


def test_staged_files_appear_together_and_private(tmp_path: Path) -> None:
    directory = tmp_path / "log"
    directory.mkdir()
    staging, staged = Staging(directory), tmp_path / ".log.sealing"
    for number in range(150):
        staging.write(f"tile/0/{number:03d}", b"%d" % number)
    assert not (directory / "tile").exists()
    staging.place()
    assert [(directory / f"tile/0/{number:03d}").read_bytes() for number in range(150)] == [
        b"%d" % number for number in range(150)
    ]
    assert not list(staged.iterdir())
    staging.write("checkpoint", b"c")
    staging.close()
    assert not (directory / "checkpoint").exists()
    staging.clear()
    assert not staged.exists()
