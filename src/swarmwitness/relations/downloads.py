# SPDX-License-Identifier: Apache-2.0
"""Rows -> downloads: the distinct (work, address) pairs. What a pair means depends on its rung."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw

from swarmwitness.relations.counts import LAST_RUNG
from swarmwitness.relations.engine import Engine
from swarmwitness.relations.keptfile import write_ordered
from swarmwitness.relations.schema import schema

SCHEMA = schema(
    work_id="text",
    ip="text",
    torrent="text",
    registered="bool",
    kind="text",
    released_at="timestamp",
    first_seen="timestamp",
    last_seen="timestamp",
    max_rung="int",
    n_sightings="int",
)


def downloads(engine: Engine, rows: Path, into: Path) -> int:
    """Write every (work, address) pair of rungs 0-9, by work_id and ip; say how many there are.

    `torrent` is the first in text order of those that the pair was seen in; n_sightings counts the
    sightings that speak of the work (for a bundle's part: those whose bitfield shows it).

    Args:
        into: Parquet file to write, `SCHEMA`.
    """
    pairs = (
        engine.scan(rows)
        .filter(nw.col("rung") <= LAST_RUNG)
        .group_by("work_id", "ip")
        .agg(
            nw.col("torrent").min().alias("torrent"),
            nw.col("registered").any().alias("registered"),
            nw.col("kind").min().alias("kind"),
            nw.col("released_at").min().alias("released_at"),
            nw.col("observed_at").min().alias("first_seen"),
            nw.col("observed_at").max().alias("last_seen"),
            nw.col("rung").max().alias("max_rung"),
            nw.len().cast(nw.Int64).alias("n_sightings"),
        )
    )
    return write_ordered(engine, [pairs], SCHEMA, ["work_id", "ip"], into)
