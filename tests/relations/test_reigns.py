# SPDX-License-Identifier: Apache-2.0
"""The days of a stretch, without a gap."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from swarmwitness.relations.address import key_of
from swarmwitness.relations.holders import HOLDINGS
from swarmwitness.relations.reigns import Reigns


def holdings(n: int) -> pa.Table:
    """One address, every second month of 2020 and later."""
    verdict = {"org_id": "a", "org_kind": "vpn", "org_agreement": "stale"}
    key = {"first": key_of("192.0.2.1"), "last": key_of("192.0.2.1")}
    begin = [dt.date(2020 + at // 6, 1 + 2 * (at % 6), 1) for at in range(n)]
    days = [{"from_day": day, "to_day": day.replace(month=day.month + 1)} for day in begin]
    return pa.Table.from_pylist([key | each | verdict for each in reversed(days)], HOLDINGS)


def test_gaps_and_both_ends_are_unknown() -> None:
    reigns = Reigns.of(holdings(2), 9)
    table = reigns.over(np.array([0, -1]), np.empty(0, np.int64))
    orgs = reigns.verdicts.column("org_id").to_pylist()
    rows = sorted((row["held"], row["from_day"], orgs[row["verdict"]]) for row in table.to_pylist())
    assert rows == [
        (-1, dt.date.min, ""),
        (0, dt.date.min, ""),
        (0, dt.date(2020, 1, 1), "a"),
        (0, dt.date(2020, 2, 1), ""),
        (0, dt.date(2020, 3, 1), "a"),
        (0, dt.date(2020, 4, 1), ""),
    ]


def test_a_restless_stretch_is_told_by_the_months_that_occur() -> None:
    reigns = Reigns.of(holdings(6), 9)
    assert reigns.restless.tolist() == [0]
    months = np.array([12 * 2020 + 3, 12 * 2020 + 4, 12 * 2031 + 1])
    table = reigns.over(np.array([0]), months).to_pylist()
    orgs = reigns.verdicts.column("org_id").to_pylist()
    assert [(row["month"] - 12 * 2020, orgs[row["verdict"]]) for row in table] == [
        (3, "a"),
        (4, ""),
        (133, ""),
    ]


def test_verdicts_are_told_once() -> None:
    reigns = Reigns.of(holdings(6), 9)
    assert reigns.verdicts.to_pylist() == [
        {"verdict": 0, "org_id": "a", "org_kind": "vpn", "org_agreement": "stale"},
        {"verdict": 1, "org_id": "", "org_kind": "unknown", "org_agreement": "unknown"},
    ]
