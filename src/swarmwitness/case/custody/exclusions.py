# SPDX-License-Identifier: Apache-2.0
"""Rows that an act of custody leaves out of counts: read from the acts, applied to tables, stated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.config import CaseConfig
from swarmwitness.case.custody.matching import Matcher
from swarmwitness.case.custody.scope import Scope
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.custody.scan import acts_in
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.terms import InputError, MalformedMessage

EXCLUDE, INCLUDE = "exclude", "include"
_MARKS = tuple(f'{{"act":"{name}"'.encode() for name in (EXCLUDE, INCLUDE))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An act that leaves rows out.

    Attributes:
        index: The act's number in the custody log.
        reference: `log:ORIGIN/INDEX`.
        why: The stated reason.
    """

    index: int
    reference: str
    scope: Scope
    why: str

    def told(self, rows: int) -> str:
        """What a reader of the findings must know."""
        return f"{rows} sightings left out by act {self.reference} ({self.scope.to_text()}): {self.why}"

    def to_json(self, rows: int) -> dict[str, object]:
        """For instrument.json."""
        scope = self.scope.to_text()
        return {"act": self.reference, "scope": scope, "why": self.why, "sightings": rows}


def exclusions(case_dir: Path) -> tuple[Exclusion, ...]:
    """The exclusions in force, in the order of their acts; a case without custody/ has none.

    Raises:
        InputError: an act `exclude` or `include` that can't be read: a run must not guess.
        VerificationError: the custody log can't be read.
    """
    directory = CaseFolder(case_dir).custody
    if not directory.is_dir():
        return ()
    origin = read_checkpoint(directory).origin
    found: dict[int, Exclusion] = {}
    for index, exhibit in acts_in(directory):
        if exhibit.payload.startswith(_MARKS):
            _take(found, index, exhibit.payload, origin)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is left of the rows, and what was left out by whom.

    Attributes:
        files: Parquet files of the rows that count; those given, where no exclusion is in force.
        n_rows: Left out of all of them.
        warnings: For people, one for each exclusion, also for one that means no row.
        acts: For instrument.json.
    """

    files: tuple[Path, ...]
    n_rows: int
    warnings: tuple[str, ...]
    acts: tuple[dict[str, object], ...]


def left_out(folder: CaseFolder, config: CaseConfig, files: Sequence[Path]) -> LeftOut:
    """Leave out of the rows of a case what its exclusions mean.

    Args:
        files: Parquet files of typed sightings; what is left of one is written beside it.

    Raises:
        InputError: an exclusion can't be read or applied; the act is named.
        VerificationError: the custody log can't be read.
    """
    found = exclusions(folder.root)
    if not found:
        return LeftOut(tuple(files), 0, (), ())
    matchers = matchers_of(folder, config, found)
    kept = tuple(file.with_name(f"{file.stem}-kept.parquet") for file in files)
    taken = [leave_out(file, into, matchers) for file, into in zip(files, kept, strict=True)]
    counts = [sum(each) for each in zip(*taken, strict=True)] if taken else [0] * len(found)
    return LeftOut(
        kept,
        sum(counts),
        tuple(each.told(n) for each, n in zip(found, counts, strict=True)),
        tuple(each.to_json(n) for each, n in zip(found, counts, strict=True)),
    )


def apply(table: pa.Table, matchers: Sequence[Matcher]) -> tuple[pa.Table, list[int]]:
    """Leave out what the exclusions mean.

    Args:
        table: Sightings, typed as intake types them.
        matchers: One for each exclusion, in order.

    Returns:
        The other rows in their order, and how many each exclusion took; a row counts for the first
        one that means it.
    """
    kept = np.ones(table.num_rows, np.bool_)
    counts = []
    for matcher in matchers:
        meant = matcher.mask(table) & kept
        counts.append(int(meant.sum()))
        kept &= ~meant
    return table.filter(pa.array(kept)), counts


def matchers_of(folder: CaseFolder, config: CaseConfig, found: Sequence[Exclusion]) -> list[Matcher]:
    """The exclusions made ready for tables.

    Raises:
        InputError: one names a work or set that the case has no more; the act is named.
    """
    ready = []
    for each in found:
        try:
            ready.append(Matcher.of(folder, config, each.scope))
        except InputError as error:
            raise InputError(
                f"act {each.reference} can't be applied: {error}", file=str(folder.root)
            ) from None
    return ready


def leave_out(file: Path, into: Path, matchers: Sequence[Matcher]) -> list[int]:
    """`apply` for a Parquet file of sightings, in portions; how many rows each exclusion took."""
    counts = [0] * len(matchers)
    with (
        pq.ParquetFile(file) as source,
        pq.ParquetWriter(into, source.schema_arrow, compression="zstd") as out,
    ):
        for batch in source.iter_batches():
            rest, taken = apply(pa.Table.from_batches([batch]), matchers)
            out.write_table(rest)
            counts = [before + now for before, now in zip(counts, taken, strict=True)]
    return counts


def _take(found: dict[int, Exclusion], index: int, payload: bytes, origin: str) -> None:
    try:
        act = Act.from_wire(payload)
        if act.name == EXCLUDE:
            scope = Scope.from_text(str(act.on["scope"]))
            found[index] = Exclusion(index, f"log:{origin}/{index}", scope, act.why)
        elif act.name == INCLUDE:
            del found[int(str(act.on["exclusion"]))]
    except (MalformedMessage, KeyError, ValueError) as error:
        raise InputError(f"act {index} of custody/ can't be read: {error}") from None
