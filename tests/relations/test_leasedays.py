# SPDX-License-Identifier: Apache-2.0
"""Days are numbered by lease."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations import fold
from swarmwitness.relations.engine import collect
from swarmwitness.relations.leasedays import AGREEMENTS, DAYS, ENDPOINT, held, numbered_stays, restless, stays
from swarmwitness.relations.schema import schema

START = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
ONE = schema(net="text", port_cluster="int")
ORGS = ["x", None, "y", "y", "x"]


def numbered(engine, folder: Path, rows: Path, made):
    engine.store(stays(engine.scan(rows)), folder / "stays.parquet")
    return numbered_stays(held(engine, folder / "stays.parquet", made.attributed_file(folder)))


def test_numbers_go_up_where_the_holder_changes_or_nobody_is_seen(
    tmp_path: Path, engine, works, world, one
) -> None:
    made = world(1, 0)
    days = [START + dt.timedelta(days=n) for n in (0, 1, 2, 200, 201)]
    made.sightings.extend(one(observed_at=day) for day in days)
    made.holders = {
        ("192.0.2.1", day.date()): (org or "", "vpn", "unanimous" if org else "split")
        for day, org in zip(days, ORGS, strict=True)
    }
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    frame = numbered(engine, tmp_path, rows, made)
    got = collect(engine, frame, DAYS, ["net", "port_cluster", "day"])
    assert got.column("split_no").to_pylist() == [0, 0, 1, 2, 3]
    assert got.column("org").to_pylist() == ORGS
    assert got.column("firmness").to_pylist() == [0, AGREEMENTS.index("split"), 0, 0, 0]


def test_the_days_of_those_left_out_of_order_have_the_same_numbers(
    tmp_path: Path, engine, works, world
) -> None:
    made = world(2)
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    engine.store(stays(engine.scan(rows)), tmp_path / "stays.parquet")
    frame = held(engine, tmp_path / "stays.parquet", made.attributed_file(tmp_path))
    everyone = frame.select(*ENDPOINT).unique()
    by = ["net", "port_cluster", "day"]
    n_of = [len(collect(engine, each, ONE, ONE.names)) for each in (restless(frame), everyone)]
    assert 0 < n_of[0] < n_of[1]
    four = nw.col("net").str.contains(".", literal=True)
    told = [numbered_stays(frame, several).filter(four) for several in (None, everyone)]
    assert collect(engine, told[0], DAYS, by) == collect(engine, told[1], DAYS, by)


def test_two_holders_in_one_block_on_one_day_are_none(tmp_path: Path, engine, works, world, one) -> None:
    made = world(1, 0)
    made.sightings.extend([one(ip="2001:db8::1"), one(ip="2001:db8::2")])
    made.holders = {
        ("2001:db8::1", START.date()): ("x", "vpn", "unanimous"),
        ("2001:db8::2", START.date()): ("y", "vpn", "unanimous"),
    }
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    got = collect(engine, numbered(engine, tmp_path, rows, made), DAYS, ["net", "port_cluster", "day"])
    assert got.column("org").to_pylist() == [None, None]
    assert isinstance(got, pa.Table)


def peer(code: str, rung: int = 2, frame: str = "2d") -> dict[str, object]:
    return {"peer_id": f"{frame}{code}34353230{frame}{'00' * 12}", "rung": rung}


QB, TR = "5142", "5452"


def test_another_client_parts_and_a_day_of_none_or_two_does_not(
    tmp_path: Path, engine, works, world, one
) -> None:
    made = world(1, 0)
    told = [
        (0, peer(QB)),
        (1, {}),
        (2, peer(QB)),
        (2, peer(TR)),
        (3, peer(TR, rung=0)),  # whoever forges a tracker's list names any client
        (4, peer(TR, frame="4d")),
        (5, peer(QB)),
        (6, peer(TR)),
        (7, peer(QB, rung=10)),
        (8, peer(TR)),
    ]
    made.sightings.extend(one(observed_at=START + dt.timedelta(days=n), **more) for n, more in told)
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    got = collect(engine, numbered(engine, tmp_path, rows, made), DAYS, ["net", "port_cluster", "day"])
    assert got.column("split_no").to_pylist() == [0, 0, 0, 0, 0, 0, 1, 1, 1]


def test_mobile_and_vpn_addresses_are_soon_anothers(tmp_path: Path, engine, works, world, one) -> None:
    made = world(1, 0)
    days = [START + dt.timedelta(days=n) for n in (0, 3, 7, 8, 12)]
    kinds = ["mobile", "vpn", "corporate", "unknown", "vpn"]
    made.sightings.extend(one(observed_at=day) for day in days)
    made.holders = {
        ("192.0.2.1", day.date()): ("x", kind, "unanimous") for day, kind in zip(days, kinds, strict=True)
    }
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    got = collect(engine, numbered(engine, tmp_path, rows, made), DAYS, ["net", "port_cluster", "day"])
    assert got.column("split_no").to_pylist() == [0, 0, 1, 1, 1]


def test_a_kind_lasts_over_days_of_none_and_needs_no_holder(
    tmp_path: Path, engine, works, world, one
) -> None:
    made = world(1, 0)
    told = {0: ("x", "vpn"), 1: ("x", "unknown"), 5: ("", "vpn"), 9: ("x", "corporate"), 13: ("", "unknown")}
    made.sightings.extend(one(observed_at=START + dt.timedelta(days=n)) for n in told)
    made.holders = {
        ("192.0.2.1", (START + dt.timedelta(days=n)).date()): (*held, "unanimous" if held[0] else "split")
        for n, held in told.items()
    }
    rows = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet").rows
    got = collect(engine, numbered(engine, tmp_path, rows, made), DAYS, ["net", "port_cluster", "day"])
    assert got.column("split_no").to_pylist() == [0, 0, 1, 2, 2]
