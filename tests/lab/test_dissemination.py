# SPDX-License-Identifier: Apache-2.0
"""Bounds against truth with real clients: one swarm for real, and the committed figures of two hundred."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from swarmwitness.inference.proportions import proportion
from swarmwitness.lab.dissemination import SCENARIOS, draw, read_lines, run_many, summary
from swarmwitness.lab.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "method" / "data" / "dissemination.json"
CALIBRATION = ROOT / "src" / "swarmwitness" / "inference" / "calibration" / "dissemination-1.0.0.json"
STAGE = Stage((), "127.18")


def test_a_number_is_a_swarm() -> None:
    assert draw(7, STAGE) == draw(7, STAGE)
    drawn = [draw(number, STAGE) for number in range(200)]
    assert {plan.scenario for plan in drawn} == set(SCENARIOS)
    for plan in drawn:
        assert len({bird.listen for bird in plan.birds}) == len(plan.birds)
        assert 6 <= len(plan.birds) <= 10


def test_what_failed_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    file.write_text('{"swarm": 1, "failed": "timeout"}\n{"swarm": 2, "judged": []}\n{"swarm": 3, "ju')
    assert [line["swarm"] for line in read_lines(file)] == [2]
    assert read_lines(tmp_path / "none") == []


def test_a_violation_would_be_counted() -> None:
    def line(bound: int, gave: int) -> dict[str, object]:
        judged = [
            {
                "endpoint": "e",
                "bound_bytes": bound,
                "if_told_true_bytes": bound,
                "pieces": 1,
                "gave_bytes": gave,
            }
        ]
        return {"swarm": 1, "scenario": "one_seed", "gave_observer_bytes": 0, "judged": judged}

    made = summary([line(5, 10), line(11, 10), line(0, 0)])
    assert (made["swarms"], made["bounds_above_zero"], made["violations"]) == (3, 2, 1)


@pytest.mark.lab
@pytest.mark.slow
def test_one_swarm_of_real_clients(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    run_many([1], 1, tmp_path / "out.jsonl")
    (line,) = read_lines(tmp_path / "out.jsonl")
    assert line["peers_told"] == line["clients"]
    assert line["gave_observer_bytes"] == 0
    judged = line["judged"]
    assert isinstance(judged, list)
    assert all(row["bound_bytes"] <= row["gave_bytes"] for row in judged)


def test_the_committed_figures() -> None:
    made = json.loads(DATA.read_text())
    assert made["summary"]["swarms"] >= 200
    assert made["summary"]["violations"] == 0
    assert made["summary"]["gave_observer_bytes"] == 0
    assert made["summary"] == summary(made["lines"])
    printed = json.loads(CALIBRATION.read_text())["error_rate"]
    share = proportion(0, made["summary"]["bounds_above_zero"])
    assert (printed["n"], printed["false_positive"]) == (share.n, 0)
    assert printed["upper95"] == pytest.approx(share.upper95, abs=1e-9)
