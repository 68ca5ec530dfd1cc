# SPDX-License-Identifier: Apache-2.0
"""Tables and findings as bytes that two runs share: fixed order, fixed digits, no clock."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from swarmwitness.terms.columns import TABLES

DIGITS = 9
Columns = Mapping[str, "pa.ChunkedArray[Any] | pa.Array[Any]"]
_ARROW: dict[str, pa.DataType] = {
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
}


def arrow_schema(table: str) -> pa.Schema:
    """The schema of a table of the interchange; what is no number or time is text."""
    return pa.schema([pa.field(c.name, _ARROW.get(c.kind, pa.string())) for c in TABLES[table]])


def write_parquet(table: pa.Table, file: Path) -> None:
    """Write with settings that give the same bytes for the same rows."""
    plain = table.replace_schema_metadata(None)
    pq.write_table(plain, file, compression="zstd", row_group_size=1 << 20, store_schema=False)


def write_rows(name: str, rows: list[dict[str, object]], file: Path) -> None:
    """Write rows as the table `name` of the interchange; a missing key is an empty value."""
    write_parquet(pa.Table.from_pylist(rows, schema=arrow_schema(name)), file)


def write_columns(name: str, columns: Columns, file: Path) -> None:
    """Write columns of one length as the table `name` of the interchange; one that is missing is empty."""
    schema = arrow_schema(name)
    n = max((len(column) for column in columns.values()), default=0)
    filled = [columns[f.name] if f.name in columns else pa.nulls(n, f.type) for f in schema]
    write_parquet(pa.Table.from_arrays(filled, schema=schema), file)


def write_rejected(table: pa.Table, file: Path) -> None:
    """rejected.csv: file, line, reason, row; an apostrophe before a text that a spreadsheet would run."""
    options = pacsv.WriteOptions(quoting_style="needed")
    table = table.select([c.name for c in TABLES["rejected"]])
    for at, column in enumerate(table.columns):
        if pa.types.is_string(column.type):
            told = pc.replace_substring_regex(column, r"^([=+@\t\r-])", r"'\1")
            table = table.set_column(at, table.field(at), told)
    pacsv.write_csv(table, file, options)


def to_json(value: object) -> str:
    """JSON with nine significant digits and no NaN: a number that is none is null."""
    return json.dumps(settled(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def settled(value: object) -> object:
    """Floats cut to nine significant digits, not-a-number to None, through lists and dicts."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): settled(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [settled(v) for v in value]
    return value
