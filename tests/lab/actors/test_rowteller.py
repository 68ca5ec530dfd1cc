# SPDX-License-Identifier: Apache-2.0
"""Rows are written whole, and the rest of a row that a kill cut off is no row."""

from __future__ import annotations

import os
import time
from pathlib import Path

from swarmwitness.lab.actors.rowteller import told_rows, writer
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting


def row(port: int) -> Sighting:
    return Sighting(1, "198.18.0.1", port, "aa" * 20, Rung.CLAIMED, "tracker", f"log:a/{port}", "here")


def test_rows_come_back_as_they_were_told(tmp_path: Path) -> None:
    file = tmp_path / "rows"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    write = writer(handle)
    write(row(1))
    write(row(2))
    between = time.time_ns()
    write(row(3))
    os.write(handle, b'{"told_ns": 3, "ro')
    os.close(handle)
    assert [each["port"] for each in told_rows(file, time.time_ns())] == [1, 2, 3]
    rows = told_rows(file, between)
    assert [each["port"] for each in rows] == [1, 2]
    assert (rows[0]["exhibit"], rows[0]["rung"]) == ("log:a/1", Rung.CLAIMED)


def test_one_that_was_killed_early_told_nothing(tmp_path: Path) -> None:
    assert told_rows(tmp_path / "rows", time.time_ns()) == []
