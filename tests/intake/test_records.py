# SPDX-License-Identifier: Apache-2.0
"""What a CSV record is, and that one bad record does not take its neighbours with it."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.intake.pieces import ROW_SHOWN_BYTES
from swarmwitness.intake.records import RECORD_BYTES_MAX, Records, read_records

GOOD = [
    (b"a,b\n", [["a", "b"]]),
    (b"a,b", [["a", "b"]]),
    (b"a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
    (b"\n\r\n\na,b\n\n", [["a", "b"]]),
    (b",\n", [["", ""]]),
    (b'"a","b"\n', [["a", "b"]]),
    (b'"a,a","b\nb"\n', [["a,a", "b\nb"]]),
    (b'"a""a",""\n', [['a"a', ""]]),
    (b'"",""', [["", ""]]),
    (b'x,"b"\r\ny,"c"\r', [["x", "b"], ["y", "c"]]),
    (b'5" disc,b\n', [['5" disc', "b"]]),
    (b'a, "b"\n', [["a", ' "b"']]),
    ('ä,"€\r\n"\n'.encode(), [["ä", "€\r\n"]]),
    (b'"a",', [["a", ""]]),
]
BAD = [
    (b"a\nc,d\n", "1 field, the header has 2", 1),
    (b"a,b,c\nc,d\n", "3 fields, the header has 2", 1),
    (b"a\0,b\nc,d\n", "a NUL byte", 1),
    (b"\xff,b\nc,d\n", "not UTF-8 (invalid start byte)", 1),
    (b'"a,b\nc,d\n', "a quote is opened and never closed", 1),
    (b'"a"x,b\nc,d\n', "text behind a closing quote", 1),
    (b"a\rb,b\nc,d\n", "a carriage return outside quotes", 1),
    (b'a\rb,"b"\nc,d\n', "a carriage return outside quotes", 1),
    (b'"a,1\n"b",2\nc,d\n', "text behind a closing quote", 1),
    (b"   \nc,d\n", "1 field, the header has 2", 1),
    (b'a,"b\nc,d', "a quote is opened and never closed", 1),
]


def read(data: bytes, n: int | None = 2) -> Records:
    return read_records(data, at_end=True, n_fields=n)


@pytest.mark.parametrize(("data", "fields"), GOOD)
def test_good_records(data: bytes, fields: list[list[str]]) -> None:
    found = read(data)
    assert (found.fields, found.broken, found.consumed) == (fields, [], len(data))


@pytest.mark.parametrize(("data", "reason", "line"), BAD)
def test_a_bad_record_is_refused_alone(data: bytes, reason: str, line: int) -> None:
    found = read(data)
    assert [(one.reason, one.line, one.record) for one in found.broken] == [(reason, line, 1)]
    if data.endswith(b"c,d\n"):
        assert found.fields[-1] == ["c", "d"]
    assert found.n_records == len(found.fields) + len(found.broken)


def test_lines_and_numbers_count_embedded_ends_of_line_and_blank_lines() -> None:
    found = read(b'"a\n\n","b"\n\nc,d\nbad\ne,f\n')
    assert found.numbers == [1, 2, 4]
    assert found.lines == [1, 5, 7]
    assert [(one.record, one.line) for one in found.broken] == [(3, 6)]
    assert found.n_lines == 7


def test_a_record_stands_in_rejected_as_it_stood() -> None:
    found = read(b"\xff\0,1,2\r\n")
    assert found.broken[0].row == "\\xff\\x00,1,2"
    long = read(b"x" * (ROW_SHOWN_BYTES + 1) + b"\n")
    assert long.broken[0].row == "x" * ROW_SHOWN_BYTES + "…"


def test_a_long_record_is_refused_whichever_way_it_is_long() -> None:
    huge = b"x" * (RECORD_BYTES_MAX + 1)
    plain = read(huge + b",b\nc,d\n")
    assert plain.broken[0].reason == f"longer than {RECORD_BYTES_MAX} bytes"
    quoted = read_records(b'"' + (b"y" * 1023 + b"\n") * 1100, at_end=False, n_fields=2)
    assert quoted.broken[0].reason == "a quote is opened and never closed"
    behind = read(b'"a\n",' + huge + b"\nc,d\n")
    assert behind.broken[0].reason == f"longer than {RECORD_BYTES_MAX} bytes"
    assert plain.fields == [["c", "d"]]


def test_an_unfinished_record_waits_for_more() -> None:
    for data in (b'c,"d', b'c,"d"', b"c,d", b'c,"d"\r', b'c,"d""', b'"c",', b'"c\n'):
        found = read_records(b"a,b\n" + data, at_end=False, n_fields=2)
        assert (found.fields, found.consumed, found.broken) == ([["a", "b"]], 4, [])


def test_it_stops_after_the_header() -> None:
    found = read_records(b"\na,b\nc,d\n", at_end=True, n_fields=None, most=1)
    assert (found.fields, found.consumed, found.n_lines) == ([["a", "b"]], 5, 2)


alphabet = st.text(alphabet='ab,"\n\r\0é ', max_size=40).map(str.encode)


@given(alphabet, st.data())
def test_where_the_stretch_is_cut_changes_nothing(data: bytes, draw: st.DataObject) -> None:
    whole = read(data)
    cut = draw.draw(st.integers(0, len(data)))
    first = read_records(data[:cut], at_end=False, n_fields=2)
    rest = read_records(
        data[first.consumed :],
        at_end=True,
        n_fields=2,
        record=1 + first.n_records,
        line=1 + first.n_lines,
    )
    assert first.fields + rest.fields == whole.fields
    assert first.numbers + rest.numbers == whole.numbers
    assert first.lines + rest.lines == whole.lines
    assert first.broken + rest.broken == whole.broken
    assert first.n_lines + rest.n_lines == whole.n_lines


@given(st.binary(max_size=60))
def test_any_bytes_are_counted_and_consumed(data: bytes) -> None:
    found = read(data, None)
    assert found.n_records == len(found.fields) + len(found.broken)
    assert sorted(found.numbers + [one.record for one in found.broken]) == list(range(1, found.n_records + 1))
    assert found.consumed == len(data)


@given(st.lists(st.lists(st.text(alphabet='ab,"\n é', max_size=6), min_size=2, max_size=2), max_size=8))
def test_what_the_standard_library_writes_is_read(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    found = read(out.getvalue().encode())
    assert found.fields == rows
    assert not found.broken
