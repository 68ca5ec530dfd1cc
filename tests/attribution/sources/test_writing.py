# SPDX-License-Identifier: Apache-2.0
"""Records into the table: in order, bounded, and refused where the table can't hold them."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_network
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from swarmwitness.attribution.sources import writing
from swarmwitness.attribution.sources.record import Holding, Origin, Record, Refused, Told
from swarmwitness.attribution.sources.writing import Refusals, Writing
from swarmwitness.terms import InputError

DAY, TODAY = dt.date(2025, 4, 2), dt.date(2026, 11, 24)
NET = ip_network("192.0.2.0/24")


def write(tmp_path: Path, *records: Record, as_of: dt.date | None = DAY) -> Writing:
    with Writing(tmp_path, "ab" * 32, Told("me", as_of), TODAY) as one:
        for record in records:
            one.put(record)
        one.finish(tmp_path / "networks", tmp_path / "organisations")
    return one


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (Holding(NET, "", 1), "names no organisation"),
        (Holding(NET, "x\0y", 1), "NUL"),
        (Holding(NET, "\ud800", 1), "lone surrogate"),
        (Holding(NET, "x", 1, "y" * 501), "more than 500 characters"),
        (Holding(NET, "x", 1, service="\udfff"), "lone surrogate"),
        (Holding(NET, "x", 1, asn=(2**32,)), "not the number of an AS"),
        (Holding(NET, "x", 1, valid_from=DAY, valid_to=DAY), "ends before it begins"),
        (Holding(NET, "x", 1, valid_from=dt.date(2027, 1, 1)), "a day to come"),
        (Origin("as64500", "as64500", 1), "of one to itself"),
        (Origin("", "x", 1), "a tie of nobody"),
        (Origin("as64500", "x\0", 1), "NUL"),
        (Refused(1, "why", "\ud800\0"), "why"),
    ],
)
def test_what_the_table_cannot_hold_is_refused(tmp_path: Path, record: Record, why: str) -> None:
    one = write(tmp_path, record)
    assert (one.rows, one.origins, one.refusals.n) == (0, 0, 1)
    (row,) = one.refusals.table().to_pylist()
    assert row["place"] == 1
    assert why in row["reason"]


def test_rows_stand_by_address_whatever_came_first(tmp_path: Path) -> None:
    prefixes = ("2001:db8::/32", "192.0.2.0/24", "9.0.0.0/8", "192.0.2.0/25", "10.0.0.0/8", "9.0.0.0/9")
    records = [Holding(ip_network(text), "x", n, asn=(2, 1)) for n, text in enumerate(prefixes, 1)]
    write(tmp_path, *records)
    found = pq.read_table(tmp_path / "networks")
    assert found.column("prefix").to_pylist() == [
        "9.0.0.0/8", "9.0.0.0/9", "10.0.0.0/8", "192.0.2.0/24", "192.0.2.0/25", "2001:db8::/32",
    ]  # fmt: skip
    assert set(found.column("asn").to_pylist()) == {"1 2"}
    before = (tmp_path / "networks").read_bytes()
    write(tmp_path, *reversed(records))
    assert (tmp_path / "networks").read_bytes() == before


def test_batches_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [Holding(ip_network((n << 8, 24)), "x", n) for n in range(500, 0, -1)]
    write(tmp_path, *records)
    whole = pq.read_table(tmp_path / "networks")
    monkeypatch.setattr(writing, "BATCH_ROWS", 7)
    assert write(tmp_path, *records).rows == 500
    assert pq.read_table(tmp_path / "networks").equals(whole)


def test_duplicates_and_contradictions_are_kept(tmp_path: Path) -> None:
    assert write(tmp_path, Holding(NET, "x", 1), Holding(NET, "x", 2), Holding(NET, "y", 3)).rows == 3
    assert write(tmp_path, Origin("as1", "x", 1), Origin("as1", "x", 2), Origin("as1", "y", 3)).origins == 2


def test_refusals_are_bounded_and_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_REFUSALS", 3)
    refusals = Refusals()
    for place in range(10):
        refusals.add(place, "odd", "x" * 1000)
    rows = refusals.table().to_pylist()
    assert refusals.n == 10
    assert [row["place"] for row in rows] == [0, 1, 2, 2]
    assert rows[-1]["reason"] == "7 more records refused behind this one"
    assert len(rows[0]["text"]) == 200


def test_ties_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_TIES", 2)
    one = write(tmp_path, *(Origin(f"as{64500 + n % 3}", "x", n) for n in range(1, 7)))
    assert (one.origins, one.refusals.n) == (2, 2)


def test_without_a_day_there_is_no_row(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--as-of is needed"):
        write(tmp_path, Holding(NET, "x", 1), as_of=None)
    assert not list(tmp_path.iterdir())
