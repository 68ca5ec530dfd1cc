# SPDX-License-Identifier: Apache-2.0
"""How much the count of leases rests on the /64: IPv6 counted at other blocks too.

A household is given a /64, a /56 or a /48 (RFC 6177), and nobody tells the monitor which. This counts
blocks and leases of the IPv6 sightings at each; leases by port cluster and silence alone (rules 2 and
3a of leases.py), so that the numbers stand beside each other and need no attribution.
"""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.address import with_keys
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.leasedays import SILENCE
from swarmwitness.relations.schema import schema

BLOCKS = (48, 56, 64, 128)
SCHEMA = schema(block="int", n_blocks="int", n_leases="int", n_sightings="int")
_ENDPOINT = ("net", "port_cluster")


def n_leases_by_block(engine: Engine, rows: Frame) -> pa.Table:
    """Count the IPv6 rows at /48, /56, /64 and /128.

    Args:
        engine: Whichever.
        rows: As `fold` wrote them, scanned.

    Returns:
        block (the prefix length), n_blocks, n_leases, n_sightings; one row per length, in order. All are 0
        where there is no IPv6.
    """
    six = with_keys(rows.filter(nw.col("ip").str.contains(":", literal=True))).select(
        "key", "observed_at", "source", "port", "counts_all"
    )
    tables = [collect(engine, _counted(six, length), SCHEMA, ["block"]) for length in BLOCKS]
    return pa.concat_tables(tables).combine_chunks()


def _counted(six: Frame, length: int) -> Frame:
    days = _days(six.with_columns(net=nw.col("key").str.slice(0, length // 4)))
    before = nw.col("last").shift(1).over(*_ENDPOINT, order_by="day")
    days = days.with_columns(parted=(nw.col("first") - before > SILENCE).fill_null(False).cast(nw.Int64))
    of_endpoint = days.group_by(*_ENDPOINT).agg(
        nw.col("parted").sum().alias("n_cuts"), nw.col("n_sightings").sum()
    )
    n_leases = (nw.col("n_cuts") + 1).sum()
    return of_endpoint.select(
        nw.col("net").n_unique().fill_null(0).cast(nw.Int64).alias("n_blocks"),
        n_leases.fill_null(0).cast(nw.Int64).alias("n_leases"),
        nw.col("n_sightings").sum().fill_null(0).cast(nw.Int64).alias("n_sightings"),
    ).with_columns(block=nw.lit(length).cast(nw.Int64))


def _days(rows: Frame) -> Frame:
    known = nw.when(nw.col("source") != "inbound").then(nw.col("port")).otherwise(nw.lit(0).cast(nw.Int64))
    return (
        rows.with_columns(port_cluster=known, day=nw.col("observed_at").dt.date())
        .group_by(*_ENDPOINT, "day")
        .agg(
            nw.col("observed_at").min().alias("first"),
            nw.col("observed_at").max().alias("last"),
            nw.col("counts_all").sum().alias("n_sightings"),
        )
    )
