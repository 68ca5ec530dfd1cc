# SPDX-License-Identifier: Apache-2.0
"""One piece in: what comes out keeps the file's order, whichever way each row was read."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from swarmwitness.intake.mapping import FileMapping
from swarmwitness.intake.pieces import Broken, Piece
from swarmwitness.intake.rules import columns_of
from swarmwitness.intake.taking import Taking, schema_of

HASH = "ab" * 20
SHA = "cd" * 32


def take(
    columns: dict[str, list[str]], mapping: FileMapping | None = None, **more: object
) -> tuple[pa.Table, list[Broken]]:
    n = len(columns["ip"])
    numbers = range(5, 5 + n)
    piece = Piece({name: pa.array(cells) for name, cells in columns.items()}, numbers, numbers, str, **more)  # type: ignore[arg-type]
    present = tuple(column for column in columns_of("sightings") if column.name in columns)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return Taking("sightings", present, mapping or FileMapping(), SHA).take(piece, connection)


def columns(times: list[str], **more: list[str]) -> dict[str, list[str]]:
    n = len(times)
    return {"observed_at": times, "ip": ["192.0.2.1"] * n, "info_hash": [HASH] * n, **more}


def test_odd_rows_stay_in_their_place() -> None:
    # The lower-case z is for the slow reader; the second row is for nobody.
    times = ["2020-01-01T00:00:00Z", "never", "2020-01-02T00:00:00z", "2020-01-03T00:00:00Z"]
    rows, broken = take(columns(times), broken=(Broken(4, 4, "before", "x"),))
    assert rows.column("exhibit").to_pylist() == [f"file:{SHA}#{n}" for n in (5, 7, 8)]
    assert [one.record for one in broken] == [4, 6]
    assert [at.day for at in rows.column("observed_at").to_pylist()] == [1, 2, 3]


def test_empty_cells_have_their_meaning() -> None:
    rows, _ = take(
        columns(["2020-01-01T00:00:00Z"], rung=[""], port=[""], source=[""]), FileMapping(precision_s=60.0)
    )
    (row,) = rows.to_pylist()
    assert (row["rung"], row["port"], row["source"], row["observed_at_precision_s"]) == (0, None, None, 60.0)
    assert (row["rung_basis"], row["collector"]) == ("asserted", None)


def test_the_slow_way_gives_an_empty_cell_the_same_meaning() -> None:
    mapping = FileMapping(precision_s=60.0)
    fast, _ = take(columns(["2020-01-01T00:00:00Z"], rung=[""]), mapping)
    slow, _ = take(columns(["2020-01-01T00:00:00z"], rung=[""]), mapping)
    assert slow.equals(fast)


def test_no_rows_and_the_schema() -> None:
    rows, broken = take(columns([]))
    assert (rows.num_rows, broken, rows.schema) == (0, [], schema_of("sightings"))
    assert schema_of("works").names[-1] == "exhibit"
    assert schema_of("sightings").field("observed_at").type == pa.timestamp("us", "UTC")


def test_a_reason_names_the_column() -> None:
    _, broken = take(columns(["2020-01-01T00:00:00Z"] * 2, port=["0", ""], progress=["0.5", "2"]))
    assert [one.reason for one in broken] == [
        "port: not between 1 and 65535: '0'",
        "progress: not between 0 and 1: '2'",
    ]


@pytest.mark.parametrize("missing", ["observed_at", "ip", "info_hash"])
def test_a_compulsory_cell_is_compulsory(missing: str) -> None:
    cells = columns(["2020-01-01T00:00:00Z"])
    cells[missing] = [""]
    rows, broken = take(cells)
    assert (rows.num_rows, broken[0].reason) == (0, f"{missing}: empty")


def test_a_reason_is_bounded() -> None:
    cells = columns(["2020-01-01T00:00:00Z"])
    cells["ip"] = ["1" * 10**6]
    _, broken = take(cells)
    assert len(broken[0].reason) <= 201
