# SPDX-License-Identifier: Apache-2.0
"""Callers of a table under the port by which others know them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.case.results.joining import PEER, as_joined, joined_callers
from swarmwitness.observation import to_table
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.bencode import encode

SWARM = "ab" * 20


def row(port: int, source: str, says: int | None = None) -> Sighting:
    ltep = None if says is None else encode({b"m": {}, b"p": says}).hex()
    return Sighting(
        5, "192.0.2.1", port, SWARM, Rung.HANDSHAKEN, source, "log:o/1", "here", ltep=ltep, time_tainted=False
    )


def written(file: Path, *rows: Sighting) -> Path:
    pq.write_table(to_table(rows), file)
    return file


def test_callers_are_told_across_files_in_any_order(tmp_path: Path) -> None:
    known = written(tmp_path / "a.parquet", row(7000, "outbound"))
    calls = written(tmp_path / "b.parquet", row(50_001, "inbound", 7000), row(50_002, "inbound"))
    joined = joined_callers([known, calls])
    assert joined is not None
    found = {(each["port"], each["joined"]) for each in joined.to_pylist()}
    assert found == {(50_001, 7000), (50_002, 7000)}


def test_rows_bear_the_joined_port_and_keep_their_columns(tmp_path: Path) -> None:
    file = written(tmp_path / "a.parquet", row(50_001, "inbound", 7000), row(6000, "outbound"))
    rows = pq.read_table(file).select([*PEER, "rung"])
    made = as_joined(rows, joined_callers([file]))
    assert made.schema.names == rows.schema.names
    assert sorted(made.column("port").to_pylist()) == [6000, 7000]
    assert as_joined(rows, None) is rows


def test_without_callers_nothing_is_joined(tmp_path: Path) -> None:
    assert joined_callers([written(tmp_path / "a.parquet", row(6000, "outbound"))]) is None
    assert joined_callers([]) is None
    table = to_table([row(50_001, "inbound", 7000)])
    place = table.schema.get_field_index("rung_basis")
    pq.write_table(table.set_column(place, "rung_basis", pa.array(["asserted"])), tmp_path / "b.parquet")
    assert joined_callers([tmp_path / "b.parquet"]) is None, "what others assert joins nobody"
