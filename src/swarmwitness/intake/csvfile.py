# SPDX-License-Identifier: Apache-2.0
"""A CSV file -> pieces. Regular stretches are read by Arrow's parser, irregular ones by `records.py`.

Theory of operation. The file is cut into stretches at ends of line. A stretch with no NUL, no stray
carriage return, no blank line, valid UTF-8, and no quotes but those that open and close a field within
its line has one record per line, so that a fast parser can do no harm to it; everything else takes
the exact way. Both give the same records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.csv as pa_csv

from swarmwitness.intake.opening import open_regular
from swarmwitness.intake.pieces import Broken, Piece, shown
from swarmwitness.intake.records import RECORD_BYTES_MAX, Records, read_records
from swarmwitness.terms import InputError

STRETCH_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
Load = Callable[[], Piece]


@dataclass(frozen=True, slots=True)
class CsvFile:
    """An opened table: its header, and where the rows begin.

    Attributes:
        header: The column names as they stand.
        body: Offset of the first byte behind the header.
        first_line: Physical line at `body`, from 1.
    """

    path: Path
    name: str
    header: tuple[str, ...]
    body: int
    first_line: int

    @classmethod
    def of(cls, path: Path, name: str) -> CsvFile:
        """Read the header.

        Raises:
            InputError: empty, not UTF-8, or with a first line that is no record.
            OSError: see `open_regular`.
        """
        with open_regular(path) as file:
            head = file.read(STRETCH_BYTES)
            at_end = not file.read(1)
        if head.startswith(_WIDE):
            raise InputError("UTF-16; a table is UTF-8", file=name, line=1)
        skip = len(_BOM) if head.startswith(_BOM) else 0
        found = read_records(head[skip:], at_end=at_end, n_fields=None, most=1)
        if found.broken:
            raise InputError(f"the header: {found.broken[0].reason}", file=name, line=found.broken[0].line)
        if not found.fields:
            raise InputError("empty: there is no header", file=name, line=1)
        return cls(path, name, tuple(found.fields[0]), skip + found.consumed, 1 + found.n_lines)

    def pieces(self, wanted: Mapping[str, int], stretch_bytes: int = STRETCH_BYTES) -> Iterator[Load]:
        """The rows, in order, as functions that load one piece each (they may run on other threads).

        Args:
            wanted: Our column name -> position in the header.
            stretch_bytes: How much is read at a time; it changes nothing in what is read.
        """
        record, line = 1, self.first_line
        with open_regular(self.path) as file:
            file.seek(self.body)
            carry, at_end = b"", False
            while not at_end:
                block = file.read(stretch_bytes)
                at_end, data = not block, carry + block
                cut = len(data) if at_end else data.rfind(b"\n") + 1
                n = _regular_lines(data[:cut])
                if n is not None:
                    yield _Regular(data[:cut], wanted, len(self.header), record, line).load
                    record, line, carry = record + n, line + n, data[cut:]
                else:
                    found = read_records(
                        data, at_end=at_end, n_fields=len(self.header), record=record, line=line
                    )
                    yield _Irregular(data, wanted, found).load
                    record, line = record + found.n_records, line + found.n_lines
                    carry = data[found.consumed :]
                if not at_end and len(carry) > RECORD_BYTES_MAX and b"\n" not in carry:
                    broken, carry = _skip_line(file, carry, record, line)
                    yield _Only(broken).load
                    record, line = record + 1, line + 1


def _regular_lines(data: bytes) -> int | None:
    """How many lines, each one record; None where that is not certain."""
    if not data:
        return None
    if b"\0" in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    if b"\n\n" in data or b"\n\r\n" in data or data.startswith((b"\n", b"\r\n")) or _has_long_line(data):
        return None
    try:
        data.isascii() or data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if b'"' in data and not _quotes_close(data):
        return None
    return data.count(b"\n") + (not data.endswith(b"\n"))


_FIELD = rb'(?:"[^"\r]*+(?:""[^"\r]*+)*+"|[^",\r]*+)'
_QUOTED_LINE = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+\r?")


def _quotes_close(data: bytes) -> bool:
    """Whether every quote opens or closes a field, or is doubled in one, within its own line."""
    return all(b'"' not in line or _QUOTED_LINE.fullmatch(line) for line in data.split(b"\n"))


def _has_long_line(data: bytes) -> bool:
    position = 0
    while len(data) - position > RECORD_BYTES_MAX:
        newline = data.rfind(b"\n", position, position + RECORD_BYTES_MAX + 1)
        if newline < 0:
            return True
        position = newline + 1
    return False


def _skip_line(file: BinaryIO, start: bytes, record: int, line: int) -> tuple[Broken, bytes]:
    """Pass over a line of any length without holding it."""
    rest = b""
    while block := file.read(STRETCH_BYTES):
        _, newline, rest = block.partition(b"\n")
        if newline:
            break
    return Broken(record, line, f"longer than {RECORD_BYTES_MAX} bytes", shown(start)), rest


@dataclass(frozen=True, slots=True)
class _Only:
    """A single broken record."""

    broken: Broken

    def load(self) -> Piece:
        return Piece({}, (), (), str, (self.broken,))


@dataclass(frozen=True, slots=True)
class _Irregular:
    """A stretch that was read by hand."""

    data: bytes
    wanted: Mapping[str, int]
    found: Records

    def load(self) -> Piece:
        by_position = list(zip(*self.found.fields, strict=True))
        columns = {
            name: pa.array(by_position[at] if by_position else (), pa.string())
            for name, at in self.wanted.items()
        }
        found = self.found
        return Piece(columns, found.numbers, found.lines, self._row, tuple(found.broken))

    def _row(self, at: int) -> str:
        return shown(self.data[self.found.starts[at] : self.found.ends[at]].removesuffix(b"\r"))


@dataclass(frozen=True, slots=True)
class _Regular:
    """A stretch of one record per line."""

    data: bytes
    wanted: Mapping[str, int]
    n_fields: int
    record: int
    line: int

    def load(self) -> Piece:
        odd: dict[int, int] = {}
        table = self._parsed(odd)
        good: Sequence[int] = range(table.num_rows)
        if odd:
            good = [at for at in range(table.num_rows + len(odd)) if at not in odd]
        lines = _Lines(self.data)
        broken = tuple(
            Broken(self.record + at, self.line + at, _count_reason(n, self.n_fields), lines(at))
            for at, n in sorted(odd.items())
        )
        columns = {
            name: cast("pa.StringArray", table.column(f"c{at}").combine_chunks())
            for name, at in self.wanted.items()
        }
        return Piece(
            columns,
            [self.record + at for at in good] if odd else range(self.record, self.record + len(good)),
            [self.line + at for at in good] if odd else range(self.line, self.line + len(good)),
            lambda at: lines(good[at]),
            broken,
        )

    def _parsed(self, odd: dict[int, int]) -> pa.Table:
        def note(row: pa_csv.InvalidRow) -> Literal["skip"]:
            odd[(row.number or 0) - 1] = row.actual_columns  # a number is there without threads
            return "skip"

        names = [f"c{at}" for at in range(self.n_fields)]
        return pa_csv.read_csv(
            BytesIO(self.data),
            read_options=pa_csv.ReadOptions(
                column_names=names, use_threads=False, block_size=len(self.data) + 1
            ),
            parse_options=pa_csv.ParseOptions(
                quote_char='"' if b'"' in self.data else False, invalid_row_handler=note
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                include_columns=[f"c{at}" for at in sorted(set(self.wanted.values()))],
                check_utf8=False,
                strings_can_be_null=False,
            ),
        )


def _count_reason(n: int, wanted: int) -> str:
    return f"{n} field{'s' * (n != 1)}, the header has {wanted}"


class _Lines:
    """The lines of a stretch, cut when the first one is asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._cut: list[bytes] | None = None

    def __call__(self, at: int) -> str:
        if self._cut is None:
            self._cut = self._data.split(b"\n")
        return shown(self._cut[at].removesuffix(b"\r"))
