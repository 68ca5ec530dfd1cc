# SPDX-License-Identifier: Apache-2.0
"""The bucketed equi-join against a plain reading of the rectangles."""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.relations.address import key_of
from swarmwitness.relations.engine import Engine, collect, engine_of
from swarmwitness.relations.holders import ATTRIBUTED, FINEST, HOLDINGS, attribute

Row = dict[str, Any]
DAY = dt.date(2024, 6, 1)


def held(first: str, last: str, org: str, begin: dt.date | None = None, end: dt.date | None = None) -> Row:
    verdict = {"org_id": org, "org_kind": "vpn", "org_agreement": "unanimous"}
    return {"first": key_of(first), "last": key_of(last), "from_day": begin, "to_day": end, **verdict}


def after(days: int, start: dt.date = DAY) -> dt.date:
    return start + dt.timedelta(days=days)


def asked(engine: Engine, folder: Path, holdings: Sequence[Row], seen: Sequence[tuple[str, dt.date]]) -> Any:
    rows = folder / "rows.parquet"
    at = [dt.datetime(day.year, day.month, day.day, 23, 59, tzinfo=dt.UTC) for _, day in seen]
    times = pa.array(at, pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"ip": pa.array([ip for ip, _ in seen], pa.string()), "observed_at": times}), rows
    )
    attribute(engine, rows, pa.Table.from_pylist(list(holdings), HOLDINGS), folder / "attributed.parquet")
    table = collect(engine, engine.scan(folder / "attributed.parquet"), ATTRIBUTED, ["ip", "day"])
    return [tuple(row.values()) for row in table.to_pylist()]


def plain(holdings: Sequence[Row], seen: Sequence[tuple[str, dt.date]]) -> list[tuple[Any, ...]]:
    found = []
    for ip, day in sorted(set(seen)):
        key = key_of(ip)
        verdict = ("", "unknown", "unknown")
        for row in holdings:
            inside = len(row["first"]) == len(key) and row["first"] <= key <= row["last"]
            begun = row["from_day"] is None or row["from_day"] <= day
            if inside and begun and (row["to_day"] is None or day < row["to_day"]):
                verdict = (row["org_id"], row["org_kind"], row["org_agreement"])
        found.append((ip, day, *verdict))
    return found


EVERYWHERE = [held("0.0.0.0", "255.255.255.255", "four"), held("::", "f" * 4 + ":ffff" * 7, "six")]
SEEN = [("192.0.2.1", DAY), ("198.51.100.7", DAY), ("2001:db8::1", DAY), ("::", DAY), ("0.0.0.0", DAY)]


def test_a_stretch_as_wide_as_all_addresses(engine, tmp_path: Path) -> None:
    found = asked(engine, tmp_path, EVERYWHERE, [*SEEN, *SEEN])
    assert found == plain(EVERYWHERE, SEEN)
    assert {(":" in row[0], row[2]) for row in found} == {(False, "four"), (True, "six")}


def test_gaps_in_addresses_and_days_are_unknown(engine, tmp_path: Path) -> None:
    holdings = [
        held("192.0.2.16", "192.0.2.31", "a", DAY, after(2)),
        held("192.0.2.16", "192.0.2.31", "b", after(3), None),
        held("192.0.2.32", "192.0.2.32", "c"),
        held("192.0.2.40", "192.0.2.255", "d", None, DAY),
    ]
    ips = [f"192.0.2.{n}" for n in (0, 15, 16, 31, 32, 33, 39, 40, 255)] + ["192.0.3.0", "2001:db8::"]
    seen = [(ip, after(n)) for ip in ips for n in (-1, 0, 1, 2, 3, 400)]
    assert asked(engine, tmp_path, holdings, seen) == plain(holdings, seen)


def test_no_rows_and_no_holdings(engine, tmp_path: Path) -> None:
    assert asked(engine, tmp_path, EVERYWHERE, []) == []
    assert asked(engine, tmp_path, [], SEEN) == plain([], SEEN)


def test_a_finely_divided_place_and_a_restless_stretch(engine, tmp_path: Path) -> None:
    fine = [held(f"192.0.2.{n}", f"192.0.2.{n}", f"o{n}") for n in range(0, 250, 3)]
    fine += [held(f"2001:db8::{n:x}", f"2001:db8::{n:x}", f"s{n}") for n in range(1, 99, 2)]
    restless = [
        held("198.51.100.0", "198.51.100.255", f"d{n}", after(5 * n), after(5 * n + 4)) for n in range(80)
    ]
    assert min(len(fine) / 2, len(restless)) > FINEST
    seen = [(f"192.0.2.{n}", DAY) for n in range(256)] + [(f"2001:db8::{n:x}", DAY) for n in range(99)]
    seen += [("198.51.100.9", after(n)) for n in range(-40, 500, 3)] + [("198.51.100.9", after(9000))]
    holdings = fine + restless
    assert asked(engine, tmp_path, holdings, seen) == plain(holdings, seen)


def test_holdings_that_overlap_are_refused(engine, tmp_path: Path) -> None:
    wide, narrow = held("192.0.2.0", "192.0.2.255", "a"), held("192.0.2.9", "192.0.2.9", "b")
    with pytest.raises(ValueError, match="overlap"):
        asked(engine, tmp_path, [wide, narrow], SEEN)
    with pytest.raises(ValueError, match="overlap"):
        asked(engine, tmp_path, [wide, held("192.0.2.0", "192.0.2.255", "b", DAY)], SEEN)
    with pytest.raises(ValueError, match="wide"):
        asked(engine, tmp_path, [wide | {"first": "192"}], SEEN)


FOURS = [f"192.0.{block}.{n}" for block in (1, 2, 3) for n in (0, 1, 2, 128, 254, 255)]
SIXES = [
    str(ipaddress.ip_address(f"2001:db8:{block}::") + n) for block in (0, 1, 2) for n in (0, 1, 2**80 - 1)
]


@st.composite
def rectangles(draw: st.DrawFn) -> list[Row]:
    """Disjoint stretches of either version, each with disjoint days."""
    found: list[Row] = []
    for pool in (FOURS, SIXES):
        cuts = sorted(draw(st.sets(st.sampled_from(range(len(pool))), max_size=6)))
        for first, last in zip(cuts[::2], cuts[1::2], strict=False):
            days = sorted(draw(st.sets(st.integers(0, 8), max_size=4)))
            for begin, end in zip(days[::2], days[1::2], strict=False):
                org = draw(st.sampled_from("xyz"))
                open_ = draw(st.booleans()) and begin == days[0]
                found.append(held(pool[first], pool[last], org, None if open_ else after(begin), after(end)))
    return draw(st.permutations(found))


@pytest.mark.parametrize("name", ["duckdb", "polars"])
@settings(max_examples=25, deadline=None)
@given(rectangles(), st.lists(st.tuples(st.sampled_from(FOURS + SIXES), st.integers(-1, 9)), max_size=40))
def test_every_answer_is_the_plain_one(
    tmp_path_factory: pytest.TempPathFactory, name: str, holdings: list[Row], picks: list[tuple[str, int]]
) -> None:
    engine = engine_of(name)
    seen = [(ip, after(n)) for ip, n in picks]
    assert asked(engine, tmp_path_factory.mktemp("h"), holdings, seen) == plain(holdings, seen)
