# SPDX-License-Identifier: Apache-2.0
"""Leases: the rule's parts one by one, and whole worlds against a plain reading."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.intake import schema_of
from swarmwitness.relations import attribute, fold, lease
from swarmwitness.relations.engine import collect
from swarmwitness.relations.holders import HOLDINGS
from swarmwitness.relations.leases import SCHEMA, Leased, lease_id_of
from swarmwitness.relations.schema import schema
from swarmwitness.terms.columns import LEASES

START = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)
NOBODY = pa.table(
    {
        "ip": pa.array([], pa.string()),
        "day": pa.array([], pa.date32()),
        "org_id": pa.array([], pa.string()),
        "org_kind": pa.array([], pa.string()),
        "org_agreement": pa.array([], pa.string()),
    }
)


LEFT = {f"{name}.parquet" for name in ("s1", "s2", "rows", "attributed", "leased", "leases")}


def assert_told(found: Leased, leases: list[dict]) -> None:
    """What `lease` says of the leases is what they are."""
    assert found.n_leases == len(leases)
    assert found.by_agreement == dict(sorted(Counter(each["org_agreement"] for each in leases).items()))
    assert found.first_us == micros(min(each["first_seen"] for each in leases))
    assert found.last_us == micros(max(each["last_seen"] for each in leases))
    assert found.bases == tuple(sorted({each["rung_basis"] for each in leases}))


def micros(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_leases_equal_a_plain_reading(tmp_path: Path, engine, oracle, works, world, seed: int) -> None:
    made = world(seed)
    folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
    held = made.attributed_file(tmp_path)
    found = lease(engine, folded.rows, held, tmp_path / "leased.parquet", tmp_path / "leases.parquet")
    got = pq.read_table(found.leases)
    rows = oracle.fold(made.sightings)
    expected = oracle.lease(rows, made.holders)
    expected.sort(key=lambda each: (each["first_seen"], each["ip"], each["port_cluster"]))
    assert got.schema == SCHEMA
    assert got.to_pylist() == expected
    assert_told(found, expected)
    leased = pq.read_table(tmp_path / "leased.parquet").to_pylist()
    assert {row["lease_id"] for row in leased} == {each["lease_id"] for each in expected}
    assert all(expected[row["lease_no"]]["lease_id"] == row["lease_id"] for row in leased)
    assert {file.name for file in tmp_path.iterdir()} == LEFT
    key = ("exhibit", "work_id", "lease_id")
    assert sorted(str([row[name] for name in key]) for row in leased) == sorted(
        str([row[name] for name in key]) for row in rows
    )


def leases(tmp_path: Path, engine, works, rows, attributed=NOBODY):
    path = tmp_path / "s.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema_of("sightings")), path)
    folded = fold(engine, [path], works, tmp_path / "rows.parquet")
    pq.write_table(attributed, tmp_path / "attributed.parquet")
    held, into = tmp_path / "attributed.parquet", tmp_path / "leased.parquet"
    return pq.read_table(lease(engine, folded.rows, held, into, tmp_path / "l.parquet").leases).to_pylist()


@pytest.mark.parametrize(
    ("gap", "n"), [(dt.timedelta(days=90), 1), (dt.timedelta(days=90, microseconds=1), 2)]
)
def test_silence_parts(tmp_path: Path, engine, works, one, gap: dt.timedelta, n: int) -> None:
    assert len(leases(tmp_path, engine, works, [one(), one(observed_at=START + gap)])) == n


def test_a_change_of_holder_parts_and_an_unknown_day_does_not(tmp_path: Path, engine, works, one) -> None:
    days = [START + dt.timedelta(days=n) for n in range(4)]
    rows = [one(observed_at=day) for day in days]
    table = pa.table(
        {
            "ip": ["192.0.2.1"] * 4,
            "day": pa.array([day.date() for day in days], pa.date32()),
            "org_id": ["x", "", "x", "y"],
            "org_kind": ["vpn", "unknown", "vpn", "vpn"],
            "org_agreement": ["unanimous", "split", "stale", "unanimous"],
        }
    )
    first, second = leases(tmp_path, engine, works, rows, table)
    assert (first["org_id"], first["n_sightings"], first["org_agreement"]) == ("x", 3, "stale")
    assert (second["org_id"], second["first_seen"], second["org_agreement"]) == ("y", days[3], "unanimous")


def test_ports_cluster_and_inbound_ports_do_not(tmp_path: Path, engine, works, one) -> None:
    rows = [
        one(port=1),
        one(port=2),
        one(port=3, source="inbound"),
        one(port=4, source="inbound"),
        one(port=None),
    ]
    assert sorted(
        (each["port_cluster"], each["n_sightings"]) for each in leases(tmp_path, engine, works, rows)
    ) == [
        (0, 3),
        (1, 1),
        (2, 1),
    ]


def test_ipv6_is_leased_by_64_under_the_address_first_seen(tmp_path: Path, engine, works, one) -> None:
    rows = [
        one(ip="2001:db8::9"),
        one(ip="2001:db8::1", observed_at=START + dt.timedelta(seconds=1)),
        one(ip="2001:db8:0:1::1"),
    ]
    got = leases(tmp_path, engine, works, rows)
    assert [(each["ip"], each["n_sightings"]) for each in got] == [("2001:db8:0:1::1", 1), ("2001:db8::9", 2)]


def test_flags_are_not_more_than_nine_and_a_piece_is_no_growth(tmp_path: Path, engine, works, one) -> None:
    flags = leases(tmp_path, engine, works, [one(rung=11), one(rung=10)])
    assert (flags[0]["max_rung"], flags[0]["progressed"], flags[0]["given_bytes"]) == (0, False, 0)
    given = leases(tmp_path, engine, works, [one(rung=7, bytes_received=5), one(rung=3, bytes_received=7)])
    assert (given[0]["max_rung"], given[0]["progressed"], given[0]["given_bytes"]) == (7, False, 5)
    grown = leases(tmp_path, engine, works, [one(rung=4)])
    assert grown[0]["progressed"] is True


def test_the_columns_are_the_interchange_s() -> None:
    assert SCHEMA.names == [column.name for column in LEASES]


def test_the_name_of_a_lease() -> None:
    # printf '192.0.2.1|6881|2023-01-01T00:00:00.000000Z' | sha256sum
    assert lease_id_of("192.0.2.1", 6881, 1_672_531_200_000_000) == "3cb34b590f9df59a"


def test_what_attribution_is_asked(tmp_path: Path, engine, works, one) -> None:
    later = START + dt.timedelta(hours=23, minutes=59)
    rows = [
        one(observed_at=later),
        one(),
        one(observed_at=START + dt.timedelta(days=1)),
        one(ip="2001:db8::1"),
    ]
    path = tmp_path / "s.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema_of("sightings")), path)
    folded = fold(engine, [path], works, tmp_path / "rows.parquet")
    attribute(engine, folded.rows, HOLDINGS.empty_table(), tmp_path / "held.parquet")
    pairs = schema(ip="text", day="date")
    asked = collect(engine, engine.scan(tmp_path / "held.parquet"), pairs, ["ip", "day"])
    assert [tuple(row.values()) for row in asked.to_pylist()] == [
        ("192.0.2.1", dt.date(2023, 1, 1)),
        ("192.0.2.1", dt.date(2023, 1, 2)),
        ("2001:db8::1", dt.date(2023, 1, 1)),
    ]
