# SPDX-License-Identifier: Apache-2.0
"""Reading back: in order, from anywhere, sealed exhibits only, and never past damage."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import (
    durable_size,
    read_bodies,
    read_checkpoint,
    read_one,
    scan,
    scan_backwards,
)

MakeLog = Callable[..., Path]


def segments(directory: Path) -> list[Path]:
    return sorted((directory / "segments").iterdir())


def test_reading_starts_anywhere(make_log: MakeLog, exhibit: Callable[..., Exhibit]) -> None:
    directory = make_log(40)
    whole = list(read(directory))
    assert [index for index, _ in whole] == list(range(42))
    assert [found for _, found in whole][1:41] == [exhibit(number) for number in range(40)]
    for start in (0, 1, 6, 7, 20, 41):
        assert list(read(directory, start=start)) == whole[start:]
    assert list(read(directory, start=42)) == []
    assert read_checkpoint(directory).size == 42


def test_one_exhibit_is_read_and_proved(make_log: MakeLog, exhibit: Callable[..., Exhibit]) -> None:
    directory = make_log(300)
    for index in (1, 2, 100, 255, 256, 257, 300):
        assert read_one(directory, index) == exhibit(index - 1)
    for index in (-1, 302, 10**9):
        with pytest.raises(VerificationError) as caught:
            read_one(directory, index)
        assert caught.value.reason is Reason.NO_SUCH_EXHIBIT


def test_an_exhibit_exchanged_with_its_check_is_not_the_one_committed_to(make_log: MakeLog) -> None:
    directory, other = make_log(3), make_log(3, name="other")
    mine, theirs = segments(directory)[0], segments(other)[0]
    assert mine.stat().st_size == theirs.stat().st_size
    mine.write_bytes(theirs.read_bytes())
    assert len(list(read(directory))) == 5, "frames are whole, so plain reading cannot tell"
    with pytest.raises(VerificationError) as caught:
        read_one(directory, 2)
    assert caught.value.reason is Reason.COMMITMENT


def test_damage_stops_reading_and_is_named(make_log: MakeLog) -> None:
    directory = make_log(40)
    second = segments(directory)[1]
    first_index = int(second.stem)
    raw = bytearray(second.read_bytes())
    raw[60] ^= 1
    second.write_bytes(raw)
    got: list[int] = []
    with pytest.raises(VerificationError) as caught:
        got.extend(index for index, _ in read(directory))
    assert caught.value.exhibit_number == first_index
    assert caught.value.file == f"segments/{second.name}"


def test_a_missing_segment_stops_reading(make_log: MakeLog) -> None:
    for place in (0, 1, -1):
        directory = make_log(40, name=f"log{place}")
        segments(directory)[place].unlink()
        with pytest.raises(VerificationError):
            list(read(directory))


def test_no_log_is_told(tmp_path: Path) -> None:
    with pytest.raises(VerificationError) as caught:
        list(read(tmp_path))
    assert caught.value.reason is Reason.MISSING_FILE


def test_chosen_bodies_are_read_as_stored_and_other_segments_are_not_opened(make_log: MakeLog) -> None:
    directory = make_log(60)
    whole = dict(read_bodies(directory, Ranges.of(range(62))))
    assert [sha256(body).digest() for body in whole.values()] == [
        (directory / "tile/entries/000.p/62").read_bytes()[at + 3 : at + 35] for at in range(0, 62 * 35, 35)
    ]
    assert list(read_bodies(directory, Ranges())) == []
    last = segments(directory)[-1]
    kept = Ranges.of((int(last.stem), 61))
    for path in segments(directory)[:-1]:
        path.write_bytes(b"damage")
    assert dict(read_bodies(directory, kept)) == {index: whole[index] for index in kept}
    with pytest.raises(VerificationError) as caught:
        list(read_bodies(directory, Ranges.of((3, 61))))
    assert caught.value.reason is Reason.SEGMENT_HEADER
    with pytest.raises(VerificationError) as caught:
        list(read_bodies(directory, Ranges.of((3, 62))))
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.NO_SUCH_EXHIBIT, 62)


def test_a_chosen_body_is_checked_and_a_passed_frame_must_lead_to_it(make_log: MakeLog) -> None:
    directory = make_log(20, segment_bytes=10**6)
    path = segments(directory)[0]
    raw, starts = path.read_bytes(), [16]
    while starts[-1] < len(raw):
        starts.append(starts[-1] + 8 + int.from_bytes(raw[starts[-1] : starts[-1] + 4], "big"))
    chosen = Ranges.of((4, 9))
    for offset, reason in (
        (starts[9] + 60, Reason.FRAME_CHECK),
        (starts[9] + 40, Reason.FRAME_CHECK),
        (starts[9] + 5, Reason.FRAME_CHECK),
        (starts[9], Reason.FRAME_LENGTH),
        (starts[6], Reason.FRAME_LENGTH),
    ):
        path.write_bytes(raw[:offset] + bytes((raw[offset] ^ 0x80,)) + raw[offset + 1 :])
        with pytest.raises(VerificationError) as caught:
            list(read_bodies(directory, chosen))
        assert (caught.value.reason, caught.value.file) == (reason, f"segments/{path.name}")
    for length in (starts[9] + 3, starts[9] + 50, starts[7] + 20):
        path.write_bytes(raw[:length])
        with pytest.raises(VerificationError) as caught:
            list(read_bodies(directory, chosen))
        assert caught.value.reason is Reason.FRAME_TRUNCATED


def test_scanning_finds_rare_kinds_and_stops_at_the_checkpoint(
    make_log: MakeLog, add_tail: Callable[[Path], None]
) -> None:
    directory = make_log(40)
    add_tail(directory)
    acts = [index for index, body, _ in scan(directory, lambda peek: peek[34:38] == b"\3act")]
    assert acts == [0, 41]
    every = list(scan(directory, lambda peek: True))
    assert [index for index, _, _ in every] == list(range(42))
    assert [body for _, body, _ in every] == list(dict(read_bodies(directory, Ranges.of(range(42)))).values())
    segments(directory)[1].unlink()
    with pytest.raises(VerificationError) as caught:
        list(scan(directory, lambda peek: False))
    assert caught.value.reason is Reason.FRAME_TRUNCATED


def test_scanning_backwards_gives_segments_from_the_latest_on(
    make_log: MakeLog, add_tail: Callable[[Path], None]
) -> None:
    directory = make_log(40)
    add_tail(directory)
    parts = [list(part) for part in scan_backwards(directory, lambda peek: True, 1 << 30)]
    assert len(parts) > 3
    assert [each for part in reversed(parts) for each in part] == list(scan(directory, lambda peek: True))
    size = segments(directory)[-2].stat().st_size
    assert [list(part) for part in scan_backwards(directory, lambda peek: True, 1)] == parts[:1]
    last = segments(directory)[-1].stat().st_size
    assert len(list(scan_backwards(directory, lambda peek: True, last + size))) == 2


def test_the_durable_size_counts_what_the_marker_signs_for(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Callable[[int], bytes], exhibit: Callable[..., Exhibit]
) -> None:
    directory = make_log(40)
    assert durable_size(directory) == read_checkpoint(directory).size == 42
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(40))
        assert durable_size(directory) == 42, "observed, not durable"
        log.flush()
        assert durable_size(directory) == 43
    marker = directory / "unsealed"
    marker.write_bytes(marker.read_bytes().replace(b"durable 43", b"durable 99"))
    with pytest.raises(VerificationError) as caught:
        durable_size(directory)
    assert caught.value.reason is Reason.MARKER_MALFORMED
