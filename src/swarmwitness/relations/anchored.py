# SPDX-License-Identifier: Apache-2.0
"""Every lease that shares works with a set of anchors: the other way to candidates, and the stronger one.

Theory of operation. Anchors are the leases of a set that a party names (an organisation's addresses, a
provider's block). What is asked is membership, so the set's works are pooled: a work is shared once,
however many anchors have it. Nothing is left out for being popular: each row says how popular the works
that it rests on are, and `SHARED` lists them one by one, for an inference to weigh.

An anchor's own lease is no answer about its set. Times are first sightings (events), at whole µs here
and at whole UTC days in what is handed over.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.activity import GROUPS
from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.keptfile import write_ordered
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import EVERYONE, in_sets

METHOD_VERSION = "0"
ANCHORS = schema(set="text", lease_id="text", work_id="text", first_seen="timestamp")
SCHEMA = schema(
    set="text",
    lease_id="text",
    n_shared="int",
    n_works="int",
    n_works_set="int",
    least_leases="int",
    most_leases="int",
    sum_leases="int",
    least_lag_days="int",
    most_lag_days="int",
    n_same_day="int",
    n_days_both="int",
    first_day_both="date",
    last_day_both="date",
)
SHARED = schema(
    set="text",
    lease_id="text",
    work_id="text",
    n_leases="int",
    n_anchors="int",
    first_seen="timestamp",
    set_first_seen="timestamp",
    lag_days="int",
)
_KEY = SCHEMA.names[:2]


def anchors_of_members(engine: Engine, rows: Path, members: pa.Table) -> pa.Table:
    """`ANCHORS`: what the sets' addresses were seen with within their intervals, by set, lease and work.

    Args:
        engine: Whichever.
        rows: As `lease` wrote them. A bundle counts as the one work that it is; flags count nothing.
        members: See `in_sets`. A lease is an anchor by any row within an interval; its rows outside
            of it are no works of the set.
    """
    own = (nw.col("counts_all") == 1) & (nw.col("rung") <= LAST_RUNG)
    ladder = engine.scan(rows).filter(own).select("ip", "observed_at", "lease_id", "work_id")
    inside = in_sets(engine, ladder, members).filter(nw.col("set") != EVERYONE)
    first = inside.group_by(*ANCHORS.names[:3]).agg(nw.col("observed_at").min().alias("first_seen"))
    return collect(engine, first, ANCHORS, ANCHORS.names[:3])


def anchors_of_leases(engine: Engine, events: Path, groups: pa.Table) -> pa.Table:
    """`ANCHORS` of whole leases.

    Args:
        engine: Whichever.
        events: As `activity.events` wrote them.
        groups: `activity.GROUPS`.
    """
    sets = engine.table(groups.select(GROUPS.names).cast(GROUPS)).unique()
    own = engine.scan(events).filter(nw.col("counts_all") == 1)
    anchors = own.select(*ANCHORS.names[1:]).join(sets, on="lease_id")
    return collect(engine, anchors, ANCHORS, ANCHORS.names[:3])


def anchored(
    engine: Engine,
    events: Path,
    anchors: pa.Table,
    into: Path,
    *,
    shared_min: int = 1,
    works_into: Path | None = None,
) -> int:
    """Write the leases that share works with sets of anchors.

    Args:
        engine: Whichever.
        events: As `activity.events` wrote them.
        anchors: `ANCHORS`; several sets, which may overlap, cost little more than one.
        into: Parquet file, `SCHEMA`, by set and lease. n_works and n_works_set count all works of the
            lease and of the set; least_, most_ and sum_leases say how many leases (anchors included) have
            the shared works: the least, the most, and added up; lags are days by the UTC calendar from the
            set's first sighting of a shared work to the lease's, negative where the lease was first;
            n_days_both counts the days on which both had an event, of whatever works: the first and
            the last of them are null where there is none.
        shared_min: The fewest works that a lease shares with a set, at least 1.
        works_into: Parquet file for `SHARED`, by set, lease and work: the works behind `into`.

    Returns:
        How many rows `into` has.

    Raises:
        ValueError: `shared_min` is below 1.
    """
    if shared_min < 1:
        raise ValueError("shared_min is at least 1")
    with tempfile.TemporaryDirectory(prefix=".anchored-", dir=into.parent) as name:
        works, found = Path(name) / "works.parquet", Path(name) / "found.parquet"
        seen = engine.scan(events).filter(nw.col("counts_all") == 1)
        seen = seen.select("lease_id", "work_id", "first_seen")
        engine.store(_shared(engine, seen, anchors, Path(name)), works)
        engine.store(_found(engine.scan(works), shared_min), found)
        if works_into is not None:
            kept = engine.scan(works).join(engine.scan(found).select(*_KEY), on=_KEY)
            write_ordered(engine, [kept], SHARED, SHARED.names[:3], works_into)
        whole = _with_days(engine, seen, anchors, found, Path(name))
        return write_ordered(engine, [whole], SCHEMA, _KEY, into)


def _shared(engine: Engine, seen: Frame, anchors: pa.Table, folder: Path) -> Frame:
    """`SHARED` of every lease that is no anchor of the set."""
    told = engine.table(anchors.cast(ANCHORS))
    of_sets = told.group_by("set", "work_id").agg(
        nw.col("first_seen").min().alias("set_first_seen"),
        nw.col("lease_id").n_unique().cast(nw.Int64).alias("n_anchors"),
    )
    hits = folder / "hits.parquet"
    engine.store(seen.join(of_sets, on="work_id"), hits)
    met = engine.scan(hits)
    popularity = met.group_by("set", "work_id").agg(nw.len().cast(nw.Int64).alias("n_leases"))
    lag = _day_number("first_seen") - _day_number("set_first_seen")
    others = met.join(told.select(*_KEY).unique(), on=_KEY, how="anti")
    return others.join(popularity, on=["set", "work_id"]).with_columns(lag_days=lag).select(*SHARED.names)


def _day_number(column: str) -> nw.Expr:
    """Days since 31 December of the year 0, by the Gregorian calendar: no engine's own count of days."""
    when = nw.col(column).dt
    years = when.year().cast(nw.Int64) - 1
    return years * 365 + years // 4 - years // 100 + years // 400 + when.ordinal_day().cast(nw.Int64)


def _found(shared: Frame, shared_min: int) -> Frame:
    same = nw.when(nw.col("lag_days") == 0).then(nw.lit(1)).otherwise(nw.lit(0))
    return (
        shared.with_columns(same=same.cast(nw.Int64))
        .group_by(*_KEY)
        .agg(
            nw.len().cast(nw.Int64).alias("n_shared"),
            nw.col("n_leases").min().alias("least_leases"),
            nw.col("n_leases").max().alias("most_leases"),
            nw.col("n_leases").sum().cast(nw.Int64).alias("sum_leases"),
            nw.col("lag_days").min().alias("least_lag_days"),
            nw.col("lag_days").max().alias("most_lag_days"),
            nw.col("same").sum().cast(nw.Int64).alias("n_same_day"),
        )
        .filter(nw.col("n_shared") >= shared_min)
    )


def _with_days(engine: Engine, seen: Frame, anchors: pa.Table, found: Path, folder: Path) -> Frame:
    """What was found, and beside it how much there is of the lease and of the set, and their common days."""
    told, own = engine.table(anchors.cast(ANCHORS)), folder / "own.parquet"
    day = nw.col("first_seen").dt.date()
    dated = seen.join(engine.scan(found).select("lease_id").unique(), on="lease_id").with_columns(day=day)
    engine.store(dated.group_by("lease_id", "day").agg(nw.len().cast(nw.Int64).alias("n")), own)
    pairs, days = engine.scan(found), engine.scan(own)
    sizes = days.group_by("lease_id").agg(nw.col("n").sum().cast(nw.Int64).alias("n_works"))
    of_sets = told.group_by("set").agg(nw.col("work_id").n_unique().cast(nw.Int64).alias("n_works_set"))
    set_days = told.select("set", day.alias("day")).unique()
    both = (
        pairs.select(*_KEY)
        .join(days.select("lease_id", "day"), on="lease_id")
        .join(set_days, on=["set", "day"])
        .group_by(*_KEY)
        .agg(
            nw.len().cast(nw.Int64).alias("n_days_both"),
            nw.col("day").min().alias("first_day_both"),
            nw.col("day").max().alias("last_day_both"),
        )
    )
    whole = pairs.join(sizes, on="lease_id").join(of_sets, on="set").join(both, on=_KEY, how="left")
    return whole.with_columns(nw.col("n_days_both").fill_null(0).cast(nw.Int64))
