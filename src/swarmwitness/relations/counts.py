# SPDX-License-Identifier: Apache-2.0
"""How many works, downloads, addresses, leases, sightings and bytes: per set, scope and rung.

A count "from rung r up" takes the rows of rungs r to 9; rungs 10 and 11 are flags and no more than 9.
A download is a distinct (work, address) pair. In scope `all` a bundle is one work, itself; the works
that its bitfields show count beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.engines.files import removed
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
_KEYS = {"works": ["work_id"], "downloads": ["work_id", "ip"], "addresses": ["ip"], "leases": ["lease_id"]}
_HIGHEST = schema(set="text", rung="int", n="int")
_SUMMED = schema(set="text", rung="int", sightings="int", bytes_received="int")


def count(engine: Engine, rows: Path, members: pa.Table, rungs: Sequence[int]) -> pa.Table:
    """Count.

    Args:
        engine: Whichever.
        rows: As `lease` wrote them (with `lease_id`). A file whose name begins with this one's comes
            and goes beside it.
        members: See `in_sets`.
        rungs: The least rungs to count from.

    Returns:
        `SCHEMA`, by set (`everyone` first), scope (case, all) and rung, zeros included.
    """
    tallied = rows.with_name(rows.name + ".tally")
    try:
        engine.store(_tally(engine, rows, members), tallied)
        by_rung = _summed(engine, engine.scan(tallied))
    finally:
        removed(tallied)
    lines = [
        {"set": name, "scope": scope, "rung_min": least, **_from_rung(by_rung, (name, scope), least)}
        for name in set_names(members)
        for scope in SCOPES
        for least in rungs
    ]
    return pa.Table.from_pylist(lines, SCHEMA)


def _summed(engine: Engine, tally: Frame) -> Counter[tuple[str, str, int, str]]:
    by_rung: Counter[tuple[str, str, int, str]] = Counter()
    for scope in SCOPES:
        chosen = tally.filter(nw.col("registered")) if scope == "case" else tally
        for name, rung, unit, n in _by_rung(engine, chosen, scope):
            by_rung[name, scope, rung, unit] += n
    return by_rung


def _from_rung(
    by_rung: Counter[tuple[str, str, int, str]], of: tuple[str, str], least: int
) -> dict[str, int]:
    """Each unit of a (set, scope), from a rung up."""
    name, scope = of
    ladder = range(max(least, 0), LAST_RUNG + 1)
    return {unit: sum(by_rung[name, scope, rung, unit] for rung in ladder) for unit in UNITS}


def _tally(engine: Engine, rows: Path, members: pa.Table) -> Frame:
    """Distinct (set, work, address, lease, rung) with sums: far fewer rows, and all that counting needs."""
    ladder = engine.scan(rows).filter(nw.col("rung") <= LAST_RUNG)
    return (
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


def _by_rung(engine: Engine, tally: Frame, scope: str) -> Iterator[tuple[str, int, str, int]]:
    """(set, rung, unit, n): how many have that rung as their highest, or happened at it.

    A work counts from rung r up if the highest rung that it reached is r or more, so these add up.
    """
    for unit, key in _KEYS.items():
        highest = tally.group_by("set", *key).agg(nw.col("rung").max().alias("rung"))
        numbers = highest.group_by("set", "rung").agg(nw.len().cast(nw.Int64).alias("n"))
        for row in collect(engine, numbers, _HIGHEST, ["set", "rung"]).to_pylist():
            yield row["set"], row["rung"], unit, row["n"]
    sums = tally.group_by("set", "rung").agg(
        nw.col(f"n_{scope}").sum().cast(nw.Int64).alias("sightings"),
        nw.col(f"bytes_{scope}").sum().cast(nw.Int64).alias("bytes_received"),
    )
    for row in collect(engine, sums, _SUMMED, ["set", "rung"]).to_pylist():
        yield row["set"], row["rung"], "sightings", row["sightings"]
        yield row["set"], row["rung"], "bytes_received", row["bytes_received"]
