# SPDX-License-Identifier: Apache-2.0
"""Events, bursts and activity per day and hour of the week, against a plain reading."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.relations import Engine
from swarmwitness.relations.activity import DAILY, EVENTS, GAP, GROUPS, WEEKLY, daily, events, weekly
from swarmwitness.relations.schema import schema

Row = dict[str, Any]
START = dt.datetime(2024, 2, 28, 23, 50, tzinfo=dt.UTC)
ROWS = schema(
    lease_id="text",
    work_id="text",
    torrent="text",
    observed_at="timestamp",
    rung="int",
    registered="bool",
    counts_all="int",
)
SETS = pa.Table.from_pylist(
    [
        {"set": "one", "lease_id": "b"},
        {"set": "one", "lease_id": "é|"},
        {"set": "two", "lease_id": "é|"},
        {"set": "two", "lease_id": "é|"},
        {"set": "three", "lease_id": "nobody"},
    ],
    GROUPS,
)


def rows_of(seed: int, n: int = 160) -> list[Row]:
    rng = random.Random(seed)
    return [
        {
            "lease_id": rng.choice(["a", "b", "é|", ""]),
            "work_id": rng.choice("uvwxyz"),
            "torrent": rng.choice(["t1", "t2"]),
            "observed_at": START
            + dt.timedelta(days=rng.choice([0, 0, 3, 4]), seconds=rng.randrange(0, 7200, 300)),
            "rung": rng.choice([0, 2, 3, 9, 10, 11]),
            "registered": rng.random() < 0.5,
            "counts_all": rng.choice([0, 1]),
        }
        for _ in range(n)
    ]


def naive_events(rows: list[Row], rung_min: int) -> list[Row]:
    pairs = defaultdict(list)
    for row in rows:
        if rung_min <= row["rung"] <= 9:
            pairs[row["lease_id"], row["work_id"]].append(row)
    told = [
        {
            "lease_id": one,
            "work_id": work,
            "torrent": min(row["torrent"] for row in own),
            "first_seen": min(row["observed_at"] for row in own),
            "last_seen": max(row["observed_at"] for row in own),
            "rung_max": max(row["rung"] for row in own),
            "n_sightings": len(own),
            "registered": any(row["registered"] for row in own),
            "counts_all": max(row["counts_all"] for row in own),
        }
        for (one, work), own in pairs.items()
    ]
    last: dict[str, Row] = {}
    for row in sorted(told, key=lambda row: row["first_seen"]):
        before = last.get(row["lease_id"])
        apart = before is not None and row["first_seen"] - before["first_seen"] > dt.timedelta(minutes=10)
        row["burst_no"] = 0 if before is None else before["burst_no"] + apart
        last[row["lease_id"]] = row
    return sorted(told, key=lambda row: (row["lease_id"], row["work_id"]))


def naive_counts(told: list[Row], scope: str, groups: list[Row] | None, period: Any) -> list[tuple]:
    counted = defaultdict(list)
    for row in told:
        if row["registered"] if scope == "case" else row["counts_all"]:
            own = {each["set"] for each in groups if each["lease_id"] == row["lease_id"]} if groups else None
            for of in [row["lease_id"]] if own is None else own:
                counted[of, period(row["first_seen"])].append(row)
    return sorted(
        (
            *key,
            len(own),
            len({row["work_id"] for row in own}),
            len({(row["lease_id"], row["burst_no"]) for row in own}),
            len({row["lease_id"] for row in own}),
        )
        for key, own in counted.items()
    )


def told_of(engine: Engine, rows: list[Row], folder: Path, rung_min: int = 0) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, ROWS), folder / "rows.parquet")
    events(engine, folder / "rows.parquet", folder / "events.parquet", rung_min=rung_min)
    return folder / "events.parquet"


def read(file: Path) -> list[Row]:
    table = pq.read_table(file).cast(EVENTS)
    return table.sort_by([("lease_id", "ascending"), ("work_id", "ascending")]).to_pylist()


@pytest.mark.parametrize("rung_min", [0, 3])
def test_events_equal_a_plain_reading(tmp_path: Path, engine: Engine, rung_min: int) -> None:
    rows = rows_of(1)
    expected = naive_events(rows, rung_min)
    assert max(row["burst_no"] for row in expected) > 2
    assert read(told_of(engine, rows, tmp_path, rung_min)) == expected


@pytest.mark.parametrize("groups", [None, SETS])
@pytest.mark.parametrize("scope", ["case", "all"])
def test_days_and_hours_equal_a_plain_reading(
    tmp_path: Path, engine: Engine, scope: str, groups: pa.Table | None
) -> None:
    rows = rows_of(2)
    told = told_of(engine, rows, tmp_path)
    expected, sets = naive_events(rows, 0), groups.to_pylist() if groups else None
    for kernel, kind, period in (
        (daily, DAILY, lambda when: when.date()),
        (weekly, WEEKLY, lambda when: when.weekday() * 24 + when.hour),
    ):
        into = tmp_path / "counted.parquet"
        n_rows = kernel(engine, told, into, scope=scope, groups=groups)
        written = pq.read_table(into)
        assert written.schema.equals(kind)
        assert [tuple(row.values()) for row in written.to_pylist()] == naive_counts(
            expected, scope, sets, period
        )
        assert n_rows == written.num_rows > 0


def test_a_gap_of_ten_minutes_is_still_one_burst(tmp_path: Path, engine: Engine) -> None:
    at = [START, START + GAP, START + 2 * GAP + dt.timedelta(microseconds=1)]
    rows = [rows_of(1)[0] | {"work_id": f"w{n}", "observed_at": when, "rung": 2} for n, when in enumerate(at)]
    assert [row["burst_no"] for row in read(told_of(engine, rows, tmp_path))] == [0, 0, 1]


def test_a_sunday_is_the_last_day_of_the_week(tmp_path: Path, engine: Engine) -> None:
    sunday = dt.datetime(2024, 3, 3, 23, 59, 59, 999_999, tzinfo=dt.UTC)
    when = [sunday, sunday + dt.timedelta(microseconds=1)]
    base = rows_of(1)[0] | {"rung": 2, "counts_all": 1}
    rows = [base | {"work_id": f"w{n}", "observed_at": at} for n, at in enumerate(when)]
    weekly(engine, told_of(engine, rows, tmp_path), tmp_path / "w.parquet")
    assert pq.read_table(tmp_path / "w.parquet").column("hour_of_week").to_pylist() == [0, 167]


def test_nothing_gives_no_activity(tmp_path: Path, engine: Engine) -> None:
    told = told_of(engine, [], tmp_path)
    assert daily(engine, told, tmp_path / "d.parquet") == 0
    assert pq.read_table(tmp_path / "d.parquet").schema.equals(DAILY)


def test_a_scope_that_there_is_not_is_our_mistake(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(ValueError, match="no scope"):
        daily(engine, tmp_path / "events.parquet", tmp_path / "d.parquet", scope="some")
