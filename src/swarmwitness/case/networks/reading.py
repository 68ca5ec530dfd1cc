# SPDX-License-Identifier: Apache-2.0
"""The networks and organisations of a case, or the small table that ships, as typed rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.networks.imports import changed
from swarmwitness.intake import schema_of, take_table


@dataclass(frozen=True, slots=True)
class Tables:
    """What may be asked.

    Attributes:
        where: What it is, for people.
        networks, organisations: Typed rows, each with its exhibit.
        rejected: Rows that could not be read.
        warnings: What a reader must know of them.
    """

    where: str
    networks: pa.Table
    organisations: pa.Table
    rejected: pa.Table
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneTable:
    """One file of networks; `sha256` of the file as it lies there, '' = it holds no row."""

    name: str
    sha256: str
    rows: pa.Table
    rejected: int


def read_tables(case_dir: Path, jobs: int = 2) -> Tables:
    """Every networks and organisations table of a case.

    Raises:
        InputError: no case, or a file that is unfit as a whole.
    """
    folder = CaseFolder.at(case_dir)
    networks, bad, said = take_table("networks", folder.tables("networks"), root=folder.root, jobs=jobs)
    ties, ties_bad, ties_said = take_table(
        "organisations", folder.tables("organisations"), root=folder.root, jobs=jobs
    )
    rejected = pa.concat_tables([bad, ties_bad])
    lost = (f"rows rejected: {rejected.num_rows}; `swarmwitness run` lists them",) * bool(rejected.num_rows)
    none = ("the case holds no networks table: nobody is known to hold any address",)
    missing = none * (not folder.tables("networks"))
    warnings = (*said, *ties_said, *lost, *missing, *changed(folder, contents_of(networks)))
    return Tables(f"case {case_dir}", networks, ties, rejected, warnings)


def read_each(case_dir: Path, jobs: int = 2) -> Iterator[OneTable]:
    """Each networks file by itself, in the order of names.

    Raises:
        InputError: as `read_tables`.
    """
    folder = CaseFolder.at(case_dir)
    for file in folder.tables("networks"):
        rows, bad, _ = take_table("networks", [file], root=folder.root, jobs=jobs)
        yield OneTable(
            file.relative_to(folder.root).as_posix(), next(iter(contents_of(rows)), ""), rows, bad.num_rows
        )


def contents_of(rows: pa.Table) -> frozenset[str]:
    """SHA-256 of the files that rows were read from, as their references tell it."""
    digests = cast("pa.StringArray", pc.utf8_slice_codeunits(rows.column("exhibit"), 5, 5 + 64))
    return frozenset(cast("list[str]", digests.unique().to_pylist()))


def no_networks() -> pa.Table:
    """No rows, of the right types."""
    return schema_of("networks").empty_table()
