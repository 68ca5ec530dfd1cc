# SPDX-License-Identifier: Apache-2.0
"""The run's own acts, sealed; a failed run leaves its trace."""

import hashlib
import json
from pathlib import Path

import pytest

from swarmwitness.case.run import run
from swarmwitness.evidence import read
from swarmwitness.terms import InputError


def acts(out: Path) -> list[dict[str, object]]:
    return [json.loads(e.payload) for _, e in read(out / "custody") if e.kind == "act"]


def test_case_inputs_and_outputs_are_sealed(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    (start,) = [a for a in acts(out) if a["act"] == "run-start"]
    (end,) = [a for a in acts(out) if a["act"] == "run-end"]
    assert "sightings/vendor.csv" in json.dumps(start["inputs"])
    sealed = {str(f["file"]): f["sha256"] for f in end["outputs"]}  # type: ignore[attr-defined]
    assert sealed["findings.json"] == hashlib.sha256((out / "findings.json").read_bytes()).hexdigest()
    kept = [e.payload for _, e in read(out / "custody") if e.kind == "case-toml"]
    assert kept == [(small_case / "case.toml").read_bytes()]


def test_a_failed_run_leaves_its_trace(small_case: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(small_case, out)
    (key,) = (tmp_path / "home" / "pseudonyms").iterdir()
    key.chmod(0o644)  # refused when the report is written, after everything was counted
    with pytest.raises(InputError, match="chmod 600"):
        run(small_case, out)
    assert [a["act"] for a in acts(out) if str(a["act"]).startswith("run-")] == [
        "run-start",
        "run-end",
        "run-start",
        "run-failed",
    ]
