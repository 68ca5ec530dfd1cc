# SPDX-License-Identifier: Apache-2.0
"""Sets of addresses over time, and the rows that fall into them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame
from swarmwitness.relations.schema import schema
from swarmwitness.terms.endpoint import address_from_text

EVERYONE = "everyone"
"""The reserved set of all rows."""
SCOPES = ("case", "all")
"""Registered works only; every torrent seen."""
MEMBERS = schema(set="text", ip="text", valid_from="timestamp", valid_to="timestamp")
_EVER = (dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, tzinfo=dt.UTC))
_Span = tuple[dt.datetime, dt.datetime]


def in_sets(engine: Engine, rows: Frame, members: pa.Table) -> Frame:
    """The rows of each set, with a column `set`; `everyone` holds all of them.

    Args:
        engine: Whichever.
        rows: With `ip` and `observed_at`.
        members: `MEMBERS`; half-open, null = unbounded. Intervals of one address may overlap.

    Raises:
        ValueError: a set is called `everyone`, or an address is none.
    """
    spans = engine.table(_merged(members))
    inside = (nw.col("observed_at") >= nw.col("valid_from")) & (nw.col("observed_at") < nw.col("valid_to"))
    chosen = rows.join(spans, on="ip", how="inner").filter(inside).drop("valid_from", "valid_to")
    everyone = rows.with_columns(nw.lit(EVERYONE).alias("set"))
    return nw.concat([everyone, chosen.select(everyone.collect_schema().names())])


def set_names(members: pa.Table) -> tuple[str, ...]:
    """`everyone` and then the sets, in text order."""
    return (EVERYONE, *sorted({str(name) for name in members.column("set").to_pylist()}))


def _merged(members: pa.Table) -> pa.Table:
    """Intervals of one (set, address) that touch become one, so that no row falls into a set twice."""
    spans: dict[tuple[str, str], list[_Span]] = {}
    for row in members.to_pylist():
        if row["set"] == EVERYONE:
            raise ValueError(f"{EVERYONE!r} is reserved for the set of all rows")
        key = (row["set"], str(address_from_text(row["ip"])))
        spans.setdefault(key, []).append((row["valid_from"] or _EVER[0], row["valid_to"] or _EVER[1]))
    rows: list[Mapping[str, str | dt.datetime]] = [
        {"set": name, "ip": ip, "valid_from": start, "valid_to": end}
        for (name, ip), own in sorted(spans.items())
        for start, end in _joined(own)
    ]
    return pa.Table.from_pylist(rows, MEMBERS)


def _joined(spans: list[_Span]) -> list[_Span]:
    joined: list[_Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined
