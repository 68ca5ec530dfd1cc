# SPDX-License-Identifier: Apache-2.0
"""A piece of a foreign file on its way in: records as columns of text, and where each one stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

ROW_SHOWN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Broken:
    """A record that is no row: its number from 1, its first line, the reason, the record itself."""

    record: int
    line: int
    reason: str
    row: str


@dataclass(frozen=True, slots=True)
class Piece:
    """Well-formed records of one stretch of a file, and the broken ones between them.

    Attributes:
        columns: Our column name -> text of each record; columns that the file lacks are absent.
        records: Record numbers, from 1; the header is not counted, broken records are.
        lines: First physical line of each record (CSV), or the record number (Parquet).
        row: Position in this piece -> the record as it stood.
        broken: Records with no fields to read.
    """

    columns: Mapping[str, pa.StringArray]
    records: Sequence[int]
    lines: Sequence[int]
    row: Callable[[int], str]
    broken: tuple[Broken, ...] = ()


def shown(raw: bytes) -> str:
    """A record for people and rejected.csv: what is not UTF-8 escaped, what is too long cut and said."""
    text = raw[:ROW_SHOWN_BYTES].decode("utf-8", errors="backslashreplace").replace("\0", "\\x00")
    return text if len(raw) <= ROW_SHOWN_BYTES else text + "…"
