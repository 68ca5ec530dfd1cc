# SPDX-License-Identifier: Apache-2.0
"""Completion curves out of rows: who is drawn, who is counted, and that nothing grows without bound."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.case.results import curves
from swarmwitness.case.results.curves import MOST_PEERS, MOST_POINTS, MOST_SWARMS, Curves, completion_curves
from swarmwitness.observation import to_table
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting

A, B = "aa" * 20, "bb" * 20


def row(at: int, ip: str, rung: Rung, progress: float | None, info_hash: str = A) -> Sighting:
    return Sighting(at, ip, 6881, info_hash, rung, "outbound", "log:o/1", "here", progress=progress)


def drawn(folder: Path, rows: list[Sighting], alias: str = "") -> Curves:
    """From two files, the later rows first."""
    halves = (rows[len(rows) // 2 :], rows[: len(rows) // 2])
    files = [folder / f"{number}.parquet" for number in range(2)]
    for file, half in zip(files, halves, strict=True):
        pq.write_table(to_table(half), file)
    return completion_curves(files, lambda name: alias or name)


GREW = [
    row(10, "192.0.2.1", Rung.CLAIMED, 0.2),
    row(20, "192.0.2.1", Rung.CHALLENGED, 0.2),
    row(30, "192.0.2.1", Rung.PROGRESSED, 0.5),
    row(40, "192.0.2.1", Rung.PIECE, 0.5),
    row(50, "192.0.2.1", Rung.PROGRESSED, 0.9),
]


def test_a_curve_has_its_points_and_marks_in_time(tmp_path: Path) -> None:
    rows = [*GREW, row(5, "192.0.2.1", Rung.LISTED, None), row(15, "192.0.2.2", Rung.CLAIMED, 1.0)]
    (swarm,) = drawn(tmp_path, rows).swarms
    first, second = swarm.curves
    assert (first.ip, second.ip) == ("192.0.2.1", "192.0.2.2")
    assert first.points == ((10, 0.2), (20, 0.2), (30, 0.5), (40, 0.5), (50, 0.9))
    assert (first.challenges, first.pieces, first.left_out) == ((20,), (40,), 0)
    assert second.points == ((15, 1.0),)
    assert (swarm.others, swarm.others_grew) == (0, 0)


def test_two_names_of_a_torrent_are_one_swarm(tmp_path: Path) -> None:
    rows = [*GREW, row(60, "192.0.2.1", Rung.PROGRESSED, 1.0, B)]
    (swarm,) = drawn(tmp_path, rows, alias="torrent").swarms
    assert swarm.torrent == "torrent"
    assert swarm.curves[0].points[-1] == (60, 1.0)


def test_those_that_grew_most_are_drawn_and_the_others_counted(tmp_path: Path) -> None:
    rows = []
    for n in range(1, MOST_PEERS + 6):
        rows += [
            row(1, f"192.0.2.{n}", Rung.CLAIMED, 0.1),
            row(9, f"192.0.2.{n}", Rung.PROGRESSED, 0.1 + n / 50),
        ]
    # It shrank between two connections, which is no growth.
    rows += [row(1, "192.0.2.99", Rung.CLAIMED, 1.0), row(2, "192.0.2.99", Rung.CLAIMED, 0.1)]
    (swarm,) = drawn(tmp_path, rows).swarms
    assert [c.ip for c in swarm.curves] == [f"192.0.2.{n}" for n in range(MOST_PEERS + 5, 5, -1)]
    assert (swarm.others, swarm.others_grew) == (6, 5)


def test_swarms_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    rows = [row(1, "192.0.2.1", Rung.CLAIMED, 0.1, f"{n:040x}") for n in range(MOST_SWARMS + 3)]
    made = drawn(tmp_path, rows)
    assert (len(made.swarms), made.others) == (MOST_SWARMS, 3)


def test_points_and_marks_are_bounded_and_the_ends_kept(tmp_path: Path) -> None:
    n = 9 * MOST_POINTS
    rows = [row(at, "192.0.2.1", Rung.CLAIMED, (at % 7 + 1) / 10) for at in range(n)]
    rows += [row(n + at, "192.0.2.1", Rung.CHALLENGED, 0.9) for at in range(MOST_POINTS + 2)]
    ((curve,),) = (swarm.curves for swarm in drawn(tmp_path, rows).swarms)
    assert len(curve.points) <= MOST_POINTS
    assert len(curve.challenges) == MOST_POINTS
    assert curve.left_out > n - MOST_POINTS
    assert curve.points[0][0] == 0
    assert curve.points[-1] == (n + MOST_POINTS + 1, 0.9)


def test_a_level_stretch_loses_nothing_to_the_eye(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "_AT_ONCE", 3)
    rows = [row(at, "192.0.2.1", Rung.CLAIMED, 0.1 if at < 50 else 0.2) for at in range(100)]
    ((curve,),) = (swarm.curves for swarm in drawn(tmp_path, rows).swarms)
    assert curve.points == ((0, 0.1), (49, 0.1), (50, 0.2), (99, 0.2))
    assert curve.left_out == 0


def test_what_others_assert_is_not_drawn(tmp_path: Path) -> None:
    table = to_table(GREW)
    place = table.schema.get_field_index("rung_basis")
    asserted = table.set_column(place, "rung_basis", pa.array(["asserted"] * len(GREW)))
    pq.write_table(asserted, tmp_path / "foreign.parquet")
    assert completion_curves([tmp_path / "foreign.parquet"], str) == Curves()
    assert completion_curves([], str) == Curves()
