# SPDX-License-Identifier: Apache-2.0
"""The run's own acts, sealed; a failed run leaves its trace."""

import hashlib
import json
from pathlib import Path

import pytest

from swarmwitness.case.run import run
from swarmwitness.evidence import read


def acts(out: Path) -> list[dict[str, object]]:
    return [json.loads(e.payload) for _, e in read(out / "custody") if e.kind == "act"]


def test_case_inputs_and_outputs_are_sealed(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    (start,) = [a for a in acts(out) if a["act"] == "run-start"]
    (end,) = [a for a in acts(out) if a["act"] == "run-end"]
    assert "sightings/vendor.csv" in json.dumps(start["on"]["inputs"])  # type: ignore[index]
    sealed = {str(f["file"]): f["sha256"] for f in end["result"]["outputs"]}  # type: ignore[index]
    assert sealed["findings.json"] == hashlib.sha256((out / "findings.json").read_bytes()).hexdigest()
    kept = [e.payload for _, e in read(out / "custody") if e.kind == "case-toml"]
    assert kept == [(small_case / "case.toml").read_bytes()]


def test_each_act_says_who_and_how_and_holds_no_address(small_case: Path, tmp_path: Path) -> None:
    (small_case / "sightings" / "vendor.csv").rename(small_case / "sightings" / "192.0.2.1.csv")
    run(small_case, tmp_path / "out")
    own = [a for a in acts(tmp_path / "out") if str(a["act"]).startswith("run-")]
    assert [set(a) for a in own] == [{"act", "who", "how", "on", "why", "result"}] * 2
    assert all(str(a["how"]).endswith(" run") and a["who"] for a in own)
    assert "192.0.2.1" not in json.dumps(own)
    assert "sightings/addr-" in json.dumps(own)


def test_a_failed_run_leaves_its_trace(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    (out / "findings.json").unlink()
    (out / "findings.json").mkdir()  # what was written can't be put there, after everything was counted
    with pytest.raises(IsADirectoryError):
        run(small_case, out)
    assert [a["act"] for a in acts(out) if str(a["act"]).startswith("run-")] == [
        "run-start",
        "run-end",
        "run-start",
        "run-failed",
    ]
