# SPDX-License-Identifier: Apache-2.0
"""Both ways of reading a CSV file, fast and exact, give the same records as an oracle that knows neither."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.intake.csvfile import CsvFile
from swarmwitness.intake.records import RECORD_BYTES_MAX
from swarmwitness.terms import InputError

Row = tuple[int, int, tuple[str, ...] | None]
"""Record number, first line, fields (None = broken)."""


def oracle(body: bytes, n_fields: int) -> list[Row]:
    """Character by character, with no thought of speed: (number, line, fields) of every record."""
    lines = body.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        if lines[at].rstrip(b"\r") == b"":
            at += 1
            continue
        fields, used = one_record(b"\n".join(lines[at:]) + b"\n")
        good = fields is not None and len(fields) == n_fields
        rows.append((len(rows) + 1, at + 2, fields if good else None))
        at += used if good else 1
    return rows


def one_record(text: bytes) -> tuple[tuple[str, ...] | None, int]:
    fields: list[bytes] = []
    at = 0
    while True:
        if text[at : at + 1] == b'"':
            at += 1
            value = b""
            while text[at : at + 2] == b'""' or text[at : at + 1] != b'"':
                if at >= len(text):
                    return None, 1
                step = 2 if text[at : at + 2] == b'""' else 1
                value += text[at : at + 1]
                at += step
            at += 1
        else:
            value = b""
            while text[at : at + 1] not in (b",", b"\n"):
                value += text[at : at + 1]
                at += 1
            if text[at : at + 1] == b"\n":
                value = value.removesuffix(b"\r")
            if b"\r" in value:
                return None, 1
        fields.append(value)
        if text[at : at + 2] == b"\r\n":
            at += 1
        if text[at : at + 1] == b"\n":
            break
        if text[at : at + 1] != b",":
            return None, 1
        at += 1
    used = text[: at + 1].count(b"\n")
    try:
        decoded = tuple(field.decode() for field in fields)
    except UnicodeDecodeError:
        return None, 1
    return (None, 1) if any("\0" in field for field in decoded) else (decoded, used)


def read(path: Path, stretch_bytes: int = 1 << 20) -> list[Row]:
    file = CsvFile.of(path, path.name)
    wanted = {name: at for at, name in enumerate(file.header)}
    rows: list[Row] = []
    for load in file.pieces(wanted, stretch_bytes):
        piece = load()
        columns = [column.to_pylist() for column in piece.columns.values()]
        fields = list(zip(*columns, strict=True))
        assert len(fields) == len(piece.records) == len(piece.lines)
        good = [(piece.records[i], piece.lines[i], tuple(map(str, cells))) for i, cells in enumerate(fields)]
        bad: list[Row] = [(one.record, one.line, None) for one in piece.broken]
        rows += sorted([*good, *bad], key=lambda row: row[0])
    return rows


def written(folder: Path, body: bytes, header: bytes = b"a,b,c\n") -> Path:
    path = folder / "t.csv"
    path.write_bytes(header + body)
    return path


fields = st.sampled_from(
    [
        b"",
        b"x",
        b"yy",
        b'"q"',
        b'"a,b"',
        b'"a\nb"',
        b'"a""b"',
        b'x"y',
        b'"',
        b'"z"z',
        b"\xff",
        b"\0",
        "é".encode(),
        b"\r",
        b" ",
    ]
)
ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n", b"\r\r\n"])
records = st.tuples(st.lists(fields, min_size=1, max_size=4), ends).map(lambda r: b",".join(r[0]) + r[1])
bodies = st.lists(records, max_size=12).map(b"".join)


@settings(max_examples=300, deadline=None)
@given(bodies, st.integers(1, 40), st.booleans())
def test_every_stretch_size_gives_the_oracle_s_records(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, stretch: int, cut: bool
) -> None:
    body = body[:-1] if cut else body
    path = written(tmp_path_factory.getbasetemp(), body)
    expected = oracle(body, 3)
    assert read(path) == expected
    assert read(path, stretch) == expected


def test_regular_lines_take_the_fast_way_and_stay_in_step(tmp_path: Path) -> None:
    body = b"".join(b"%d,x,y\n" % i if i % 7 else b"%d,x\n" % i for i in range(1000))
    rows = read(written(tmp_path, body), 256)
    assert rows == oracle(body, 3)
    assert sum(row[2] is None for row in rows) == 143


def test_a_line_without_end_is_passed_over_and_not_held(tmp_path: Path) -> None:
    body = b"1,x,y\n" + b"z" * (3 * RECORD_BYTES_MAX) + b"\n2,x,y\n"
    rows = read(written(tmp_path, body), 64 << 10)
    assert rows == [(1, 2, ("1", "x", "y")), (2, 3, None), (3, 4, ("2", "x", "y"))]
    endless = read(written(tmp_path, b"z" * (2 * RECORD_BYTES_MAX)), 64 << 10)
    assert endless == [(1, 2, None)]


def test_a_long_line_ends_as_it_would_in_a_larger_stretch(tmp_path: Path) -> None:
    body = b"1,x,y\n" + b"z" * (RECORD_BYTES_MAX + 5) + b"\n2,x,y\n"
    path = written(tmp_path, body)
    assert (
        read(path, 4 << 20)
        == read(path, 100_000)
        == [(1, 2, ("1", "x", "y")), (2, 3, None), (3, 4, ("2", "x", "y"))]
    )


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (b"\xef\xbb\xbfa,b,c\r\n", ("a", "b", "c")),
        (b'\n\n"a","b ""x""","c\nd"\n', ("a", 'b "x"', "c\nd")),
        (b"a,b,c", ("a", "b", "c")),
    ],
)
def test_headers(tmp_path: Path, header: bytes, names: tuple[str, ...]) -> None:
    assert CsvFile.of(written(tmp_path, b"", header), "t.csv").header == names


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "there is no header"),
        (b"\n\n", "there is no header"),
        (b"\xef\xbb\xbf", "there is no header"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b"a\0,b\n", "NUL"),
        (b'"a,b\n', "never closed"),
        (b"\xff\xfa,b\n", "not UTF-8"),
    ],
)
def test_unfit_headers(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        CsvFile.of(written(tmp_path, b"", data), "t.csv")
