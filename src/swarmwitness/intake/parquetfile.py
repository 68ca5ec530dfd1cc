# SPDX-License-Identifier: Apache-2.0
"""A Parquet file -> pieces: every value becomes the text that a CSV file would hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.intake.opening import open_regular
from swarmwitness.intake.pieces import Broken, Piece, shown
from swarmwitness.intake.told import told
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import Column

BATCH_ROWS = 1 << 17


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """An opened table: its header."""

    path: Path
    name: str
    header: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, name: str) -> ParquetTable:
        """Read the footer.

        Raises:
            InputError: truncated or corrupt.
            OSError: see `open_regular`.
        """
        with open_regular(path) as source:
            try:
                with pq.ParquetFile(source) as file:
                    return cls(path, name, tuple(file.schema_arrow.names))
            except (pa.ArrowException, OSError, ValueError) as error:
                raise InputError(f"not a whole Parquet file: {_first_line(error)}", file=name) from None

    def pieces(self, wanted: Mapping[str, int], columns: Mapping[str, Column]) -> Iterator[Piece]:
        """The rows, in order.

        Args:
            wanted: Our column name -> position in the header.
            columns: Our column name -> what it is.

        Raises:
            InputError: a page is corrupt, or a column's type cannot hold the column.
        """
        try:
            with open_regular(self.path) as source, pq.ParquetFile(source) as file:
                types = file.schema_arrow
                for name, at in wanted.items():
                    _check_type(types.field(at).type, columns[name], self.name)
                theirs = [self.header[at] for at in wanted.values()]
                yield from self._batches(file, theirs, wanted, columns)
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"corrupt Parquet: {_first_line(error)}", file=self.name) from None

    def _batches(
        self,
        file: pq.ParquetFile,
        theirs: list[str],
        wanted: Mapping[str, int],
        columns: Mapping[str, Column],
    ) -> Iterator[Piece]:
        record = 1
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=theirs):
            cells = {name: batch.column(self.header[at]) for name, at in wanted.items()}
            numbers: Sequence[int] = range(record, record + batch.num_rows)
            record += batch.num_rows
            broken = tuple(_unreadable(cells, numbers))
            if broken:
                bad = {one.record for one in broken}
                numbers = [number for number in numbers if number not in bad]
                kept = pa.array([number + batch.num_rows - record for number in numbers], pa.int64())
                cells = {name: column.take(kept) for name, column in cells.items()}
            texts = {name: as_text(column, columns[name].kind) for name, column in cells.items()}
            yield Piece(texts, numbers, numbers, _Row(texts), broken)


def _unreadable(cells: Mapping[str, pa.Array[Any]], numbers: Sequence[int]) -> Iterator[Broken]:
    """Records with text that is no UTF-8 (a writer can store any bytes) or holds a NUL, as in a CSV file."""
    reasons: dict[int, str] = {}
    for name, column in cells.items():
        if not _is_text(column.type) or _is_clean(column):
            continue
        for at, raw in enumerate(column.cast(pa.large_binary()).to_pylist()):
            reason = "" if raw is None else _oddity(raw)
            if reason:
                reasons.setdefault(at, f"{name}: {reason}")
    for at, reason in sorted(reasons.items()):
        row = {name: _raw_text(column.slice(at, 1)) for name, column in cells.items()}
        yield Broken(numbers[at], numbers[at], reason, shown(json.dumps(row, ensure_ascii=False).encode()))


def _is_clean(column: pa.Array[Any]) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return not pc.any(pc.match_substring(column, "\0")).as_py()


def _oddity(raw: bytes) -> str:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"not UTF-8 ({error.reason})"
    return "a NUL byte" if b"\0" in raw else ""


def _raw_text(one: pa.Array[Any]) -> str:
    if not _is_text(one.type):
        return str(one[0].as_py() if one[0].is_valid else "")
    raw = one.cast(pa.large_binary())[0].as_py() or b""
    return raw.decode("utf-8", "backslashreplace")


def _is_text(type_: pa.DataType) -> bool:
    return pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_)


@dataclass(frozen=True, slots=True)
class _Row:
    texts: Mapping[str, pa.StringArray]

    def __call__(self, at: int) -> str:
        cells = {name: column[at].as_py() for name, column in self.texts.items()}
        return shown(json.dumps(cells, ensure_ascii=False).encode("utf-8", "backslashreplace"))


def as_text(values: pa.Array[Any], kind: str) -> pa.StringArray:
    """A column as text, '' for null; times in RFC 3339, binary as hex, 6881.0 as 6881 in a column of ints."""
    type_ = values.type
    if isinstance(values, pa.DictionaryArray):
        return as_text(values.dictionary_decode(), kind)
    if pa.types.is_timestamp(type_):
        text = _time_text(values)
    elif _is_binary(type_):
        text = pa.array([None if cell is None else cell.hex() for cell in values.to_pylist()], pa.string())
    elif pa.types.is_floating(type_) and kind == "int":
        text = _whole_text(values)
    else:
        text = values.cast(pa.string())
    return cast("pa.StringArray", pc.fill_null(text, pa.scalar("")))


def _time_text(values: pa.Array[Any]) -> pa.Array[Any]:
    """Finer than µs is cut, as in text; what µs cannot hold becomes a text that no reader takes."""
    unit, zone = values.type.unit, values.type.tz
    given = values.cast(pa.int64())
    micros = values.cast(pa.timestamp("us", zone), safe=False)
    back = micros.cast(pa.timestamp(unit, zone), safe=False).cast(pa.int64())
    if unit == "ns":
        # Arrow cuts towards 1970; a text cuts towards the past.
        early = pc.greater(back, given).cast(pa.int64())
        micros = pc.subtract(micros.cast(pa.int64()), early).cast(pa.timestamp("us", zone))
        held = pc.true_unless_null(given)
    else:
        held = pc.equal(back, given)
    text = micros.cast(pa.timestamp("us", zone and "UTC")).cast(pa.timestamp("us")).cast(pa.string())
    suffixed = pc.binary_join_element_wise(text, pa.scalar("Z" if zone else ""), pa.scalar(""))  # type: ignore[call-overload]
    return cast("pa.Array[Any]", pc.if_else(held, suffixed, pa.scalar("out of range")))


def _whole_text(values: pa.Array[Any]) -> pa.Array[Any]:
    """Tables that passed through a data frame hold whole numbers with gaps as floats."""
    double = values.cast(pa.float64())
    whole = pc.and_(pc.equal(pc.floor(double), double), pc.less(pc.abs(double), pa.scalar(2.0**53)))
    integers = pc.if_else(whole, double, pa.scalar(0.0)).cast(pa.int64()).cast(pa.string())
    return cast("pa.Array[Any]", pc.if_else(whole, integers, double.cast(pa.string())))


def _is_binary(type_: pa.DataType) -> bool:
    return (
        pa.types.is_binary(type_) or pa.types.is_large_binary(type_) or pa.types.is_fixed_size_binary(type_)
    )


def _check_type(type_: pa.DataType, column: Column, file: str) -> None:
    value = type_.value_type if pa.types.is_dictionary(type_) else type_
    checks = pa.types
    plain = (
        checks.is_string(value)
        or checks.is_large_string(value)
        or checks.is_string_view(value)
        or checks.is_integer(value)
        or checks.is_floating(value)
        or checks.is_decimal(value)
        or checks.is_boolean(value)
        or checks.is_null(value)
        or checks.is_timestamp(value)
        or checks.is_date(value)
    )
    if not plain and not (_is_binary(value) and column.kind == "hex"):
        raise InputError(
            f"a column of {told(str(type_))} cannot hold {column.kind}", file=file, field=column.name
        )


def _first_line(error: Exception) -> str:
    """The library's words, which may hold the file's."""
    return told(str(error).splitlines()[0]) if str(error) else type(error).__name__
