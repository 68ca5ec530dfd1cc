# SPDX-License-Identifier: Apache-2.0
"""A plan goes in, an answer comes out, and a failure is its last line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.lab.onstage import answer, asked, perform
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


def test_words_are_a_person_s_or_the_stage_s(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Path] = []

    def act(stage: Stage, folder: Path, told: dict[str, Any]) -> object:
        return seen.append(folder)

    told = asked(argparse.ArgumentParser(), ["--out", "there"], act)
    assert told is not None
    assert (told.out, seen) == (Path("there"), [])
    plan = {"stage": {"prefix": [], "base": "127.18", "why": "", "base6": ""}, "folder": str(tmp_path)}
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    assert asked(argparse.ArgumentParser(), ["--inside", str(tmp_path / "plan.json")], act) is None
    assert seen == [tmp_path]
    with pytest.raises(SystemExit):
        asked(argparse.ArgumentParser(), [], act)
    assert "--out DIR is needed" in capsys.readouterr().err
