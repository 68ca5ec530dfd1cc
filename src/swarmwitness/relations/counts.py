# SPDX-License-Identifier: Apache-2.0
"""How many works, downloads, addresses, leases, sightings and bytes: per set, scope and rung.

A count "from rung r up" takes the rows of rungs r to 9; rungs 10 and 11 are flags and no more than 9.
A download is a distinct (work, address) pair. In scope `all` a bundle is one work, itself; the works
that its bitfields show count beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import SCOPES, in_sets, set_names

LAST_RUNG = 9
UNITS = ("works", "downloads", "addresses", "leases", "sightings", "bytes_received")
SCHEMA = schema(
    set="text",
    scope="text",
    rung_min="int",
    **dict.fromkeys(UNITS, "int"),
)
_TALLY_KEY = ["set", "work_id", "ip", "lease_id", "registered", "rung"]
_TALLY = schema(
    set="text",
    work_id="text",
    ip="text",
    lease_id="text",
    registered="bool",
    rung="int",
    n_all="int",
    n_case="int",
    bytes_all="int",
    bytes_case="int",
)
_COUNTED = schema(set="text", rung_min="int", **dict.fromkeys(UNITS, "int"))


def count(engine: Engine, rows: Path, members: pa.Table, rungs: Sequence[int]) -> pa.Table:
    """Count.

    Args:
        engine: Whichever.
        rows: As `lease` wrote them (with `lease_id`).
        members: See `in_sets`.
        rungs: The least rungs to count from.

    Returns:
        `SCHEMA`, by set (`everyone` first), scope (case, all) and rung, zeros included.
    """
    tally = engine.table(_tally(engine, rows, members))
    floors = engine.table(pa.table({"rung_min": pa.array(rungs, pa.int64())}))
    found: dict[tuple[str, str, int], dict[str, int]] = {}
    for scope in SCOPES:
        counted = collect(engine, _counted(tally, floors, scope), _COUNTED, ["set", "rung_min"])
        for row in counted.to_pylist():
            found[row["set"], scope, row["rung_min"]] = {unit: row[unit] for unit in UNITS}
    nothing = dict.fromkeys(UNITS, 0)
    lines: list[dict[str, str | int]] = [
        {"set": name, "scope": scope, "rung_min": rung, **found.get((name, scope, rung), nothing)}
        for name in set_names(members)
        for scope in SCOPES
        for rung in rungs
    ]
    return pa.Table.from_pylist(lines, SCHEMA)


def _tally(engine: Engine, rows: Path, members: pa.Table) -> pa.Table:
    """Distinct (set, work, address, lease, rung) with sums: far fewer rows, and all that counting needs."""
    ladder = engine.scan(rows).filter(nw.col("rung") <= LAST_RUNG)
    tallied = (
        in_sets(engine, ladder, members)
        .with_columns(
            all_=nw.col("bytes_received") * nw.col("counts_all"),
            case_=nw.col("bytes_received") * nw.col("counts_case"),
        )
        .group_by(*_TALLY_KEY)
        .agg(
            nw.col("counts_all").sum().cast(nw.Int64).alias("n_all"),
            nw.col("counts_case").sum().cast(nw.Int64).alias("n_case"),
            nw.col("all_").sum().cast(nw.Int64).alias("bytes_all"),
            nw.col("case_").sum().cast(nw.Int64).alias("bytes_case"),
        )
    )
    return collect(engine, tallied, _TALLY, _TALLY_KEY)


def _counted(tally: Frame, floors: Frame, scope: str) -> Frame:
    chosen = tally.filter(nw.col("registered")) if scope == "case" else tally
    chosen = chosen.join(floors, how="cross").filter(nw.col("rung") >= nw.col("rung_min"))
    # work_id is free text, the address is not: so the address goes first and the bar is no ambiguity.
    pair = nw.concat_str("ip", nw.lit("|"), "work_id")
    return (
        chosen.with_columns(pair=pair)
        .group_by("set", "rung_min")
        .agg(
            nw.col("work_id").n_unique().cast(nw.Int64).alias("works"),
            nw.col("pair").n_unique().cast(nw.Int64).alias("downloads"),
            nw.col("ip").n_unique().cast(nw.Int64).alias("addresses"),
            nw.col("lease_id").n_unique().cast(nw.Int64).alias("leases"),
            nw.col(f"n_{scope}").sum().cast(nw.Int64).alias("sightings"),
            nw.col(f"bytes_{scope}").sum().cast(nw.Int64).alias("bytes_received"),
        )
    )
