# SPDX-License-Identifier: Apache-2.0
"""Lines: numbered, bounded, decoded or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.attribution.sources.lines import MAX_LINE, Line, first_lines, lines
from swarmwitness.attribution.sources.record import Refused


def read(tmp_path: Path, data: bytes, **how: object) -> list[tuple[int, str]]:
    path = tmp_path / "file"
    path.write_bytes(data)
    return [
        (one.number, one.text) if isinstance(one, Line) else (one.place, f"! {one.reason}")
        for one in lines(path, **how)  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", []),
        (b"a\nb", [(1, "a"), (2, "b")]),
        (b"\xef\xbb\xbf a \r\n\n\tb\n", [(1, "a"), (3, "b")]),
        (b"a\0b\nc\n", [(1, "! a NUL byte"), (2, "c")]),
        (b"\xff\nc", [(1, "! not UTF-8"), (2, "c")]),
        (b"x" * (MAX_LINE * 3) + b"\nc\n", [(1, f"! a line longer than {MAX_LINE} bytes"), (2, "c")]),
        (b"x" * (MAX_LINE * 2), [(1, f"! a line longer than {MAX_LINE} bytes")]),
    ],
)
def test_lines_are_numbered_and_refused(tmp_path: Path, data: bytes, wanted: list[tuple[int, str]]) -> None:
    assert read(tmp_path, data) == wanted


def test_layout_and_other_encodings_are_kept_where_they_are_asked_for(tmp_path: Path) -> None:
    data = b"a: \xe9\n\n  b \n"
    assert read(tmp_path, data, encodings=("utf-8", "latin-1"), layout=True) == [
        (1, "a: é"), (2, ""), (3, "  b"),
    ]  # fmt: skip


def test_a_refused_line_is_shown_clipped_and_printable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff" * 1000)
    (one,) = lines(tmp_path / "file")
    assert isinstance(one, Refused)
    assert one.text == "\\xff" * 200


def test_a_head_is_cut_at_its_last_whole_line() -> None:
    assert first_lines(b"# c\n; d\na\nb") == ["a", "b"]
    assert first_lines(b"a\n" + b"b" * 4094) == ["a"]
