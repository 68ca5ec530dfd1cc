# SPDX-License-Identifier: Apache-2.0
"""Our own watching as tables beside those of others, and what a run makes of it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from swarmwitness.case.inputs import take_inputs
from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.case.logs.watched import coverage_of, polls_of
from swarmwitness.intake import schema_of
from swarmwitness.observation.aside import Poll, Watched
from swarmwitness.terms import InfoHash

NAME = InfoHash(bytes(20))
DAY = 86_400_000_000


def gathered() -> Gathered:
    made = Gathered()
    made.next_log("far.example/oslo")
    for outcome in ("answered", "refused"):
        made(Poll("here", NAME, 7 * DAY, outcome, "tracker", exhibit="log:far.example/oslo/9"))
    made(Watched("here", NAME, 6 * DAY, 10 * DAY))
    return made


def test_the_tables_have_the_columns_of_interchange() -> None:
    def rename(name: str, origin: str) -> str:
        return f"{name} of {origin}"

    coverage, polls = coverage_of(gathered(), rename), polls_of(gathered(), rename)
    assert coverage.schema == schema_of("coverage")
    assert polls.schema == schema_of("polls")
    (row,) = coverage.to_pylist()
    assert row["collector"] == "here of far.example/oslo"
    assert row["vantage"] == "here"
    assert row["polls_per_day"] == 0.5
    assert row["watched_to"] - row["watched_from"] == dt.timedelta(days=4)
    assert [p["outcome"] for p in polls.to_pylist()] == ["answered", "refused"]
    assert {p["source"] for p in polls.to_pylist()} == {"tracker"}


def test_a_case_joins_them_with_what_others_state(
    small_case: Path, watched_log: Callable[..., Any], tmp_path: Path
) -> None:
    shutil.rmtree(small_case / "evidence", ignore_errors=True)
    watched_log(small_case / "evidence", "here.example/log")
    (small_case / "polls.csv").write_text(
        "collector,info_hash,polled_at,outcome\nvendor," + "ab" * 20 + ",2026-01-01T00:00:00Z,answered\n"
        "vendor,nonsense,2026-01-01T00:00:00Z,answered\n"
    )
    work = tmp_path / "work"
    work.mkdir()
    inputs = take_inputs(small_case, work, 1)
    assert "vendor" in inputs.polls.column("collector").to_pylist()
    assert any("polls.csv: rows rejected: 1" in warning for warning in inputs.warnings)
    own = [row for row in inputs.coverage.to_pylist() if row["vantage"] == "here"]
    assert own
    assert inputs.coverage.num_rows == inputs.coverage_stated + len(own)
    assert inputs.gathered is not None
