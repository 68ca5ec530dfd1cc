# SPDX-License-Identifier: Apache-2.0
"""Months and years in which something was seen."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from swarmwitness.relations import fold, series


@pytest.mark.parametrize("rung_min", [0, 4])
def test_series_equal_a_plain_reading(tmp_path: Path, engine, oracle, works, world, rung_min: int) -> None:
    made = world(1)
    folded = fold(engine, made.write(tmp_path), works, tmp_path / "rows.parquet")
    got = series(engine, folded.rows, made.member_table(), rung_min=rung_min)
    rows = oracle.fold(made.sightings)
    for row in rows:
        row["lease_id"] = ""
    months, years = [], []
    for name in ("everyone", "corporate", "empty", "hidden"):
        for scope in ("case", "all"):
            chosen = oracle.chosen(rows, made.members, name, scope, rung_min)
            for key, told in ((("year", "month"), months), (("year",), years)):
                periods = defaultdict(list)
                for row in chosen:
                    periods[tuple(getattr(row["observed_at"], part) for part in key)].append(row)
                for period, own in sorted(periods.items()):
                    counted = oracle.count(own, scope)
                    told.append(
                        {"set": name, "scope": scope}
                        | dict(zip(key, period, strict=True))
                        | {unit: counted[unit] for unit in ("sightings", "downloads", "works")}
                    )
    assert got.months.to_pylist() == months
    assert got.years.to_pylist() == years
