# SPDX-License-Identifier: Apache-2.0
"""Of all answers a case reads those that name its organisations, and the first on which sources differ."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa

from swarmwitness.relations.answers import PAIRS, RUNS, first_splits, held_by, n_splits_claimed
from swarmwitness.relations.holders import HOLDINGS

DAY = dt.date(2023, 1, 1)
ONE, SECOND, SIX = "192.0.2.9", "192.0.2.10", "2001:db8::1"


def on(n: int) -> dt.date:
    return DAY + dt.timedelta(days=n)


def answers(tmp_path: Path, world) -> Path:
    made = world(1, 0)
    made.holders = {
        **{(ONE, on(n)): ("x", "vpn", "unanimous") for n in (0, 1, 2, 5, 59, 60)},
        (SECOND, on(0)): ("x", "vpn", "stale"),
        (SECOND, on(1)): ("y", "vpn", "unanimous"),
        (SECOND, on(2)): ("x", "vpn", "stale"),
        (SECOND, on(3)): ("x", "vpn", "majority"),
        **{(ONE, on(n)): ("", "unknown", "split") for n in (7, 8)},
        **{(SIX, on(n)): ("", "unknown", "split") for n in (4, 5)},
        (SECOND, on(9)): ("", "unknown", "split"),
    }
    return made.attributed_file(tmp_path)


def test_neighbouring_days_are_one_run(tmp_path: Path, engine, world) -> None:
    found = held_by(engine, answers(tmp_path, world), "x")
    assert found.runs.schema == RUNS
    assert [tuple(row.values()) for row in found.runs.to_pylist()] == [
        (SECOND, on(3), on(3)),
        (ONE, on(0), on(2)),
        (ONE, on(5), on(5)),
        (ONE, on(59), on(60)),
    ]
    assert (found.unsure, found.named) == ({"stale": 1}, True)


def test_days_outside_are_left_out_and_a_stranger_holds_nothing(tmp_path: Path, engine, world) -> None:
    file = answers(tmp_path, world)
    found = held_by(engine, file, "x", on(1), on(3))
    assert [tuple(row.values()) for row in found.runs.to_pylist()] == [(ONE, on(1), on(2))]
    assert found.unsure == {"stale": 1}
    stranger = held_by(engine, file, "z")
    assert (stranger.runs.num_rows, stranger.unsure, stranger.named) == (0, {}, False)


def test_the_first_addresses_on_which_sources_differ(tmp_path: Path, engine, world) -> None:
    found = first_splits(engine, answers(tmp_path, world), 2)
    assert found.schema == PAIRS
    assert [tuple(row.values()) for row in found.to_pylist()] == [(SECOND, on(9)), (ONE, on(7))]


def test_split_addresses_are_counted_where_a_claim_holds(tmp_path: Path, engine, world) -> None:
    file = answers(tmp_path, world)
    claims = [
        ("192000002000", "192000002255", on(8), None),
        ("20010db8" + "0" * 24, "20010db8" + "f" * 24, None, on(5)),
    ]
    rows = [dict(zip(HOLDINGS.names, (*each, "x", "unknown", "split"), strict=True)) for each in claims]
    table = pa.Table.from_pylist(rows, HOLDINGS)
    assert n_splits_claimed(engine, file, table) == 3
    assert n_splits_claimed(engine, file, table, on(9), None) == 1
    assert n_splits_claimed(engine, file, table.slice(0, 0)) == 0
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
