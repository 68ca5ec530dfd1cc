# SPDX-License-Identifier: Apache-2.0
"""Run a function of a laboratory module on the stage: a plan goes in as JSON, an answer comes out."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swarmwitness.lab.stage import Stage
from swarmwitness.terms import InputError

FLAG = "--inside"
Act = Callable[[Stage, Path, dict[str, Any]], object]
"""What is done on the stage: the stage, a folder, the plan."""


def perform(stage: Stage, module: str, folder: Path, plan: Mapping[str, Any], limit_s: float) -> Any:
    """`python -m MODULE --inside FOLDER/plan.json` on the stage, with keys of its own; what it answered.

    Raises:
        InputError: it failed; the last line of its errors says why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file, errors = folder / "plan.json", folder / "errors.log"
    file.write_text(json.dumps({**plan, "stage": asdict(stage), "folder": str(folder)}), encoding="utf-8")
    command = stage.command([sys.executable, "-m", module, FLAG, str(file)])
    environment = os.environ | {"SWARMWITNESS_HOME": str(folder / "home")}
    with errors.open("wb") as log:
        done = subprocess.run(command, stderr=log, env=environment, timeout=limit_s, check=False)
    if done.returncode != 0:
        last = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        why = last[0] if last else f"ended with status {done.returncode}"
        raise InputError(why, file=str(errors))
    return json.loads((folder / "answer.json").read_text(encoding="utf-8"))


def answer(plan_file: Path, act: Act) -> int:
    """The other side of `perform`: do it, and write down what came of it."""
    plan = json.loads(plan_file.read_text(encoding="utf-8"))
    stage = Stage(**{**plan["stage"], "prefix": tuple(plan["stage"]["prefix"])})
    folder = Path(plan["folder"])
    told = act(stage, folder, plan)
    (folder / "answer.json").write_text(json.dumps(told), encoding="utf-8")
    return 0


def asked(parser: argparse.ArgumentParser, words: Sequence[str], act: Act) -> argparse.Namespace | None:
    """What the words of a command line ask for, `--out` among them; None = they came from `perform`, and it
    is done: `act` was called."""
    parser.add_argument("--out", type=Path)
    parser.add_argument(FLAG, type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args(words)
    if told.inside is not None:
        answer(told.inside, act)
        return None
    if told.out is None:
        parser.error("--out DIR is needed")
    return told
