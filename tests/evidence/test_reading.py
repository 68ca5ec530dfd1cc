# SPDX-License-Identifier: Apache-2.0
"""Reading back: in order, from anywhere, sealed exhibits only, and never past damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.evidence import Exhibit, VerificationError, read
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.reading import read_checkpoint, read_one

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
    got = []
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
