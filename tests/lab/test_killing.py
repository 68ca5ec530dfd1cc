# SPDX-License-Identifier: Apache-2.0
"""Observers of a real swarm are killed and nothing durable is lost: five, fifty with SWARMWITNESS_SWEEP=1."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from swarmwitness.lab.killing import TRIED, WHOLE, aims, faults_of, run, table
from swarmwitness.lab.stage import find_stage

SWEEP = os.environ.get("SWARMWITNESS_SWEEP") == "1"
KILL = {
    "number": 1, "phase": "watching", "kind": "legible", "sealed": 5, "durable": 9, "torn": 3, "lost": 0,
    "enveloped": 0, "segments": 0, "faults": [], "aim": "seal", "hit": True, "rows": 2, "rows_unowed": 1,
}  # fmt: skip
CLOSED = KILL | {"number": 2, "kind": "encrypted, small segments", "enveloped": 4, "segments": 3}
END = {"signal": "SIGINT", "status": 0, "seconds": 0.5, "faults": []}
LOG = {
    "exhibits": 11, "enveloped": 4, "segments": 2, "rows_told": 2, "rows_missing": 0, "missing": [],
    "verified": True,
}  # fmt: skip
TOLD = {"kills": [KILL], "ends": [END], "logs": [LOG]}


def test_a_sweep_without_a_fault() -> None:
    assert faults_of(TOLD) == []
    assert "| watching | 1 | 4 to 4 | 3 |" in table(TOLD)
    assert "SIGINT: status 0 after 0.5 s" in table(TOLD)


def test_lives_of_each_kind_are_counted() -> None:
    told = table({"kills": [KILL, CLOSED, CLOSED | {"lost": 1}], "ends": [], "logs": [LOG, LOG]})
    assert "| legible | 1 | 0 | 0 | 0 |" in told
    assert "| encrypted, small segments | 2 | 8 | 6 | 1 |" in told
    assert "22 exhibits, of which 8 are encrypted, in 4 segments of 2 logs; durable lost: 1;" in told


def test_hits_of_each_aim_and_rows_that_are_not_owed_are_told() -> None:
    told = TOLD | {"kills": [KILL, KILL | {"hit": False}, CLOSED | {"aim": "roll"}]}
    assert aims(told["kills"]) == {"roll": {"tried": 1, "hit": 1}, "seal": {"tried": 2, "hit": 1}}
    assert "| roll | 1 | 1 |\n| seal | 2 | 1 |" in table(told)
    assert "told and not owed: 3." in table(told)


def test_an_aim_may_be_missed_a_few_times() -> None:
    missed = KILL | {"hit": False}
    assert faults_of(TOLD | {"kills": [missed] * (TRIED - 1)}) == []
    assert faults_of(TOLD | {"kills": [missed] * TRIED + [KILL]}) == []


def test_a_whole_sweep_owes_rows_under_each_condition() -> None:
    kills = [KILL, CLOSED] * (WHOLE // 2)
    assert faults_of(TOLD | {"kills": kills}) == []
    assert faults_of(TOLD | {"kills": kills[1:], "logs": [LOG | {"rows_told": 0}]}) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"kills": [KILL | {"hit": False}] * TRIED}, "seal was aimed at 5 times and never hit"),
        (
            {"kills": [KILL, CLOSED] * (WHOLE // 2), "logs": [LOG, LOG | {"rows_told": 0}]},
            "no row of one of the logs is owed",
        ),
        (
            {"kills": [KILL, CLOSED | {"rows": 0}] * (WHOLE // 2)},
            "no row of an observer is owed whose log was to be encrypted",
        ),
        (
            {"kills": [KILL | {"rows": 0}, CLOSED] * (WHOLE // 2)},
            "no row of an observer is owed whose log was to be legible",
        ),
        ({"kills": [KILL | {"lost": 2}]}, "2 durable exhibits are lost"),
        ({"kills": [KILL | {"faults": ["verify refused"]}]}, "kill 1: verify refused"),
        ({"ends": [END | {"faults": ["status 1"]}]}, "SIGINT: status 1"),
        (
            {"logs": [LOG, LOG | {"rows_missing": 1, "missing": ["a row"]}]},
            "1 rows that were told are not replayed: a row",
        ),
        ({"logs": [LOG | {"verified": False}]}, "verify refused at the end"),
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
    assert all(log["enveloped"] and log["exhibits"] > log["enveloped"] for log in told["logs"])
    assert sum(log["rows_told"] for log in told["logs"]) > 0
    assert max(log["segments"] for log in told["logs"]) > 3
    assert sum(kill["hit"] for kill in told["kills"]) >= 3
    assert sum(kill["durable"] > 3 for kill in told["kills"]) >= 3
