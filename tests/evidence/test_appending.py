# SPDX-License-Identifier: Apache-2.0
"""Segments are made with their first batch and go on where they were."""

from __future__ import annotations

from pathlib import Path

from swarmwitness.evidence.appending import SegmentWriter
from swarmwitness.evidence.layout import segment_path
from swarmwitness.evidence.segment import segment_header


def test_a_segment_begins_with_its_header_and_is_appended_to(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    writer = SegmentWriter(tmp_path, 5)
    assert not (tmp_path / segment_path(5)).exists()
    writer.append(bytearray(b"one"))
    writer.append(bytearray(b"two"))
    writer.begin(9)
    assert not (tmp_path / segment_path(9)).exists()
    writer.append(bytearray(b"three"))
    writer.close()
    writer.close()
    again = SegmentWriter(tmp_path, 9)
    again.append(bytearray(b"four"))
    again.close()
    assert (tmp_path / segment_path(5)).read_bytes() == segment_header(5) + b"onetwo"
    assert (tmp_path / segment_path(9)).read_bytes() == segment_header(9) + b"threefour"
    assert (tmp_path / segment_path(9)).stat().st_mode & 0o777 == 0o600
