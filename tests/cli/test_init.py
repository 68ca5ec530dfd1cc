# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness init`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_case_is_made_and_the_next_step_told(call: Callable[..., Any], tmp_path: Path) -> None:
    told = call("init", "studio", "--name", "Studio v. Company")
    assert told.status == 0
    assert "swarmwitness observe studio" in told.out
    assert 'name = "Studio v. Company"' in (tmp_path / "studio" / "case.toml").read_text()
    assert (tmp_path / "studio").stat().st_mode & 0o077 == 0


def test_json(call: Callable[..., Any]) -> None:
    assert json.loads(call("init", "studio", "--json").out)["origin"].startswith("swarmwitness.local/studio/")


def test_a_second_time_is_refused(call: Callable[..., Any]) -> None:
    call("init", "studio")
    assert call("init", "studio").status == 2


def test_a_log_that_is_missing_is_begun(call: Callable[..., Any], tmp_path: Path) -> None:
    call("init", "studio")
    (tmp_path / "studio" / "custody").rename(tmp_path / "custody")
    told = json.loads(call("init", "studio", "--by", "Ada", "--json").out)
    assert told["begun"] == ["custody"]
    assert (tmp_path / "studio" / "custody" / "checkpoint").is_file()
