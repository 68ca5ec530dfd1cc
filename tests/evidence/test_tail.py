# SPDX-License-Identifier: Apache-2.0
"""Walking from the checkpoint to the last exhibit that is signed for: where it ends, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerificationError
from swarmwitness.evidence.access import list_segments
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.marker import Marker
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.tail import TailWalk

ORIGIN = "example.org/log"
MakeLog = Callable[..., Path]
AddTail = Callable[[Path], None]
LIMIT = 400


@pytest.fixture
def log(make_log: MakeLog, add_tail: AddTail) -> Path:
    directory = make_log(6, segment_bytes=LIMIT)
    add_tail(directory)
    return directory


def marker_of(directory: Path, key: Ed25519PrivateKey) -> Marker:
    return Marker.from_wire((directory / "unsealed").read_bytes(), VerifyKey.of(ORIGIN, key))


def walked(directory: Path, marker: Marker | None, limit: int = LIMIT) -> TailWalk:
    checkpoint = Checkpoint.from_wire((directory / "checkpoint").read_bytes())
    return TailWalk(directory, list_segments(directory), checkpoint, marker, limit)


def test_the_walk_ends_where_the_marker_says(log: Path, key: Ed25519PrivateKey) -> None:
    marker = marker_of(log, key)
    walk = walked(log, marker)
    last = max((log / "segments").iterdir())
    assert (marker.after, marker.durable, walk.size, walk.torn) == (8, 11, 11, 0)
    assert walk.end == (int(last.stem), last.stat().st_size)
    assert walk.sealed_end < walk.end
    assert walk.digest.digest() == marker.digest


def test_what_is_signed_for_must_be_all_there_and_be_just_that(log: Path, key: Ed25519PrivateKey) -> None:
    marker = marker_of(log, key)
    with pytest.raises(VerificationError) as caught:
        walked(log, replace(marker, digest=bytes(32)))
    assert caught.value.reason is Reason.TAIL_DIFFERS
    with pytest.raises(VerificationError) as caught:
        walked(log, replace(marker, durable=12))
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.FRAME_TRUNCATED, 11)
    with pytest.raises(VerificationError):
        walked(log, None)


@pytest.mark.parametrize("limit", [100, 10**6])
def test_segments_that_end_elsewhere_are_refused(log: Path, key: Ed25519PrivateKey, limit: int) -> None:
    with pytest.raises(VerificationError) as caught:
        walked(log, marker_of(log, key), limit)
    assert caught.value.reason is Reason.SEGMENT_SPLIT


def test_a_missing_and_a_foreign_segment_are_named(log: Path, key: Ed25519PrivateKey) -> None:
    marker = marker_of(log, key)
    last = max((log / "segments").iterdir())
    planted = last.with_name(f"{99:020d}.seg")
    planted.write_bytes(b"SWSEG001" + (99).to_bytes(8, "big"))
    with pytest.raises(VerificationError) as caught:
        walked(log, marker)
    assert (caught.value.reason, caught.value.file) == (
        Reason.UNEXPECTED_FILE,
        f"segments/{planted.name}",
    )
    last.unlink()
    with pytest.raises(VerificationError) as caught:
        walked(log, marker)
    assert (caught.value.reason, caught.value.file) == (Reason.MISSING_FILE, f"segments/{last.name}")
