# SPDX-License-Identifier: Apache-2.0
"""Equality of engines is shown line by line, and a difference is named."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from swarmwitness.lab import equality
from swarmwitness.lab.equality import Line, compare, main


def test_two_engines_are_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "1500", "--engines", "duckdb,polars", "--seed", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) >= 15
    assert all(line.endswith("equal") for line in lines)


def test_an_engine_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rows", "10", "--engines", "ibis"]) == 2
    assert "no engine 'ibis' here" in capsys.readouterr().err


def test_a_difference_names_its_first_row(tmp_path: Path) -> None:
    results = {}
    for name, values in (("one", [1, 2, 3]), ("two", [1, 5, 3])):
        file = tmp_path / name
        pq.write_table(pa.table({"n": values}), file)
        results[name] = equality._Result(file, 3, name, 0.5)
    line = equality._line("kernel", results)
    assert line.difference == "DIFFERENT at row 1: one {'n': 2}, two {'n': 5}"
    assert str(line).endswith(line.difference)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_engines_are_equal(tmp_path: Path) -> None:
    lines = compare(3000, ["duckdb", "polars", "spark"], 4, tmp_path)
    assert [line for line in lines if line.difference] == []
    assert {name for line in lines for name in line.seconds} == {"duckdb", "polars", "spark"}
    assert isinstance(lines[0], Line)
