# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness run` as people and machines read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_every_number_has_its_unit(call: Callable[..., Any], case: Path) -> None:
    told = call("run", case, "--out", "out")
    assert told.status == 0
    lines = [" ".join(line.replace("│", " ").split()) for line in told.out.splitlines()]
    assert "everyone 1 works 1 downloads 1 addresses 1 leases 1 sightings" in lines
    assert any(line.startswith("rejected 1 rows; out/rejected.csv") for line in lines)
    assert told.err == ""


def test_json_is_one_document(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    told = call("run", case, "--out", "out", "--json")
    document = json.loads(told.out)
    assert document["rejected"] == 1
    assert document["counts"][0]["set"] == "everyone"
    assert (tmp_path / "out" / "findings.json").exists()


def test_damaged_evidence_is_status_one(call: Callable[..., Any], case: Path) -> None:
    (case / "evidence" / "README").write_text("changed")
    told = call("run", case, "--out", "out")
    assert told.status == 1
    assert "README" in told.err


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_three_engines_give_the_same_bytes(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    found = []
    for engine in ("duckdb", "polars", "spark"):
        told = call("run", case, "--out", engine, "--engine", engine, "--memory-mib", "1024")
        assert (told.status, told.err) == (0, "")
        out = tmp_path / engine
        files = [out / "findings.json", *sorted(out.glob("*.parquet"))]
        found.append({file.name: file.read_bytes() for file in files})
    assert len(found[0]) > 4
    assert found[0] == found[1] == found[2]
    used = json.loads((tmp_path / "spark" / "instrument.json").read_text())
    assert (used["engine"], used["memory_mib"], used["spark_master"]) == ("spark", 1024, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--engine", "duckdb", "--spark-master", "yarn"), "is for the engine spark, not duckdb"),
        (("--memory-mib", "1"), "is 512 to 16777216 MiB, not 1"),
    ],
)
def test_options_that_do_not_fit(
    call: Callable[..., Any], case: Path, options: tuple[str, ...], why: str
) -> None:
    told = call("run", case, "--out", "out", *options)
    assert told.status == 2
    assert why in told.err
