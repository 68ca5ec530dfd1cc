# SPDX-License-Identifier: Apache-2.0
"""One piece in, typed rows and refused rows out: SQL for the many, Python for the odd ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.intake import sql
from swarmwitness.intake.cells import Value, read_cell
from swarmwitness.intake.mapping import FileMapping
from swarmwitness.intake.pieces import Broken, Piece
from swarmwitness.intake.rules import INTERVALS, columns_of, rule_of
from swarmwitness.terms.columns import Column

_ARROW: dict[str, pa.DataType] = {
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
}
EXTRA = {"sightings": (("rung_basis", "'asserted'"),)}


def schema_of(table: str) -> pa.Schema:
    """The typed columns of a table that was taken in: its own, `rung_basis` for sightings, `exhibit`."""
    own = [pa.field(c.name, _ARROW.get(c.kind, pa.string())) for c in columns_of(table)]
    more = [pa.field(name, pa.string()) for name, _ in EXTRA.get(table, ())]
    names = {field.name for field in own}
    return pa.schema(own + more + [pa.field("exhibit", pa.string())] * ("exhibit" not in names))


@dataclass(frozen=True, slots=True)
class Taking:
    """How the rows of one file are judged.

    Attributes:
        table: Which table the file is one of.
        present: Our columns that the file has.
        mapping: The file's entry in `[intake]`.
        sha256: Of the whole file: the first half of every row's exhibit reference.
        source: What stands for an empty `source`, where two files must not count as one source.
    """

    table: str
    present: tuple[Column, ...]
    mapping: FileMapping
    sha256: str
    source: str = ""

    def take(self, piece: Piece, connection: duckdb.DuckDBPyConnection) -> tuple[pa.Table, list[Broken]]:
        """Rows in the order of the file, and every record that is none, with its reason."""
        if not len(piece.records):
            return schema_of(self.table).empty_table(), list(piece.broken)
        rows = self._query(piece, connection)
        settled = rows.column("settled")
        typed = rows.drop_columns(["settled", "pos"]).cast(schema_of(self.table))
        if pc.all(settled).as_py():
            return typed, list(piece.broken)
        accepted, broken = self._judge_odd(
            piece, cast("list[int]", pc.indices_nonzero(pc.invert(settled)).to_pylist())
        )
        fast = typed.filter(settled)
        if not accepted:
            return fast, sorted([*piece.broken, *broken], key=lambda one: one.record)
        order = pc.indices_nonzero(settled).to_pylist() + [at for at, _ in accepted]
        slow = pa.Table.from_pylist([row for _, row in accepted], schema_of(self.table))
        both = pa.concat_tables([fast, slow]).take(pc.sort_indices(pa.array(order)))
        return both, sorted([*piece.broken, *broken], key=lambda one: one.record)

    def _query(self, piece: Piece, connection: duckdb.DuckDBPyConnection) -> pa.Table:
        source: dict[str, pa.StringArray | pa.Int64Array] = dict(piece.columns)
        for column in self.present:
            if column.kind in ("ip", "prefix"):
                source[sql.canon(column.name)] = _canon(piece.columns[column.name], column)
        source["record"] = pa.array(piece.records, pa.int64())
        source["pos"] = pa.array(range(len(piece.records)), pa.int64())
        connection.register("piece", pa.table(source))
        try:
            return connection.execute(self.statement()).to_arrow_table()
        finally:
            connection.unregister("piece")

    def statement(self) -> str:
        """The SQL over `piece`: every column of the table, `settled` and `pos`, in order of `pos`."""
        table = self.table
        values = [
            f"{sql.typed(c, rule_of(table, c), self.mapping.zone)} AS {sql.quoted('v_' + c.name)}"
            for c in self.present
        ]
        names = {column.name for column in self.present}
        tests = [sql.accepted(column, rule_of(table, column)) for column in self.present]
        for low, high in INTERVALS.get(table, ()):
            if low in names and high in names:
                tests.append(f'coalesce("v_{low}" < "v_{high}", true)')
            if high in names:
                tests.append(f"coalesce(\"v_{high}\" > '0001-01-01', true)")
        outputs = [self._output(field, names) for field in schema_of(table)]
        # Names come from terms/columns.py and values are quoted: nothing of a file gets in here.
        return (
            f"SELECT {', '.join(outputs)}, {' AND '.join(tests)} AS settled, pos "  # noqa: S608
            f"FROM (SELECT *, {', '.join(values)} FROM piece) ORDER BY pos"
        )

    def _output(self, field: pa.Field[pa.DataType], names: set[str]) -> str:
        name = field.name
        if name == "exhibit":
            return f"{sql.literal(f'file:{self.sha256}#')} || record AS exhibit"
        for extra, value in EXTRA.get(self.table, ()):
            if name == extra:
                return f"{value} AS {extra}"
        empty = self._empty(name)
        value = sql.quoted("v_" + name) if name in names else "NULL"
        if empty is not None:
            value = f"coalesce({value}, {sql.literal(empty) if isinstance(empty, str) else empty})"
        column = next(c for c in columns_of(self.table) if c.name == name)
        return f"CAST({value} AS {sql.ARROW_TYPES.get(column.kind, 'VARCHAR')}) AS {sql.quoted(name)}"

    def _empty(self, name: str) -> str | int | float | None:
        """What an empty cell of the column means."""
        if name == "source" and self.source:
            return self.source
        if (self.table, name) == ("sightings", "observed_at_precision_s"):
            return self.mapping.precision_s
        column = next(c for c in columns_of(self.table) if c.name == name)
        return rule_of(self.table, column).default

    def _judge_odd(
        self, piece: Piece, odd: list[int]
    ) -> tuple[list[tuple[int, dict[str, Value | dt.datetime]]], list[Broken]]:
        accepted, broken = [], []
        texts = {
            c.name: cast("list[str]", piece.columns[c.name].take(pa.array(odd)).to_pylist())
            for c in self.present
        }
        for i, at in enumerate(odd):
            record = piece.records[at]
            try:
                row = self.judge({name: column[i] for name, column in texts.items()}, record)
            except ValueError as refusal:
                broken.append(Broken(record, piece.lines[at], str(refusal), piece.row(at)))
            else:
                accepted.append((at, row))
        return accepted, broken

    def judge(self, texts: Mapping[str, str], record: int) -> dict[str, Value | dt.datetime]:
        """Read one row by hand, with the same outcome as the SQL where that accepts it.

        Raises:
            ValueError: names the column and says what is wrong; a cell stands in it only as `told`
                tells it (bounded, in quotes that close).
        """
        row: dict[str, Value | dt.datetime] = {}
        for column in columns_of(self.table):
            text = texts.get(column.name, "")
            if text == "":
                if column.required:
                    raise ValueError(f"{column.name}: empty")
                row[column.name] = self._empty(column.name)
                continue
            try:
                row[column.name] = read_cell(
                    column.kind, text, rule_of(self.table, column), self.mapping.zone
                )
            except ValueError as error:
                raise ValueError(f"{column.name}: {error}") from None
        for low, high in INTERVALS.get(self.table, ()):
            start, end = row[low], row[high]
            if end == dt.date.min:
                raise ValueError(f"{high}: no day lies before it")
            if start is not None and end is not None and start >= end:  # type: ignore[operator]
                raise ValueError(f"{high}: not behind {low}")
        if self.table == "sightings":
            row["rung_basis"] = "asserted"
        return {**row, "exhibit": f"file:{self.sha256}#{record}"}


def _canon(values: pa.StringArray, column: Column) -> pa.StringArray:
    """What Python reads for the distinct values that SQL has no quick test for; null where it refuses."""
    distinct = pc.unique(values)
    if column.kind == "ip":
        distinct = distinct.filter(pc.invert(pc.match_substring_regex(distinct, sql.IPV4)))
    known = [_or_none(column, str(text)) for text in distinct.to_pylist()]
    return pa.array(known, pa.string()).take(pc.index_in(values, value_set=distinct))


def _or_none(column: Column, text: str) -> Value:
    try:
        return read_cell(column.kind, text, rule_of("", column))
    except ValueError:
        return None
