# SPDX-License-Identifier: Apache-2.0
"""Leases that share works with anchors, against a plain reading."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations import Engine
from swarmwitness.relations.activity import EVENTS, GROUPS
from swarmwitness.relations.anchored import (
    ANCHORS,
    SCHEMA,
    SHARED,
    anchored,
    anchors_of_leases,
    anchors_of_members,
)
from swarmwitness.relations.schema import schema
from swarmwitness.relations.sets import MEMBERS

Row = dict[str, Any]
START = dt.datetime(1999, 12, 30, 22, tzinfo=dt.UTC)
SETS = pa.Table.from_pylist(
    [{"set": name, "lease_id": f"l{n}"} for name, n in (("x", 0), ("x", 0), ("x", 1), ("é|", 1), ("z", 99))],
    GROUPS,
)


def events_of(seed: int, n: int = 150) -> list[Row]:
    """Over the turn of a century that had a leap day, with works that bundles alone showed."""
    rng = random.Random(seed)
    pairs = sorted({(f"l{rng.randrange(15)}", f"w{int(rng.paretovariate(0.7)) % 30}") for _ in range(n)})
    return [
        {
            "lease_id": one,
            "work_id": work,
            "torrent": work,
            "first_seen": (
                when := START + dt.timedelta(days=rng.choice([0, 1, 2, 62, 63]), hours=rng.randrange(5))
            ),
            "last_seen": when,
            "rung_max": 3,
            "n_sightings": 1,
            "registered": True,
            "counts_all": int(rng.random() < 0.9),
            "burst_no": 0,
        }
        for one, work in pairs
    ]


def naive(told: list[Row], anchors: list[Row], shared_min: int) -> tuple[list[Row], list[Row]]:
    own = [row for row in told if row["counts_all"]]
    popularity = Counter(row["work_id"] for row in own)
    found, works = [], []
    for name in sorted({row["set"] for row in anchors}):
        of_set = [row for row in anchors if row["set"] == name]
        members = {row["lease_id"] for row in of_set}
        set_days = {row["first_seen"].date() for row in of_set}
        by_work = defaultdict(list)
        for row in of_set:
            by_work[row["work_id"]].append(row)
        for lease in sorted({row["lease_id"] for row in own} - members):
            mine = [row for row in own if row["lease_id"] == lease]
            shared = [
                {
                    "set": name,
                    "lease_id": lease,
                    "work_id": row["work_id"],
                    "n_leases": popularity[row["work_id"]],
                    "n_anchors": len({each["lease_id"] for each in by_work[row["work_id"]]}),
                    "first_seen": row["first_seen"],
                    "set_first_seen": (first := min(each["first_seen"] for each in by_work[row["work_id"]])),
                    "lag_days": (row["first_seen"].date() - first.date()).days,
                }
                for row in sorted(mine, key=lambda row: row["work_id"])
                if row["work_id"] in by_work
            ]
            if len(shared) >= shared_min:
                works += shared
                lags, leases = [row["lag_days"] for row in shared], [row["n_leases"] for row in shared]
                both = sorted({row["first_seen"].date() for row in mine} & set_days)
                values = (
                    *(name, lease, len(shared), len(mine), len(by_work)),
                    *(min(leases), max(leases), sum(leases), min(lags), max(lags), lags.count(0)),
                    *(len(both), both[0] if both else None, both[-1] if both else None),
                )
                found.append(dict(zip(SCHEMA.names, values, strict=True)))
    return found, works


@pytest.mark.parametrize("shared_min", [1, 4])
def test_what_is_found_equals_a_plain_reading(tmp_path: Path, engine: Engine, shared_min: int) -> None:
    told = events_of(4)
    pq.write_table(pa.Table.from_pylist(told, EVENTS), tmp_path / "events.parquet")
    anchors = anchors_of_leases(engine, tmp_path / "events.parquet", SETS)
    n_rows = anchored(
        engine,
        tmp_path / "events.parquet",
        anchors,
        tmp_path / "found.parquet",
        shared_min=shared_min,
        works_into=tmp_path / "works.parquet",
    )
    found, works = naive(told, anchors.to_pylist(), shared_min)
    written, listed = pq.read_table(tmp_path / "found.parquet"), pq.read_table(tmp_path / "works.parquet")
    assert written.schema.equals(SCHEMA)
    assert listed.schema.equals(SHARED)
    assert written.to_pylist() == found
    assert listed.to_pylist() == works
    assert n_rows == len(found) > 1
    assert min(row["least_lag_days"] for row in found) < 0 < max(row["most_lag_days"] for row in found)
    assert len(list(tmp_path.iterdir())) == 3


def test_whole_leases_are_anchors_with_their_own_works(tmp_path: Path, engine: Engine) -> None:
    told = events_of(5)
    pq.write_table(pa.Table.from_pylist(told, EVENTS), tmp_path / "events.parquet")
    got = anchors_of_leases(engine, tmp_path / "events.parquet", SETS)
    assert got.schema.equals(ANCHORS)
    assert [tuple(row.values()) for row in got.to_pylist()] == sorted(
        (name, row["lease_id"], row["work_id"], row["first_seen"])
        for name, one in {(row["set"], row["lease_id"]) for row in SETS.to_pylist()}
        for row in told
        if row["lease_id"] == one and row["counts_all"]
    )


def test_members_are_anchors_within_their_intervals_alone(tmp_path: Path, engine: Engine) -> None:
    later = START + dt.timedelta(days=1)
    rows = [
        # (address, lease, work, when, rung, counts_all)
        ("192.0.2.1", "a", "early", START, 0, 1),
        ("192.0.2.1", "a", "late", later, 0, 1),
        ("192.0.2.1", "a", "flag", START, 10, 1),
        ("192.0.2.1", "a", "shown by a bundle", START, 3, 0),
        ("192.0.2.2", "b", "other", START, 0, 1),
        ("2001:db8::1", "c", "six", later, 9, 1),
        ("2001:db8::1", "c", "six", START, 9, 1),
    ]
    kinds = schema(
        ip="text", lease_id="text", work_id="text", observed_at="timestamp", rung="int", counts_all="int"
    )
    table = pa.Table.from_pylist([dict(zip(kinds.names, row, strict=True)) for row in rows], kinds)
    pq.write_table(table, tmp_path / "rows.parquet")
    spans = [
        ("s", "192.0.2.1", None, later),
        ("s", "192.0.2.1", None, START),
        ("s", "2001:db8:0::1", None, None),
    ]
    members = pa.Table.from_pylist([dict(zip(MEMBERS.names, span, strict=True)) for span in spans], MEMBERS)
    got = anchors_of_members(engine, tmp_path / "rows.parquet", members)
    assert [tuple(row.values()) for row in got.to_pylist()] == [
        ("s", "a", "early", START),
        ("s", "c", "six", START),
    ]


def test_no_anchor_and_no_event_find_nobody(tmp_path: Path, engine: Engine) -> None:
    pq.write_table(EVENTS.empty_table(), tmp_path / "events.parquet")
    assert anchored(engine, tmp_path / "events.parquet", ANCHORS.empty_table(), tmp_path / "f.parquet") == 0
    assert pq.read_table(tmp_path / "f.parquet").schema.equals(SCHEMA)


def test_sharing_nothing_is_not_asked(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        anchored(engine, tmp_path / "e", ANCHORS.empty_table(), tmp_path / "f", shared_min=0)
