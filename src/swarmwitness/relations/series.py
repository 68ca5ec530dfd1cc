# SPDX-License-Identifier: Apache-2.0
"""Activity over time: per set and scope, per month and per year (UTC)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.engines.files import removed
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import SCOPES, in_sets, set_names

_INTS = ("sightings", "downloads", "works")
MONTHS = schema(
    set="text",
    scope="text",
    year="int",
    month="int",
    **dict.fromkeys(_INTS, "int"),
)
YEARS = schema(set="text", scope="text", year="int", **dict.fromkeys(_INTS, "int"))


@dataclass(frozen=True, slots=True)
class Series:
    """Periods in which something was seen; what is missing was not seen, whether or not it was watched.

    Attributes:
        months: `MONTHS`, by set (`everyone` first), scope, year, month.
        years: `YEARS`, by set, scope, year.
    """

    months: pa.Table
    years: pa.Table


def series(engine: Engine, rows: Path, members: pa.Table, *, rung_min: int = 0) -> Series:
    """Count sightings, downloads and works in each period.

    A download or work counts in every period in which it was seen, so periods do not add up. A file
    whose name begins with the rows' own comes and goes beside it.
    """
    kept = rows.with_name(rows.name + ".dated")
    try:
        engine.store(_dated(engine, rows, members, rung_min), kept)
        return _counted(engine, engine.scan(kept), set_names(members))
    finally:
        removed(kept)


def _counted(engine: Engine, dated: Frame, names: tuple[str, ...]) -> Series:
    months: list[pa.Table] = []
    years: list[pa.Table] = []
    for scope in SCOPES:
        chosen = dated.filter(nw.col("registered")) if scope == "case" else dated
        months.append(_periods(engine, chosen, scope, MONTHS))
        years.append(_periods(engine, chosen, scope, YEARS))
    return Series(_in_order(pa.concat_tables(months), names), _in_order(pa.concat_tables(years), names))


def _dated(engine: Engine, rows: Path, members: pa.Table, rung_min: int) -> Frame:
    """Distinct (set, work, address, month) with sums."""
    rung, seen = nw.col("rung"), nw.col("observed_at").dt
    chosen = engine.scan(rows).filter((rung >= rung_min) & (rung <= LAST_RUNG))
    return (
        in_sets(engine, chosen, members)
        .with_columns(year=seen.year().cast(nw.Int64), month=seen.month().cast(nw.Int64))
        .group_by("set", "work_id", "ip", "registered", "year", "month")
        .agg(
            nw.col("counts_all").sum().cast(nw.Int64).alias("n_all"),
            nw.col("counts_case").sum().cast(nw.Int64).alias("n_case"),
        )
    )


def _periods(engine: Engine, dated: Frame, scope: str, schema: pa.Schema) -> pa.Table:
    key = [name for name in schema.names if name not in (*_INTS, "scope")]
    counted = (
        dated.with_columns(pair=nw.concat_str("ip", nw.lit("|"), "work_id"))
        .group_by(*key)
        .agg(
            nw.col(f"n_{scope}").sum().cast(nw.Int64).alias("sightings"),
            nw.col("pair").n_unique().cast(nw.Int64).alias("downloads"),
            nw.col("work_id").n_unique().cast(nw.Int64).alias("works"),
        )
        .with_columns(nw.lit(scope).alias("scope"))
    )
    return collect(engine, counted, schema, key)


def _in_order(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    rows = table.to_pylist()
    rows.sort(key=lambda row: (names.index(row["set"]), SCOPES.index(row["scope"])))  # stable: time stays
    return pa.Table.from_pylist(rows, table.schema)
