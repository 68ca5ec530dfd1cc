# SPDX-License-Identifier: Apache-2.0
"""A plan goes in, an answer comes out, and a failure is its last line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.onstage import answer, perform
from swarmwitness.lab.stage import Stage
from swarmwitness.terms import InputError

STAGE = Stage((), "127.18", base6="2001:2:")


def test_a_plan_is_answered(tmp_path: Path) -> None:
    plan = {"stage": {"prefix": [], "base": "127.18", "why": "", "base6": "2001:2:"}, "folder": str(tmp_path)}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan | {"n": 3}))

    def act(stage: Stage, folder: Path, told: dict[str, Any]) -> object:
        return [stage == STAGE, str(folder), told["n"]]

    assert answer(file, act) == 0
    assert json.loads((tmp_path / "answer.json").read_text()) == [True, str(tmp_path), 3]


def test_a_failure_is_its_last_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No module named"):
        perform(STAGE, "swarmwitness.lab.no_such_module", tmp_path / "new", {}, 60)
