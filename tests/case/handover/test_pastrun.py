# SPDX-License-Identifier: Apache-2.0
"""Of a run only what its custody log sealed is taken."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from swarmwitness.case.handover.pastrun import named_files, past_run
from swarmwitness.terms import InputError


@pytest.fixture
def copied(ran: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A case and its run that a test may spoil."""
    case, out = ran
    shutil.copytree(case, tmp_path / "case")
    shutil.copytree(out, tmp_path / "out")
    return tmp_path / "case", tmp_path / "out"


def test_a_run_is_told_by_what_it_sealed(ran: tuple[Path, Path]) -> None:
    case, out = ran
    past = past_run(out, case)
    assert past.case == "Small"
    assert past.row.findings_sha256 == hashlib.sha256((out / "findings.json").read_bytes()).hexdigest()
    assert past.row.settings == {"engine": "duckdb", "seed": "7", "jobs": "1"}
    assert past.row.started <= past.row.ended
    assert past.row.differs == ()
    assert len(past.findings) == len(json.loads((out / "findings.json").read_text())["findings"])


def test_findings_that_the_run_did_not_seal_are_refused(copied: tuple[Path, Path]) -> None:
    case, out = copied
    findings = out / "findings.json"
    findings.write_text(findings.read_text().replace("inconclusive", "supports_hp", 1))
    with pytest.raises(InputError, match="not the file that the run sealed"):
        past_run(out, case)


def test_what_changed_since_is_named(copied: tuple[Path, Path]) -> None:
    case, out = copied
    (case / "works.csv").write_text((case / "works.csv").read_text() + "\n")
    (case / "coverage.csv").write_text("info_hash,watched_from,watched_to\n")
    (case / "networks" / "all.csv").unlink()
    assert past_run(out, case).row.differs == (
        "coverage.csv was not there for the run whose findings are attached",
        "works.csv was changed after the run whose findings are attached",
        "networks/all.csv was there for the run whose findings are attached, and is not now",
    )


def test_a_folder_of_no_run_is_refused(ran: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the output folder of a run"):
        past_run(tmp_path, ran[0])


def test_files_are_found_wherever_an_act_names_them() -> None:
    said = {"on": {"files": [{"file": "a", "sha256": "1"}], "x": [[{"sha256": "2"}]]}, "sha256": 5}
    assert [each["sha256"] for each in named_files(said)] == ["1", "2"]
