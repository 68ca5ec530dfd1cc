# SPDX-License-Identifier: Apache-2.0
"""Rows -> events -> activity: what each lease was first seen with and when, per day and hour of the week.

Theory of operation. An event is the first sighting of a work at a lease: polls see a peer again and
again, so sightings measure the monitor's schedule, first sightings the lease's. Events of one lease
whose gaps are at most `GAP` make a burst; an inference bets once per burst. Rungs 10 and 11 are flags
and make no event.

A bundle is one work, itself; the works that its bitfields show make events beside it in scope `case`.
So each scope counts its own events: `all` those with a row of the sighting's own, `case` registered ones.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine, Frame
from swarmwitness.relations.keptfile import write_ordered
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import SCOPES

METHOD_VERSION = "0"
GAP = dt.timedelta(minutes=10)
EVENTS = schema(
    lease_id="text",
    work_id="text",
    torrent="text",
    first_seen="timestamp",
    last_seen="timestamp",
    rung_max="int",
    n_sightings="int",
    registered="bool",
    counts_all="int",
    burst_no="int",
)
DAILY = schema(of="text", day="date", n_events="int", n_works="int", n_bursts="int", n_leases="int")
WEEKLY = schema(of="text", hour_of_week="int", n_events="int", n_works="int", n_bursts="int", n_leases="int")
GROUPS = schema(set="text", lease_id="text")
HOURS = 168


def events(engine: Engine, rows: Path, into: Path, *, rung_min: int = 0) -> None:
    """Write one row per (lease, work) with a row of rungs `rung_min` to 9, in no particular order.

    Args:
        engine: Whichever.
        rows: As `lease` wrote them.
        into: What `engine.scan` reads again; `EVENTS`: `torrent` is the first in text order of those
            that the pair was seen in; n_sightings counts the sightings that speak of the work;
            counts_all is 1 unless the work was only ever shown by bundles; burst_no counts the
            lease's bursts from 0, over events of all kinds.
        rung_min: The least rung that makes an event; 2 and up for timing.
    """
    rung = nw.col("rung")
    own = ["lease_id", "work_id", "torrent", "observed_at", "rung", "registered", "counts_all"]
    seen = (
        engine.scan(rows)
        .select(*own)
        .filter((rung >= rung_min) & (rung <= LAST_RUNG))
        .group_by("lease_id", "work_id")
        .agg(
            nw.col("torrent").min().alias("torrent"),
            nw.col("observed_at").min().alias("first_seen"),
            nw.col("observed_at").max().alias("last_seen"),
            nw.col("rung").max().alias("rung_max"),
            nw.len().cast(nw.Int64).alias("n_sightings"),
            nw.col("registered").any().alias("registered"),
            nw.col("counts_all").max().alias("counts_all"),
        )
    )
    engine.store(with_bursts(seen).select(*EVENTS.names), into)


def with_bursts(seen: Frame) -> Frame:
    """Number each lease's bursts: a column `burst_no`, from 0, by lease_id, first_seen and work_id."""
    within = ["first_seen", "work_id"]  # the work, lest engines order events of one instant differently
    before = nw.col("first_seen").shift(1).over("lease_id", order_by=within)
    apart = (nw.col("first_seen") - nw.col("before") > GAP).fill_null(False)
    return (
        seen.with_columns(before=before)
        .with_columns(apart=apart.cast(nw.Int64))
        .with_columns(burst_no=nw.col("apart").cum_sum().over("lease_id", order_by=within).cast(nw.Int64))
    )


def daily(
    engine: Engine, events: Path, into: Path, *, scope: str = "all", groups: pa.Table | None = None
) -> int:
    """Write `DAILY`, by `of` and day (UTC): the days with an event; what is missing had none.

    Args:
        engine: Whichever.
        events: As `events` wrote them.
        into: Parquet file, the same bytes from every engine.
        scope: `case` or `all`.
        groups: `GROUPS`: counts are then per set instead of per lease, and a lease may be in several.

    Returns:
        How many rows were written.
    """
    dated = _chosen(engine, events, scope, groups).with_columns(day=nw.col("first_seen").dt.date())
    return write_ordered(engine, [_counted(dated, DAILY)], DAILY, DAILY.names[:2], into)


def weekly(
    engine: Engine, events: Path, into: Path, *, scope: str = "all", groups: pa.Table | None = None
) -> int:
    """Write `WEEKLY`, by `of` and hour of the week (0 = Monday 00:00 UTC, to 167); else as `daily`."""
    when = nw.col("first_seen").dt
    # One engine calls Sunday 0, the others 7.
    weekday = (when.weekday().cast(nw.Int64) + 6) % 7
    hour = when.hour().cast(nw.Int64)
    placed = _chosen(engine, events, scope, groups).with_columns(hour_of_week=weekday * 24 + hour)
    return write_ordered(engine, [_counted(placed, WEEKLY)], WEEKLY, WEEKLY.names[:2], into)


def _chosen(engine: Engine, events: Path, scope: str, groups: pa.Table | None) -> Frame:
    """The scope's events, each `of` its lease or of the sets that hold it."""
    if scope not in SCOPES:
        raise ValueError(f"no scope {scope!r}")
    chosen = nw.col("registered") if scope == "case" else nw.col("counts_all") == 1
    frame = engine.scan(events).filter(chosen)
    if groups is None:
        return frame.with_columns(of=nw.col("lease_id"))
    once = pa.table({"of": groups.column("set"), "lease_id": groups.column("lease_id")})
    once = once.cast(schema(of="text", lease_id="text")).group_by(["of", "lease_id"]).aggregate([])
    return frame.join(engine.table(once), on="lease_id")


def _counted(frame: Frame, into: pa.Schema) -> Frame:
    burst = nw.concat_str(nw.col("burst_no").cast(nw.String), nw.lit("|"), nw.col("lease_id"))
    return (
        frame.with_columns(burst=burst)
        .group_by(*into.names[:2])
        .agg(
            nw.len().cast(nw.Int64).alias("n_events"),
            nw.col("work_id").n_unique().cast(nw.Int64).alias("n_works"),
            nw.col("burst").n_unique().cast(nw.Int64).alias("n_bursts"),
            nw.col("lease_id").n_unique().cast(nw.Int64).alias("n_leases"),
        )
    )
