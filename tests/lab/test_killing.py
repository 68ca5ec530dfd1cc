# SPDX-License-Identifier: Apache-2.0
"""Observers of a real swarm are killed and nothing durable is lost: five, fifty with SWARMWITNESS_SWEEP=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.lab.killing import faults_of, run, table
from swarmwitness.lab.stage import find_stage

SWEEP = os.environ.get("SWARMWITNESS_SWEEP") == "1"
KILL = {"number": 1, "phase": "watching", "sealed": 5, "durable": 9, "torn": 3, "lost": 0, "faults": []}
END = {"signal": "SIGINT", "status": 0, "seconds": 0.5, "faults": []}
TOLD = {
    "kills": [KILL], "ends": [END], "exhibits": 11, "rows_told": 2, "rows_missing": 0, "missing": [],
    "verified": True,
}  # fmt: skip


def test_a_sweep_without_a_fault() -> None:
    assert faults_of(TOLD) == []
    assert "| watching | 1 | 4 to 4 | 3 |" in table(TOLD)
    assert "SIGINT: status 0 after 0.5 s" in table(TOLD)


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"kills": [KILL | {"lost": 2}]}, "2 durable exhibits are lost"),
        ({"kills": [KILL | {"faults": ["verify refused"]}]}, "kill 1: verify refused"),
        ({"ends": [END | {"faults": ["status 1"]}]}, "SIGINT: status 1"),
        ({"rows_missing": 1, "missing": ["a row"]}, "1 rows that were told are not replayed: a row"),
        ({"verified": False}, "verify refused at the end"),
    ],
)
def test_each_fault_is_told(changed: dict[str, object], fault: str) -> None:
    assert faults_of(TOLD | changed) == [fault]
    assert f"FAULT {fault}" in table(TOLD | changed)


@pytest.mark.lab
@pytest.mark.slow
def test_nothing_durable_is_lost(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    if not find_stage().private:
        pytest.skip(find_stage().why)
    told = run(tmp_path / "out", 50 if SWEEP else 5)
    assert faults_of(told) == [], table(told)
    assert told["rows_told"] > 0
    assert sum(kill["durable"] > 3 for kill in told["kills"]) >= 3
