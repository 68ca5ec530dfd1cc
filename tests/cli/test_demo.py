# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness demo`, from packet to report, with real clients where there is a wheel of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.lab
@pytest.mark.slow
def test_the_demonstration_comes_out_as_expected(tmp_path: Path) -> None:
    home = os.environ | {"SWARMWITNESS_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "swarmwitness", "demo", "--out", str(tmp_path / "demo"), "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is True
    claims = {row["claim"]: row["found"] for row in told["checks"]}
    assert claims["alleged: works"] == "2,396"
    assert (tmp_path / "demo" / "studio-run" / "report.html").exists()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep")
    command = [sys.executable, "-m", "swarmwitness", "demo", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not empty" in done.stderr
