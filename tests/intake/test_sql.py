# SPDX-License-Identifier: Apache-2.0
"""The fast reader never takes what the slow one refuses, nor for another value; common spellings it takes."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.intake.mapping import FileMapping
from swarmwitness.intake.pieces import Piece
from swarmwitness.intake.rules import columns_of
from swarmwitness.intake.sql import literal, quoted
from swarmwitness.intake.taking import Taking

HASH = "ab" * 20
BASE = {"observed_at": "2020-01-01T00:00:00Z", "ip": "192.0.2.1", "info_hash": HASH}
ODD = {
    "timestamp": [
        "2020-01-01T00:00:00Z",
        "2020-01-01 00:00:00.1234567z",
        "2020-01-01t00:00:00Z",
        "2020-01-01T00:00:00.123456789+05:30",
        "2020-02-30T00:00:00Z",
        "2020-01-01T24:00:00Z",
        "2020-01-01T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59.999999-01:00",
        "9999-12-31T23:59:59.999999Z",
        "2020-01-01T00:00:00",
        "2020-01-01T00:00:00+24:00",
        "2020-01-01T00:00:00+0530",
        "2020-01-01T00:00:00 Z",
        "2020-01-01",
        "infinity",
        "epoch",
        "2020-01-01T00:00:00 Europe/Berlin",
        "1969-12-31T23:59:59.9999999Z",
        "",
    ],
    "ip": [
        "192.0.2.1",
        "192.0.2.01",
        "192.0.2.256",
        "::ffff:192.0.2.1",
        "::FFFF:C000:0201",
        "2001:DB8::1",
        "fe80::1%lo",
        "",
        " 192.0.2.1",
        "192.0.2.1\n",
        "0.0.0.0",
        "1.2.3",
        "16909060",
    ],
    "port": [
        "1",
        "65535",
        "0",
        "65536",
        "007",
        "1.0",
        "1e3",
        "-1",
        "+1",
        " 1",
        "1_0",
        "0x1",
        "٣",
        "99999999999999999999",
        "",
    ],
    "info_hash": [HASH, HASH.upper(), HASH[1:], HASH + "a", "ab" * 32, "zz" * 20, HASH + "\n", "ａ" * 40, ""],
    "rung": [
        "0",
        "11",
        "12",
        "piece",
        "PIECE",
        "Third-Party",
        "third_party",
        "lısted",
        "blocK",
        "Block",
        "01",
        "1.0",
        " 1",
        "",
        "-1",
    ],
    "progress": [
        "0",
        "1",
        "1.0",
        "0.5",
        "1.5",
        "-0",
        "nan",
        "NaN",
        "inf",
        "1e-3",
        "1e400",
        ".5",
        "5.",
        "+0.5",
        "0x1p-1",
        "1_0",
        " 0.5",
        "0,5",
        "1e-400",
        "",
    ],
    "bytes_received": ["0", "9223372036854775807", "9223372036854775808", "1.9", "1e3", "-0", ""],
    "source": ["tracker", "Tracker", "rumour", "", "dht "],
    "peer_id": ["2d" * 20, "2D" * 20, "2d" * 19, "-qB4500-abcdefghijkl", ""],
    "pieces": ["ff", "f", "FF00", "zz", "", "0xff"],
    "time_error_s": ["0.01", "-1", "1e308", "1e309", "", "0.1e0"],
    "client": ["", " ", "x'; DROP TABLE piece; --", '"', "ü", "\u202e"],
    "observed_until": ["2020-01-01T00:00:00Z", "", "never"],
    "reserved": ["00" * 8, "00" * 7, ""],
}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


def taking(columns: list[str], zone: str | None = None, table: str = "sightings") -> Taking:
    present = tuple(column for column in columns_of(table) if column.name in columns)
    return Taking(table, present, FileMapping(zone=zone), "00" * 32)


def compare(
    connection: duckdb.DuckDBPyConnection,
    columns: dict[str, list[str]],
    zone: str | None = None,
    table: str = "sightings",
) -> list[bool]:
    """Take rows both ways; which of them SQL settled alone."""
    n = len(next(iter(columns.values())))
    piece = Piece(
        {name: pa.array(texts, pa.string()) for name, texts in columns.items()},
        range(1, n + 1),
        range(1, n + 1),
        str,
    )
    judge = taking(list(columns), zone, table)
    raw = judge._query(piece, connection)
    settled = raw.column("settled").to_pylist()
    rows, broken = judge.take(piece, connection)
    by_record = {int(row["exhibit"].partition("#")[2]): row for row in rows.to_pylist()}
    refused = {one.record for one in broken}
    for at in range(n):
        try:
            expected = judge.judge({name: texts[at] for name, texts in columns.items()}, at + 1)
        except ValueError:
            assert at + 1 in refused, {name: texts[at] for name, texts in columns.items()}
            assert not settled[at]
            continue
        typed = pa.Table.from_pylist([expected], rows.schema).to_pylist()[0]
        assert by_record[at + 1] == typed
    return [bool(flag) for flag in settled]


@pytest.mark.parametrize("column", sorted(set(ODD) - {"timestamp"} | {"observed_at"}))
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_odd_spellings_have_one_outcome(
    connection: duckdb.DuckDBPyConnection, column: str, zone: str | None
) -> None:
    texts = ODD["timestamp" if column == "observed_at" else column]
    columns = {name: [text] * len(texts) for name, text in BASE.items()} | {column: texts}
    settled = compare(connection, columns, zone)
    assert len(settled) == len(texts)


def test_the_common_spellings_need_no_slow_path(connection: duckdb.DuckDBPyConnection) -> None:
    columns = BASE | {
        "port": "6881",
        "rung": "Third-Party",
        "source": "dht",
        "progress": "0.25",
        "peer_id": "2D" * 20,
        "ip": "::ffff:192.0.2.1",
        "observed_until": "2020-01-01 00:00:00.123456789+02:00",
        "bytes_received": "16384",
    }
    assert compare(connection, {name: [text] for name, text in columns.items()}) == [True]
    local = BASE | {"observed_at": "2020-07-01 12:00:00.25"}
    assert compare(connection, {name: [text] for name, text in local.items()}, "Europe/Berlin") == [True]


def hours(zone_change: str) -> list[str]:
    return [f"{zone_change}T{hour:02}:{minute}:00" for hour in range(24) for minute in ("00", "30", "59")]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize(
    "day", ["2020-03-29", "2020-10-25", "2020-11-01", "2020-03-08", "2020-04-05", "2020-06-01"]
)
def test_days_on_which_clocks_change(connection: duckdb.DuckDBPyConnection, zone: str, day: str) -> None:
    texts = hours(day)
    columns = {name: [text] * len(texts) for name, text in BASE.items()} | {"observed_at": texts}
    settled = compare(connection, columns, zone)
    assert sum(settled) >= len(texts) - 3 * 8


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        (
            "networks",
            {
                "prefix": [
                    "192.0.2.0/24",
                    "192.0.2.1/24",
                    "2001:DB8::/32",
                    "x",
                    "10.0.0.0/8",
                    "10.0.0.0/8",
                    "",
                ],
                "org_id": ["a", "a", "a", "a", "a", "", "b"],
                "valid_from": ["2020-01-01", "", "2020-02-30", "", "2020-01-02", "", ""],
                "valid_to": ["2020-01-02", "", "", "", "2020-01-02", "", ""],
                "kind": ["vpn", "", "VPN", "", "", "", "unknown"],
            },
        ),
        (
            "works",
            {
                "info_hash": [HASH] * 4,
                "title": ["t", "", "t", " "],
                "season": ["1", "1", "-1", ""],
                "sensitive": ["True", "0", "2", ""],
                "released_at": ["2020-01-01T00:00:00Z", "", "2020", ""],
            },
        ),
        (
            "coverage",
            {
                "info_hash": [HASH] * 3,
                "watched_from": ["2020-01-01T00:00:00Z"] * 3,
                "watched_to": ["2020-01-01T00:00:01Z", "2020-01-01T00:00:00Z", ""],
                "polls_per_day": ["0.5", "1e2", "-1"],
            },
        ),
    ],
)
def test_other_tables(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list[str]]
) -> None:
    assert compare(connection, columns, table=table)[0] is True


cells = st.one_of(
    *(st.sampled_from(texts) for texts in ODD.values()),
    st.text(max_size=8),
    st.from_regex(r"[0-9.:eE+-]{1,20}"),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(*([cells] * 6)), min_size=1, max_size=30), st.sampled_from([None, "America/Sao_Paulo"])
)
def test_any_cells_have_one_outcome(
    connection: duckdb.DuckDBPyConnection, rows: list[tuple[str, ...]], zone: str | None
) -> None:
    names = ["observed_at", "ip", "info_hash", "rung", "progress", "port"]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    assert len(compare(connection, columns, zone)) == len(rows)


def test_names_and_texts_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
    assert literal("a'b") == "'a''b'"
