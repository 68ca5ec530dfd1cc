# SPDX-License-Identifier: Apache-2.0
"""What our own logs say of when swarms were watched and asked after, as tables beside those of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.intake import schema_of
from swarmwitness.observation.aside import Poll, Watched

Rename = Callable[[str, str], str]
"""(collector, the log's origin) -> what rows call it."""
DAY_US = 86_400_000_000


def coverage_of(gathered: Gathered, rename: Rename) -> pa.Table:
    """When each swarm was under watch; columns as coverage.csv is taken in, `source` empty = all of them."""
    rows = [_coverage(origin, told, polls, rename) for origin, told, polls in gathered.watched]
    return pa.Table.from_pylist(rows, schema=schema_of("coverage"))


def _coverage(origin: str, told: Watched, polls: int, rename: Rename) -> dict[str, object]:
    days = (told.until - told.since) / DAY_US
    return {
        "info_hash": told.info_hash.to_text(),
        "watched_from": told.since,
        "watched_to": told.until,
        "polls_per_day": polls / days if days > 0 else None,
        "collector": rename(told.collector, origin),
        "vantage": told.collector,
    }


def polls_of(gathered: Gathered, rename: Rename) -> pa.Table:
    """Every poll but scrapes, answered or not; columns as polls.parquet is taken in."""
    polls: Sequence[tuple[str, Poll]] = gathered.polls
    schema = schema_of("polls")
    columns: dict[str, list[Any]] = {
        "collector": [rename(p.collector, origin) for origin, p in polls],
        "info_hash": [p.info_hash.to_text() for _, p in polls],
        "polled_at": [p.polled_at for _, p in polls],
        "outcome": [p.outcome for _, p in polls],
        "source": [p.source for _, p in polls],
        "exhibit": [p.exhibit for _, p in polls],
    }
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in schema], schema=schema)
