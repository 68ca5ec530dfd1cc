# SPDX-License-Identifier: Apache-2.0
"""Rows of foreign tables in a bundle: not sealed exhibits, but what a vendor's table said.

An expert who holds nothing but a foreign table has a bundle too: the rows with pseudonyms, each named
`file:SHA256#ROW`, and the custody log with the act that took the table in.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.clauses import reference
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.handover.cells import csv_bytes, sighting_cell
from swarmwitness.case.pseudonyms import Pseudonyms
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.intake import take_sightings
from swarmwitness.terms import InputError
from swarmwitness.terms.columns import SIGHTINGS

FILE = "data/results/foreign-sightings.csv"
MOST_ROWS = 500_000
_INSTANTS = ("observed_at", "observed_until")


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """foreign-sightings.csv, its number of rows, and which they are, by `file:SHA256`."""

    table: bytes = b""
    count: int = 0
    cited: Mapping[str, Ranges] = field(default_factory=dict)


def foreign_rows(folder: CaseFolder, config: CaseConfig, scope: Scope, pseudonyms: Pseudonyms) -> ForeignRows:
    """The rows of the case's foreign tables that a scope means.

    Raises:
        InputError: more than `MOST_ROWS` are meant, or the scope names what the case doesn't have.
    """
    matcher = Matcher.of(folder, config, scope)
    names = [column.name for column in SIGHTINGS]
    cited: dict[str, list[int]] = {}

    def rows() -> Iterator[list[object]]:
        for count, row in enumerate(_meant(folder, config, matcher), 1):
            if count > MOST_ROWS:
                why = f"means more than {MOST_ROWS:,} rows of foreign tables: narrow the filter"
                raise InputError(why, field="scope")
            source, number, _ = reference(str(row["exhibit"]))
            cited.setdefault(source, []).append(number)
            ip = str(row["ip"])
            yield [sighting_cell(name, row.get(name), ip, pseudonyms) for name in names]

    table = csv_bytes(names, rows())
    count = sum(map(len, cited.values()))
    return ForeignRows(table, count, {source: Ranges.of(numbers) for source, numbers in cited.items()})


def _meant(folder: CaseFolder, config: CaseConfig, matcher: Matcher) -> Iterator[Mapping[str, object]]:
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        into = Path(scratch) / "sightings.parquet"
        take_sightings(folder.tables("sightings"), into, mapping=config.intake, root=folder.root)
        with pq.ParquetFile(into) as file:
            for batch in file.iter_batches():
                table = pa.Table.from_batches([batch])
                meant = table.filter(pa.array(matcher.mask(table)))
                for name in _INSTANTS:
                    at = meant.schema.get_field_index(name)
                    meant = meant.set_column(at, name, meant.column(at).cast(pa.int64()))
                yield from meant.to_pylist()
