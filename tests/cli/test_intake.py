# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness intake`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_bad_rows_are_shown_with_line_and_reason(
    call: Callable[..., Any], case: Path, tmp_path: Path
) -> None:
    file = tmp_path / "second.csv"
    shutil.copy(case / "sightings" / "vendor.csv", file)
    told = call("intake", case, file)
    assert told.status == 0
    assert "second.csv:3" in told.out
    assert (case / "sightings" / "second.csv").exists()
    assert (tmp_path / "intake-out" / "rejected.csv").exists()


def test_json(call: Callable[..., Any], case: Path) -> None:
    told = call("intake", case, case / "sightings" / "vendor.csv", "--check", "--json")
    (file,) = json.loads(told.out)["files"]
    assert (file["accepted"], file["rejected"]) == (1, 1)
