# SPDX-License-Identifier: Apache-2.0
"""Days of one (address, port cluster), numbered by lease: rule 3 of leases.py.

Theory of operation. Rows are many and days few, so rows are summed once into `stays`: what was seen of
one address and port cluster on one day. Everything that a lease says but its number of works is a sum,
minimum or maximum over stays; all later work is on these. Stays of one block, port cluster and day
make a day; days are numbered in order, and every stay is given its day's number.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw

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
    split_no="int",
    org="text",
    kind_="text",
    firmness="int",
)
STAY = ("ip", "port_cluster", "day")


def keyed(rows: Frame) -> Frame:
    """Rows with their port cluster and day."""
    known = nw.when(nw.col("source") != "inbound").then(nw.col("port")).otherwise(nw.lit(0).cast(nw.Int64))
    return rows.with_columns(port_cluster=known, day=nw.col("observed_at").dt.date())


def stays(rows: Frame) -> Frame:
    """One row per address, port cluster and day: first, last, and the sums that a lease is made of."""
    rung, own = nw.col("rung"), nw.col("counts_all")
    given = (rung >= 6) & (rung <= 9)
    zero = nw.lit(0).cast(nw.Int64)
    return (
        keyed(rows)
        .with_columns(
            ladder=nw.when(rung <= 9).then(rung).otherwise(zero),
            progress=nw.when(rung == 4).then(own).otherwise(zero),
            given=nw.when(given).then(nw.col("bytes_received") * own).otherwise(zero),
        )
        .group_by(*STAY)
        .agg(
            nw.col("observed_at").min().alias("first"),
            nw.col("observed_at").max().alias("last"),
            nw.col("counts_all").sum().cast(nw.Int64).alias("n_sightings"),
            nw.col("ladder").max().alias("max_rung"),
            nw.col("progress").sum().cast(nw.Int64).alias("n_progressed"),
            nw.col("given").sum().cast(nw.Int64).alias("given_bytes"),
            nw.col("rung_basis").min().alias("basis_low"),
            nw.col("rung_basis").max().alias("basis_high"),
        )
    )


def held(engine: Engine, stays: Path, attributed: Path) -> Frame:
    """Stays with their block `net` and what is known of the holder on that day: org, kind_, firmness."""
    each, six = engine.scan(stays), nw.col("ip").str.contains(":", literal=True)
    blocks = nw.concat([each.filter(~six).with_columns(net=nw.col("ip")), with_net(each.filter(six))])
    return blocks.join(_holders(engine.scan(attributed)), on=["ip", "day"], how="left")


def numbered_days(held: Frame) -> Frame:
    """One row per (net, port_cluster, day) with its split_no (from 0) and what is known of the holder.

    Args:
        held: As `held` gives them.
    """
    days = held.group_by("net", "port_cluster", "day").agg(
        nw.col("first").min(),
        nw.col("last").max(),
        nw.col("org").min(),
        nw.col("org").max().alias("org_last"),
        nw.col("kind_").min(),
        nw.col("kind_").max().alias("kind_last"),
        nw.col("firmness").max(),
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
        split_no=nw.col("parted").cum_sum().over("net", "port_cluster", **within).cast(nw.Int64)
    )


def _holders(attributed: Frame) -> Frame:
    """(ip, day) -> organisation and kind or null, and how firm the answer is as a number.

    A word that is no agreement is taken for the least firm.
    """
    firmness = nw.lit(AGREEMENTS.index("split")).cast(nw.Int64)
    for at, agreement in enumerate(AGREEMENTS[:-1]):
        said = nw.lit(at).cast(nw.Int64)
        firmness = nw.when(nw.col("org_agreement") == agreement).then(said).otherwise(firmness)
    return attributed.select(
        "ip",
        "day",
        nw.when(nw.col("org_id") != "").then(nw.col("org_id")).alias("org"),
        nw.when(nw.col("org_kind") != "").then(nw.col("org_kind")).alias("kind_"),
        firmness.alias("firmness"),
    )
