# SPDX-License-Identifier: Apache-2.0
"""Of all answers a case reads those that name its organisations, and those on which sources differ."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq

from swarmwitness.relations.answers import ANSWERS, answers_naming, split_days

DAY = dt.date(2023, 1, 1)


def test_answers_are_chosen_and_ordered(tmp_path: Path, engine, world) -> None:
    made = world(1, 0)
    made.holders = {
        ("192.0.2.9", DAY): ("x", "vpn", "unanimous"),
        ("192.0.2.10", DAY): ("x", "vpn", "stale"),
        ("192.0.2.10", DAY + dt.timedelta(days=1)): ("y", "vpn", "unanimous"),
        ("192.0.2.11", DAY): ("", "unknown", "split"),
    }
    file = made.attributed_file(tmp_path)
    assert pq.read_schema(file).names == ANSWERS.names
    found = answers_naming(engine, file, ["x", "x", "z"])
    assert [row["ip"] for row in found.to_pylist()] == ["192.0.2.10", "192.0.2.9"]
    assert found.schema == ANSWERS
    assert answers_naming(engine, file, []).num_rows == 0
    assert split_days(engine, file).to_pylist() == [{"ip": "192.0.2.11", "day": DAY}]
