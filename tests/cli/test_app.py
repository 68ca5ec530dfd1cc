# SPDX-License-Identifier: Apache-2.0
"""Every failure that can be expected is one line and a status; help has examples."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmwitness.cli.app import COMMANDS

WRONG = [
    ("no-such-command",),
    ("run",),
    ("run", "none", "--out", "out"),
    ("run", "none"),
    ("verify", "none"),
    ("observe", "none"),
    ("report", "none"),
    ("intake", "none", "a.csv"),
    ("init",),
    ("run", "none", "--out", "out", "--engine", "abacus"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_use_is_one_line_and_status_two(
    call: Callable[..., object], arguments: tuple[str, ...]
) -> None:
    told = call(*arguments)
    assert told.status == 2  # type: ignore[attr-defined]
    assert told.err.startswith("swarmwitness: ")  # type: ignore[attr-defined]
    assert told.err.count("\n") == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_has_an_example(call: Callable[..., object], command: str) -> None:
    told = call(command, "--help")
    assert told.status == 0  # type: ignore[attr-defined]
    assert f"swarmwitness {command}" in told.out.split("Example", 1)[1]  # type: ignore[attr-defined]


def test_the_list_names_every_command(call: Callable[..., object]) -> None:
    told = call("--help")
    assert all(command in told.out for command in COMMANDS)  # type: ignore[attr-defined]


def test_an_unknown_key_names_the_nearest_known_one(call: Callable[..., object], case: Path) -> None:
    with (case / "case.toml").open("a") as file:
        file.write('\n[privacy]\npseudonim_key = "x"\n')
    told = call("run", case, "--out", "out")
    assert told.status == 2  # type: ignore[attr-defined]
    assert "pseudonym_key" in told.err  # type: ignore[attr-defined]


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m swarmwitness --help | head -1"
    home = os.environ | {"SWARMWITNESS_HOME": str(tmp_path)}
    done = subprocess.run(command, shell=True, env=home, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_help_loads_no_statistics_library() -> None:
    code = (
        "import sys; from swarmwitness.cli.app import status_of; status_of(['--help']); "
        "sys.exit(bool({'scipy', 'altair', 'duckdb'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0
