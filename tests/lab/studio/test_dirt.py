# SPDX-License-Identifier: Apache-2.0
"""Dirt stands where the list says, and what is not on the list stays as it was."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from swarmwitness.lab.studio.dirt import duplicated, mapped, soiled_lines, soiled_table
from swarmwitness.lab.studio.writing import CSV_HEADER

ROW = b"2018-05-04T10:11:12.000001Z,198.18.1.1,6881," + b"a" * 40 + b",0,dht" + b"," * 11
TABLE = pa.table(
    {
        "observed_at": pa.array(range(500), pa.timestamp("us", "UTC")),
        "ip": ["198.18.1.1", "2001:db8::1"] * 250,
        "port": pa.array([6881] * 500, pa.int32()),
        "info_hash": ["a" * 40] * 500,
        "rung": pa.array([0] * 500, pa.int16()),
        "progress": pa.array([0.5] * 500, pa.float64()),
    }
)


def test_malformed_lines_are_where_the_list_says() -> None:
    lines = [b'x,"quoted\nbreak"' + b"," * 15 if n % 9 == 0 else ROW for n in range(400)]
    soiled, refused = soiled_lines("f.csv", CSV_HEADER, lines, np.random.default_rng(1))
    physical = b"\n".join([b"header", *soiled]).split(b"\n")
    assert len(refused) == len(soiled) - len(lines) == 40
    assert len({r.wrong for r in refused}) > 12
    kept = [line for number, line in enumerate(physical, 1) if number not in {r.line for r in refused}]
    assert b"\n".join(kept[1:]) == b"\n".join(lines)
    assert all(physical[r.line - 1] != ROW for r in refused)


def test_malformed_records_are_where_the_list_says() -> None:
    soiled, refused = soiled_table("f.parquet", TABLE, np.random.default_rng(2))
    assert len(refused) == len(soiled) - len(TABLE) == 18
    bad = {r.line - 1 for r in refused}
    kept = soiled.take([n for n in range(len(soiled)) if n not in bad])
    assert kept.equals(TABLE)
    ports = [soiled.column("port")[r.line - 1].as_py() for r in refused if r.wrong == "a port above 65535"]
    assert ports == [70_000, 70_000]


def test_repeats_stand_behind_their_row() -> None:
    again = duplicated(TABLE, 0.1, np.random.default_rng(3))
    times = again.column("observed_at").cast(pa.int64()).to_pylist()
    assert len(TABLE) < len(again) < 1.3 * len(TABLE)
    assert sorted(set(times)) == list(range(500))
    assert times == sorted(times)


def test_only_ipv4_is_spelled_as_mapped() -> None:
    spelled = mapped(TABLE, 1.0, np.random.default_rng(4)).column("ip").to_pylist()
    assert set(spelled) == {"::ffff:198.18.1.1", "2001:db8::1"}
