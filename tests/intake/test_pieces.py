# SPDX-License-Identifier: Apache-2.0
"""How a record is shown in rejected.csv."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.intake.pieces import ROW_SHOWN_BYTES, shown


@given(st.binary(max_size=64))
def test_any_bytes_can_be_shown_and_written(raw: bytes) -> None:
    text = shown(raw)
    assert "\0" not in text
    assert text.encode("utf-8")[:1] == raw[:1] or raw[:1] == b"" or raw[0] == 0 or raw[0] >= 0x80


def test_text_stays_and_length_is_bounded() -> None:
    assert shown("ü,1".encode()) == "ü,1"
    assert len(shown(b"x" * 10**6)) == ROW_SHOWN_BYTES + 1
