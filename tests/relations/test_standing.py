# SPDX-License-Identifier: Apache-2.0
"""How the sources stand to all addresses: equal to a plain count, on every engine."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations.holders import ATTRIBUTED
from swarmwitness.relations.schema import schema
from swarmwitness.relations.standing import standing

DAY = dt.date(2025, 1, 1)
ROWS = schema(observed_at="timestamp", ip="text", source="text", port="int", counts_all="int")
TOLD = [
    ("192.0.2.1", 0, "unanimous"),
    ("192.0.2.1", 1, "stale"),
    ("192.0.2.1", 2, "stale"),
    ("192.0.2.2", 0, "stale"),
    ("2001:db8::1", 0, "unknown"),
    ("2001:db8:0:1::1", 0, "unknown"),
]


def files(folder: Path, told: list[tuple[str, int, str]]) -> tuple[Path, Path, Path]:
    """Rows, answers and leases of these addresses."""
    days = [(ip, DAY + dt.timedelta(days=day), agreement) for ip, day, agreement in told]
    at = {day: dt.datetime.combine(day, dt.time(12), dt.UTC) for _, day, _ in days}
    rows = [
        {"observed_at": at[day], "ip": ip, "source": "tracker", "port": 1, "counts_all": 1}
        for ip, day, _ in days
    ]
    answers = [
        {"ip": ip, "day": day, "org_id": "", "org_kind": "", "org_agreement": agreement}
        for ip, day, agreement in days
    ]
    leases = pa.table({"org_kind": pa.array(["vpn", "mobile", "vpn"][: len(told)], pa.string())})
    made = folder / "rows.parquet", folder / "answers.parquet", folder / "leases.parquet"
    pq.write_table(pa.Table.from_pylist(rows, ROWS), made[0])
    pq.write_table(pa.Table.from_pylist(answers, ATTRIBUTED), made[1])
    pq.write_table(leases, made[2])
    return made


def test_days_addresses_and_kinds_are_counted(tmp_path: Path, engine) -> None:
    found = standing(engine, *files(tmp_path, TOLD))
    assert found.days == Counter(agreement for *_, agreement in TOLD)
    assert found.addresses == {"stale": 2, "unanimous": 1, "unknown": 2}
    assert found.kinds == {"mobile": 1, "vpn": 2}
    assert [(b["block"], b["n_blocks"]) for b in found.blocks] == [(48, 1), (56, 1), (64, 2), (128, 2)]


def test_without_ipv6_no_block_is_told(tmp_path: Path, engine) -> None:
    assert standing(engine, *files(tmp_path, TOLD[:4])).blocks == ()


def test_nothing_is_no_crash(tmp_path: Path, engine) -> None:
    found = standing(engine, *files(tmp_path, []))
    assert (found.days, found.addresses, found.kinds, found.blocks) == ({}, {}, {}, ())


def test_kinds_that_come_late_in_a_long_file_are_counted(tmp_path: Path, engine) -> None:
    """Each group of rows of the file has words of its own."""
    file = tmp_path / "long.parquet"
    kinds = pa.table({"org_kind": ["vpn"] * 5 + ["mobile"] * 5 + ["corporate", "vpn"]})
    pq.write_table(kinds, file, row_group_size=5)
    found = standing(engine, *files(tmp_path, TOLD)[:2], file)
    assert found.kinds == {"corporate": 1, "mobile": 5, "vpn": 6}
