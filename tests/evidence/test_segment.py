# SPDX-License-Identifier: Apache-2.0
"""Frames read from any bytes: whole ones come out, everything else is named with its exhibit."""

from __future__ import annotations

import io
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence.failure import Reason, VerificationError
from swarmwitness.evidence.segment import (
    HEAD,
    MOST_UNACKNOWLEDGED,
    bundle_of,
    entry_of,
    frames,
    segment_header,
)


def frame(body: bytes) -> bytes:
    return HEAD.pack(len(body), sha256(body).digest()) + body


BODIES = [bytes([number + 1]) * size for number, size in enumerate((82, 100, 3000, 82))]
STREAM = b"".join(frame(body) for body in BODIES)


def test_whole_frames_come_out_with_their_offsets() -> None:
    found = list(frames(io.BytesIO(STREAM), 5, "s"))
    assert [body for _, body, _ in found] == BODIES
    assert [commitment for _, _, commitment in found] == [sha256(body).digest() for body in BODIES]
    assert found[-1][0] == 16 + len(STREAM)
    assert segment_header(5) == b"SWSEG001\0\0\0\0\0\0\0\5"


def test_a_stream_cut_anywhere_names_the_exhibit_that_is_torn() -> None:
    ends = [0]
    for body in BODIES:
        ends.append(ends[-1] + 8 + len(body))
    for length in range(len(STREAM)):
        whole = sum(1 for end in ends[1:] if end <= length)
        stream = io.BytesIO(STREAM[:length])
        if length in ends:
            assert len(list(frames(stream, 0, "s"))) == whole
            continue
        with pytest.raises(VerificationError) as caught:
            list(frames(stream, 0, "s"))
        assert caught.value.reason is Reason.FRAME_TRUNCATED
        assert caught.value.exhibit_number == whole


@pytest.mark.parametrize("length", [0, 81, 33_555_489, 2**31, 2**32 - 1])
def test_an_impossible_length_allocates_nothing(length: int) -> None:
    class Frugal(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 <= size <= 2**20
            return super().read(size)

    stream: BinaryIO = Frugal(length.to_bytes(4, "big") + bytes(100))
    with pytest.raises(VerificationError) as caught:
        list(frames(stream, 3, "s"))
    assert caught.value.reason is Reason.FRAME_LENGTH
    assert caught.value.exhibit_number == 3


@given(st.binary(max_size=300))
def test_any_bytes_give_frames_or_a_verification_error(raw: bytes) -> None:
    for candidate in (raw, STREAM + raw):
        try:
            found = list(frames(io.BytesIO(candidate), 0, "s"))
        except VerificationError as error:
            assert error.file == "s"  # noqa: PT017
        else:
            assert b"".join(frame(body) for _, body, _ in found) == candidate


def test_entries_and_bundles() -> None:
    assert entry_of(bytes(32)) == b"\1" + bytes(32)
    assert bundle_of([bytes(32), b"a" * 32]) == b"\0\x21\1" + bytes(32) + b"\0\x21\1" + b"a" * 32


def test_what_one_flush_can_leave_is_what_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "evidence-format.md").read_text()
    assert f"{MOST_UNACKNOWLEDGED:,} bytes" in page
