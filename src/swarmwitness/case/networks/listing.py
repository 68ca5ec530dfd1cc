# SPDX-License-Identifier: Apache-2.0
"""`networks list` and `show`: which sources a case rests on, of which days, how old; and their rows."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution.prefixes import prefixes_of
from swarmwitness.case.folder import CaseFolder
from swarmwitness.case.networks.imports import ImportAct, changed, imports_of
from swarmwitness.case.networks.period import Period
from swarmwitness.case.networks.reading import OneTable, read_each
from swarmwitness.terms import InputError
from swarmwitness.terms.endpoint import Prefix

Span = tuple[dt.date, dt.date]
"""Half-open; an unbounded side is date.min or date.max."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source in one file.

    Attributes:
        file, sha256: The table, as it lies in the case.
        made_of: The act that says which file it was made of; None = nobody imported it.
        prefixes, organisations: Distinct ones.
        first, last: The first and the last day for which a row speaks; None = unbounded.
        undated: Rows that state no validity: they claim always.
        spoken: Days of the case's period for which some row speaks; None = no period is known.
        behind: Days from the last such day to the end of the period.
    """

    file: str
    sha256: str
    made_of: ImportAct | None
    source: str
    says: tuple[str, ...]
    rows: int
    prefixes: int
    organisations: int
    kinds: tuple[str, ...]
    first: dt.date | None
    last: dt.date | None
    undated: int
    spoken: int | None
    behind: int | None

    def to_json(self) -> dict[str, object]:
        """For machines."""
        made = self.made_of
        return {
            "file": self.file, "sha256": self.sha256, "source": self.source, "says": list(self.says),
            "rows": self.rows, "prefixes": self.prefixes, "organisations": self.organisations,
            "kinds": list(self.kinds), "first": _iso(self.first), "last": _iso(self.last),
            "undated": self.undated, "days_spoken_for": self.spoken, "days_behind": self.behind,
            "format": made.format if made else None, "original": made.file if made else None,
            "original_sha256": made.sha256 if made else None, "licence": made.licence if made else None,
            "provenance": made.provenance if made else None, "act": made.index if made else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """All sources of a case."""

    sources: tuple[Source, ...]
    period: Period | None
    warnings: tuple[str, ...]


def list_sources(case_dir: Path, period: Period | None) -> Listed:
    """Every source of a case, file by file.

    Raises:
        InputError: no case, or a file that is unfit as a whole.
    """
    folder = CaseFolder.at(case_dir)
    acts = {one.table_sha256: one for one in imports_of(folder)}
    tables = list(read_each(case_dir))
    contents = {one.sha256 for one in tables}
    sources = [one for table in tables for one in sources_of(table, acts.get(table.sha256), period)]
    bad = [f"{one.name}: rows rejected: {one.rejected}" for one in tables if one.rejected]
    empty = [f"{one.name}: holds no row" for one in tables if not one.rows.num_rows]
    return Listed(tuple(sources), period, (*bad, *empty, *changed(folder, contents)))


def sources_of(table: OneTable, act: ImportAct | None, period: Period | None) -> Iterator[Source]:
    """The sources of one table, by name."""
    for name in _words(table.rows, "source", ""):
        rows = table.rows.filter(_is("source", name))
        yield _source(table, name, rows, act, period)


def _source(
    table: OneTable, name: str, rows: pa.Table, act: ImportAct | None, period: Period | None
) -> Source:
    spans = list(spans_of(rows))
    bounded_from = [a for a, _ in spans if a > dt.date.min]
    bounded_to = [b for _, b in spans if b < dt.date.max]
    spoken, behind = against(spans, period) if period else (None, None)
    return Source(
        table.name,
        table.sha256,
        act,
        name,
        _words(rows, "says", "organisation"),
        rows.num_rows,
        len(rows.column("prefix").unique()),
        len(rows.column("org_id").unique()),
        _words(rows, "kind", "unknown"),
        min(bounded_from) if len(bounded_from) == len(spans) else None,
        max(bounded_to) - dt.timedelta(1) if len(bounded_to) == len(spans) else None,
        rows.filter(_is("valid_from", None) & _is("valid_to", None)).num_rows,
        spoken,
        behind,
    )


def spans_of(rows: pa.Table) -> Iterator[Span]:
    """The distinct validities of rows, in order."""
    distinct = rows.select(["valid_from", "valid_to"]).group_by(["valid_from", "valid_to"]).aggregate([])
    starts = cast("list[dt.date | None]", distinct.column("valid_from").to_pylist())
    ends = cast("list[dt.date | None]", distinct.column("valid_to").to_pylist())
    yield from sorted((a or dt.date.min, b or dt.date.max) for a, b in zip(starts, ends, strict=True))


def against(spans: Iterable[Span], period: Period) -> tuple[int, int]:
    """How many days of a period are spoken for, and how far the last of them lies behind its end."""
    end = period.last + dt.timedelta(1)
    spoken, reached = 0, period.first
    for start, stop in spans:
        low, high = max(start, reached), min(stop, end)
        if low < high:
            spoken, reached = spoken + (high - low).days, high
    return spoken, (end - reached).days


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for; what is empty does not matter."""

    source: str = ""
    prefix: str = ""
    org_id: str = ""
    at: dt.date | None = None


def rows_wanted(networks: pa.Table, wanted: Wanted) -> pa.Table:
    """The rows, in the order of the files.

    Raises:
        InputError: no prefix.
    """
    rows = networks
    for column, value in (("source", wanted.source), ("org_id", wanted.org_id)):
        if value:
            rows = rows.filter(_is(column, value))
    if wanted.at:
        rows = valid_on(rows, wanted.at)
    return _touching(rows, wanted.prefix) if wanted.prefix else rows


def valid_on(rows: pa.Table, day: dt.date) -> pa.Table:
    """Those that speak for a day."""
    begins, ends = (
        cast("list[dt.date | None]", rows.column(c).to_pylist()) for c in ("valid_from", "valid_to")
    )
    held = [(a is None or a <= day) and (b is None or day < b) for a, b in zip(begins, ends, strict=True)]
    return rows.filter(pa.array(held, pa.bool_()))


def _touching(rows: pa.Table, text: str) -> pa.Table:
    """Rows whose prefix holds a prefix or lies within it."""
    try:
        wanted: Prefix = ipaddress.ip_network(text.strip())
    except ValueError:
        raise InputError("is no prefix, as 192.0.2.0/24", field="--prefix") from None
    above = {str(p) for p in prefixes_of(wanted.network_address) if p.prefixlen <= wanted.prefixlen}
    names = cast("list[str]", rows.column("prefix").to_pylist())
    return rows.filter(pa.array([name in above or _within(name, wanted) for name in names], pa.bool_()))


def _within(name: str, wanted: Prefix) -> bool:
    if (":" in name) != (wanted.version == 6):
        return False
    prefix = ipaddress.ip_network(name)
    return prefix.prefixlen >= wanted.prefixlen and prefix.network_address in wanted


def _is(column: str, value: str | None) -> pc.Expression:
    """'' and None: the cell is empty."""
    if not value:
        return pc.field(column).is_null() | (pc.field(column).cast(pa.string()) == "")
    return pc.field(column) == value


def _words(rows: pa.Table, column: str, empty: str) -> tuple[str, ...]:
    found = cast("list[str | None]", rows.column(column).unique().to_pylist())
    return tuple(sorted({word or empty for word in found}))


def _iso(day: dt.date | None) -> str | None:
    return str(day) if day else None
