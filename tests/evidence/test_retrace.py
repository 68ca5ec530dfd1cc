# SPDX-License-Identifier: Apache-2.0
"""Walking damaged logs: each exhibit that fails is named, what stands behind it is still checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.retrace import Retrace
from swarmwitness.evidence.segment import HEADER_BYTES
from swarmwitness.evidence.verdict import Findings

MakeLog = Callable[..., Path]
Found = list[tuple[Reason, str, int | None]]


def retraced(directory: Path, key: Ed25519PrivateKey, held_size: int = -1) -> tuple[Retrace, Found]:
    checkpoint = Checkpoint.from_wire((directory / "checkpoint").read_bytes())
    retrace = Retrace(directory, checkpoint, None, held_size, Findings())
    retrace.run(VerifyKey.of(checkpoint.origin, key))
    return retrace, [(f.reason, f.file[-8:], f.exhibit) for f in retrace.findings.failures]


def starts(raw: bytes) -> list[int]:
    at, found = HEADER_BYTES, []
    while at < len(raw):
        found.append(at)
        at += 8 + int.from_bytes(raw[at : at + 4], "big")
    return found


def flip(path: Path, *offsets: int) -> None:
    raw = bytearray(path.read_bytes())
    for offset in offsets:
        raw[offset] ^= 1
    path.write_bytes(raw)


@pytest.fixture
def log(make_log: MakeLog) -> Path:
    return make_log(30, segment_bytes=1200)


def segments(directory: Path) -> list[Path]:
    return sorted((directory / "segments").iterdir())


def test_a_sound_log_is_walked_to_its_end(log: Path, key: Ed25519PrivateKey) -> None:
    for held in (-1, 0, 1, 20, 32):
        retrace, found = retraced(log, key, held)
        assert not found
        assert (retrace.index, retrace.complete, retrace.root_is_signed) == (32, True, True)
        assert (retrace.held_root is None) == (held == -1)
        assert retrace.segments == {f"segments/{path.name}" for path in segments(log)}


def test_two_exhibits_apart_are_both_named(log: Path, key: Ed25519PrivateKey) -> None:
    second = segments(log)[1]
    begins = starts(second.read_bytes())
    flip(second, begins[1] + 50, begins[3] + 60)
    first = int(second.stem)
    retrace, found = retraced(log, key)
    assert found == [
        (Reason.FRAME_CHECK, second.name[-8:], first + 1),
        (Reason.FRAME_CHECK, second.name[-8:], first + 3),
    ]
    assert retrace.complete
    assert retrace.root_is_signed, "the entries stand in for what cannot be read"


def test_a_length_that_lies_names_its_exhibit_and_the_rest_is_walked(
    log: Path, key: Ed25519PrivateKey
) -> None:
    second = segments(log)[1]
    begins = starts(second.read_bytes())
    for offset in (begins[2], begins[2] + 1, begins[2] + 2, begins[2] + 3):
        flip(second, offset)
        retrace, found = retraced(log, key)
        flip(second, offset)
        assert {exhibit for _, _, exhibit in found} == {int(second.stem) + 2}, found
        assert retrace.index == 32


def test_a_segment_that_is_gone_is_bridged(log: Path, key: Ed25519PrivateKey) -> None:
    for path in segments(log):
        content = path.read_bytes()
        path.unlink()
        retrace, found = retraced(log, key)
        path.write_bytes(content)
        assert found == [(Reason.MISSING_FILE, path.name[-8:], int(path.stem))]
        assert retrace.root_is_signed


def test_without_frame_and_entry_the_walk_ends_and_says_so(log: Path, key: Ed25519PrivateKey) -> None:
    segments(log)[1].unlink()
    (log / "tile/entries/000.p/32").unlink()
    retrace, found = retraced(log, key, 32)
    assert not retrace.complete
    assert retrace.held_root is None
    assert [reason for reason, _, _ in found] == [Reason.MISSING_FILE, Reason.MISSING_FILE]


def test_a_segment_that_ends_early_or_late_is_named(log: Path, key: Ed25519PrivateKey) -> None:
    one, two = segments(log)[1:3]
    whole, following = one.read_bytes(), two.read_bytes()
    last = starts(whole)[-1]
    one.write_bytes(whole[:last])
    _, found = retraced(log, key)
    assert found[0] == (Reason.FRAME_TRUNCATED, one.name[-8:], int(two.stem) - 1)
    one.write_bytes(whole + following[HEADER_BYTES:])
    _, found = retraced(log, key)
    assert (Reason.SEGMENT_SPLIT, one.name[-8:], int(two.stem)) in found
    assert (Reason.UNEXPECTED_FILE, two.name[-8:], None) in found


def test_a_log_with_no_segments_at_all_ends(log: Path, key: Ed25519PrivateKey) -> None:
    for path in segments(log):
        path.unlink()
    _, found = retraced(log, key)
    assert found == [(Reason.MISSING_FILE, "0000.seg", 0)]
    (log / "segments").rmdir()
    _, found = retraced(log, key)
    assert found == [(Reason.MISSING_FILE, "0000.seg", 0)]


def test_another_logs_creation_is_refused(make_log: MakeLog, key: Ed25519PrivateKey) -> None:
    directory = make_log(3)
    checkpoint = Checkpoint.from_wire((directory / "checkpoint").read_bytes())
    retrace = Retrace(directory, checkpoint, None, -1, Findings())
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    retrace.run(VerifyKey.of(checkpoint.origin, other))
    assert [f.reason for f in retrace.findings.failures] == [Reason.CREATION_ACT]
