# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness run` as people and machines read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
