# SPDX-License-Identifier: Apache-2.0
"""Days of one (address, port cluster), numbered by lease: rule 3 of leases.py."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.address import with_net
from swarmwitness.relations.engine import Engine, Frame
from swarmwitness.relations.schema import schema

SILENCE = dt.timedelta(days=90)
AGREEMENTS = ("unanimous", "majority", "stale", "unknown", "split")
"""From the firmest to the least firm: a lease shows the least firm of the days that name its holder."""
DAYS = schema(
    net="text",
    port_cluster="int",
    day="date",
    lease_no="int",
    org="text",
    kind_="text",
    firmness="int",
)


def keyed(engine: Engine, rows: Path) -> Frame:
    """Rows with their address block, port cluster and day."""
    known = nw.when(nw.col("source") != "inbound").then(nw.col("port")).otherwise(nw.lit(0).cast(nw.Int64))
    return with_net(engine.scan(rows)).with_columns(
        port_cluster=known, day=nw.col("observed_at").dt.date()
    )


def numbered_days(engine: Engine, keyed: Frame, attributed: pa.Table) -> Frame:
    """One row per (net, port_cluster, day) with its lease_no and what is known of the holder."""
    holders = engine.table(_holders(attributed))
    days = (
        keyed.join(holders, on=["ip", "day"], how="left")
        .group_by("net", "port_cluster", "day")
        .agg(
            nw.col("observed_at").min().alias("first"),
            nw.col("observed_at").max().alias("last"),
            nw.col("org").min().alias("org"),
            nw.col("org").max().alias("org_last"),
            nw.col("kind_").min().alias("kind_"),
            nw.col("kind_").max().alias("kind_last"),
            nw.col("firmness").max().alias("firmness"),
        )
    )
    one = nw.col("org") == nw.col("org_last")
    days = days.with_columns(
        org=nw.when(one).then(nw.col("org")),
        kind_=nw.when(one & (nw.col("kind_") == nw.col("kind_last"))).then(nw.col("kind_")),
    )
    within = {"order_by": "day"}
    days = days.with_columns(
        known=nw.col("org").fill_null(strategy="forward").over("net", "port_cluster", **within),
        before=nw.col("last").shift(1).over("net", "port_cluster", **within),
    )
    days = days.with_columns(
        known_before=nw.col("known").shift(1).over("net", "port_cluster", **within),
    )
    silent = (nw.col("first") - nw.col("before") > SILENCE).fill_null(False)
    moved = (nw.col("known") != nw.col("known_before")).fill_null(False)
    return days.with_columns(parted=(silent | moved).cast(nw.Int64)).with_columns(
        lease_no=nw.col("parted").cum_sum().over("net", "port_cluster", **within).cast(nw.Int64)
    )


def _holders(attributed: pa.Table) -> pa.Table:
    """(ip, day) -> organisation and kind or null, and how firm the answer is as a number."""
    agreements = [str(value) for value in attributed.column("org_agreement").to_pylist()]
    return pa.table(
        {
            "ip": attributed.column("ip").cast(pa.string()),
            "day": attributed.column("day").cast(pa.date32()),
            "org": pa.array(
                [value or None for value in attributed.column("org_id").to_pylist()], pa.string()
            ),
            "kind_": pa.array(
                [value or None for value in attributed.column("org_kind").to_pylist()], pa.string()
            ),
            "firmness": pa.array([AGREEMENTS.index(value) for value in agreements], pa.int64()),
        }
    )
