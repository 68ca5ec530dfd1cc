# SPDX-License-Identifier: Apache-2.0
"""Rows find their lease, and leases their number of works.

Theory of operation. The leases of one address and port cluster follow each other in days. So a row finds
its lease by address and port cluster among the spans of days of its leases, a table as short as that
of leases. Where many leases share an address and port cluster, each row would meet all of them: those
are found by the day, too, which meets one.
"""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.leasedays import STAY, keyed
from swarmwitness.relations.rows import ROWS
from swarmwitness.relations.schema import schema

KEY = ("net", "port_cluster", "split_no")
"""What names a lease before it has a name."""
MANY = 16
"""Leases of one address and port cluster beyond which its rows are looked up by day."""
_HOME = list(STAY[:2])
_OF_SIGHTINGS = ("info_hash", "source", "collector", "client", "peer_id", "connection_id")
LEASED = (*(name for name in ROWS if name not in _OF_SIGHTINGS), "lease_id", "lease_no")
"""Columns of rows with leases: what is asked of them later. To write is dear."""


def spans(numbered: Frame, named: Frame) -> Frame:
    """The days from the first to the last of each address, port cluster and lease.

    Args:
        numbered: Stays (leasedays.py) with `KEY`.
        named: `KEY`, lease_id, lease_no of every lease.
    """
    days = numbered.group_by("ip", *KEY).agg(
        nw.col("day").min().alias("since"), nw.col("day").max().alias("until")
    )
    return days.join(named.select(*KEY, "lease_id", "lease_no"), on=list(KEY), how="inner")


def with_leases(engine: Engine, rows: Path, numbered: Path, spanned: Path) -> Frame:
    """The rows with lease_id and lease_no: `LEASED`.

    Args:
        rows: As `fold` wrote them.
        numbered: Stays (leasedays.py) with `KEY`.
        spanned: `spans`.
    """
    all_spans = engine.scan(spanned)
    crowded = all_spans.group_by(*_HOME).agg(nw.len().alias("n")).filter(nw.col("n") > MANY).select(*_HOME)
    few = all_spans.select(*_HOME, "since", "until", "lease_id", "lease_no")
    few = few.join(crowded, on=_HOME, how="anti")
    each = keyed(engine.scan(rows))
    inside = (nw.col("day") >= nw.col("since")) & (nw.col("day") <= nw.col("until"))
    found = each.join(few, on=_HOME, how="inner").filter(inside)
    by_day = (
        engine.scan(numbered)
        .join(all_spans.join(crowded, on=_HOME, how="semi"), on=["ip", *KEY], how="inner")
        .select(*STAY, "lease_id", "lease_no")
    )
    others = each.join(by_day, on=list(STAY), how="inner")
    return nw.concat([found.select(*LEASED), others.select(*LEASED)])


_WORKS = schema(work_id="text")


def n_works(engine: Engine, leased: Path) -> Frame:
    """How many works each lease_no has: pairs of two numbers are counted, not texts."""
    rows = engine.scan(leased).select("lease_no", "work_id")
    works = collect(engine, rows.select("work_id").unique(), _WORKS, _WORKS.names)
    numbers = works.append_column("work_no", pa.array(range(works.num_rows), pa.int64()))
    pairs = rows.join(engine.table(numbers), on="work_id", how="inner").select("lease_no", "work_no").unique()
    return pairs.group_by("lease_no").agg(nw.len().cast(nw.Int64).alias("n_works"))
