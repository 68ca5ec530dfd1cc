# SPDX-License-Identifier: Apache-2.0
"""Foreign tables in: every record is accepted or refused with a reason; none is lost.

A row that is bad is refused; a file that is unfit (no header, a compulsory column missing, corrupt
Parquet) is an `InputError`, because nobody can say how many rows it should have had.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.intake.csvfile import CsvFile
from swarmwitness.intake.mapping import FileMapping, mapping_of
from swarmwitness.intake.opening import open_regular, why_unread
from swarmwitness.intake.parquetfile import ParquetTable
from swarmwitness.intake.pieces import Broken, Piece
from swarmwitness.intake.rules import columns_of
from swarmwitness.intake.taking import Taking, schema_of
from swarmwitness.intake.told import told, told_name
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import Column

_REJECTED: list[tuple[str, pa.DataType]] = [
    ("file", pa.string()),
    ("line", pa.int64()),
    ("reason", pa.string()),
    ("row", pa.string()),
]
REJECTED_SCHEMA = pa.schema(_REJECTED)
NAMES_SHOWN = 20
_AHEAD = 2
"""Pieces in flight per worker: what bounds the memory."""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file as it was read.

    Attributes:
        name: Relative to the case folder, printable (`told_name`).
        sha256: Hex, of the whole file.
        rows: Records that it holds: accepted and rejected.
    """

    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the files: `accepted + rejected.num_rows` = the records that they hold."""

    accepted: int
    rejected: pa.Table
    warnings: tuple[str, ...]
    files: tuple[SealedFile, ...]


def take_sightings(
    files: Sequence[Path],
    into: Path,
    *,
    mapping: Mapping[str, FileMapping] | None = None,
    root: Path,
    jobs: int = 2,
) -> Taken:
    """Read sightings from CSV and Parquet into one Parquet file of typed columns (`schema_of`).

    Rows stand in the order of the files' names and then of the file. `rung_basis` is `asserted` and
    `exhibit` is `file:SHA256#ROW`, whatever the file says in a column of that name: it is this row
    that we rest on.

    Args:
        files: CSV (UTF-8, header) or Parquet files below `root`.
        into: The file to write; replaced if it exists.
        mapping: File name (or glob) -> its names, zone and precision.
        root: The folder that file names are told relative to.
        jobs: Threads.

    Raises:
        InputError: a file is unfit; names file and field.
    """
    with sightings_writer(into) as writer:

        def write(rows: pa.Table) -> None:
            if rows.num_rows:
                writer.write_table(rows)

        return _take_all("sightings", files, write, mapping, root=root, jobs=jobs)


def take_table(
    name: str,
    files: Sequence[Path],
    *,
    mapping: Mapping[str, FileMapping] | None = None,
    root: Path,
    jobs: int = 2,
) -> tuple[pa.Table, pa.Table, tuple[str, ...]]:
    """Read works, networks, coverage or polls into memory: rows, rejected, warnings.

    Rows are typed and have an `exhibit` column (`file:SHA256#ROW`).
    A networks table that does not name its `source` is one of its own, named after its file.

    Raises:
        InputError: a file is unfit; names file and field.
        ValueError: no foreign table has that name.
    """
    parts: list[pa.Table] = [schema_of(name).empty_table()]
    taken = _take_all(name, files, parts.append, mapping, root=root, jobs=jobs)
    return pa.concat_tables(parts).combine_chunks(), taken.rejected, taken.warnings


_DICTIONARIES = ["ip", "info_hash", "source", "client", "collector", "rung_basis", "reserved", "rung", "port"]


def sightings_writer(into: Path) -> pq.ParquetWriter:
    """A writer of typed sightings, packed as all of ours are."""
    return pq.ParquetWriter(
        into,
        schema_of("sightings"),
        compression="zstd",
        compression_level=1,
        use_dictionary=cast("bool", _DICTIONARIES),  # a list of columns will do; the stubs know only bool
        column_encoding={"exhibit": "DELTA_BYTE_ARRAY"},
    )


def _take_all(
    table: str,
    files: Sequence[Path],
    write: Callable[[pa.Table], object],
    mapping: Mapping[str, FileMapping] | None,
    *,
    root: Path,
    jobs: int,
) -> Taken:
    sealed: list[SealedFile] = []
    warnings: list[str] = []
    rejected: list[pa.Table] = [REJECTED_SCHEMA.empty_table()]
    accepted, engines = 0, _PerThread()
    named = sorted((told_name(path, root), path) for path in files)
    with ThreadPoolExecutor(max_workers=max(jobs, 1)) as pool:
        for name, path in named:
            one = _File.of(table, path, name, mapping_of(mapping, name))
            good, bad = 0, 0
            for rows, broken in one.read(pool, engines, max(jobs, 1) * _AHEAD):
                write(rows)
                good, bad = good + rows.num_rows, bad + len(broken)
                if broken:
                    rejected.append(_rejected(name, broken))
            accepted += good
            sealed.append(SealedFile(name, one.taking.sha256, good + bad))
            warnings.extend(one.warnings)
            if good + bad == 0:
                warnings.append(f"{name}: a header and no records")
    return Taken(accepted, pa.concat_tables(rejected).combine_chunks(), tuple(warnings), tuple(sealed))


def _rejected(name: str, broken: Sequence[Broken]) -> pa.Table:
    return pa.table(
        {
            "file": [name] * len(broken),
            "line": [one.line for one in broken],
            "reason": [one.reason for one in broken],
            "row": [one.row for one in broken],
        },
        REJECTED_SCHEMA,
    )


@dataclass(frozen=True, slots=True)
class _File:
    """One file with everything that is needed to read it."""

    source: CsvFile | ParquetTable
    wanted: Mapping[str, int]
    taking: Taking
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, table: str, path: Path, name: str, mapping: FileMapping) -> _File:
        columns = columns_of(table)
        mapping = mapping.checked(tuple(column.name for column in columns), name)
        source = _opened(path, name)
        wanted = _positions(source.header, columns, mapping, name)
        present = tuple(column for column in columns if column.name in wanted)
        own_source = name if table == "networks" else ""
        taking = Taking(table, present, mapping, _sha256(path, name), own_source)
        return cls(source, wanted, taking, tuple(_header_warnings(source.header, wanted, name)))

    def read(
        self, pool: ThreadPoolExecutor, engines: _PerThread, ahead: int
    ) -> Iterator[tuple[pa.Table, list[Broken]]]:
        """Rows and refusals, piece by piece in the file's order, however many threads work."""
        waiting: deque[Future[tuple[pa.Table, list[Broken]]]] = deque()
        try:
            for load in self._loads():
                waiting.append(pool.submit(_take, self.taking, load, engines))
                if len(waiting) >= ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _loads(self) -> Iterator[Callable[[], Piece]]:
        try:
            if isinstance(self.source, CsvFile):
                yield from self.source.pieces(self.wanted)
                return
            columns = {column.name: column for column in self.taking.present}
            for piece in self.source.pieces(self.wanted, columns):
                yield lambda piece=piece: piece  # type: ignore[misc]  # a default binds the loop's value
        except OSError as error:
            raise InputError(why_unread(error), file=self.source.name) from None


def _opened(path: Path, name: str) -> CsvFile | ParquetTable:
    try:
        with open_regular(path) as file:
            parquet = file.read(4) == b"PAR1"
        if parquet or path.suffix.lower() == ".parquet":
            return ParquetTable.of(path, name)
        return CsvFile.of(path, name)
    except OSError as error:
        raise InputError(why_unread(error), file=name) from None


def _positions(
    header: tuple[str, ...], columns: Sequence[Column], mapping: FileMapping, name: str
) -> dict[str, int]:
    found: dict[str, int] = {}
    for column in columns:
        theirs = mapping.theirs(column.name)
        if header.count(theirs) > 1:
            raise InputError(f"two columns are called {told(theirs)}", file=name, line=1, field=column.name)
        if theirs in header:
            found[column.name] = header.index(theirs)
        elif column.required or column.name in mapping.columns:
            raise InputError(f"no column is called {told(theirs)}", file=name, line=1, field=column.name)
    return found


def _header_warnings(header: tuple[str, ...], wanted: Mapping[str, int], name: str) -> Iterator[str]:
    unknown = [column for at, column in enumerate(header) if at not in wanted.values()]
    if unknown:
        yield f"{name}: columns left out: {', '.join(map(told, unknown[:NAMES_SHOWN]))}" + (
            f" and {len(unknown) - NAMES_SHOWN} more" if len(unknown) > NAMES_SHOWN else ""
        )
    if "exhibit" in wanted:
        yield f"{name}: its column exhibit is left out: its rows are exhibits themselves"


def _sha256(path: Path, name: str) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(why_unread(error), file=name) from None


class _PerThread(threading.local):
    """A connection serves one thread at a time."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("SET TimeZone = 'UTC'")


def _take(taking: Taking, load: Callable[[], Piece], engines: _PerThread) -> tuple[pa.Table, list[Broken]]:
    return taking.take(load(), engines.connection)
