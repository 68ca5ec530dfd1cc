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
    ("custody", "none", "note", "the case stands before the command"),
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


def test_what_the_system_refuses_is_one_line(call: Callable[..., object], case: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    refused = [
        ("init", tmp_path / "file" / "case"),
        ("run", case, "--out", tmp_path / "file" / "out"),
        ("run", case, "--out", tmp_path / ("x" * 300)),
        ("run", case, "--out", "out", "--jobs", "0"),
        ("run", case, "--out", "out", "--jobs", str(2**70)),
        ("intake", case, case / "sightings" / "vendor.csv", "--out", tmp_path / "file"),
        ("report", "out", "--to", tmp_path),
        ("init", "m\x1b[2K"),
    ]
    call("run", case, "--out", "out")
    for arguments in refused:
        told = call(*arguments)
        assert told.status == 2, arguments  # type: ignore[attr-defined]
        assert told.err.startswith("swarmwitness: "), arguments  # type: ignore[attr-defined]
        assert told.err.count("\n") == 1, arguments  # type: ignore[attr-defined]
        assert "\x1b" not in told.err  # type: ignore[attr-defined]


def test_a_full_disk_is_one_line(case: Path, tmp_path: Path) -> None:
    code = "import sys; from swarmwitness.cli.app import status_of; sys.exit(status_of(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "verify", str(case)]
    home = os.environ | {"SWARMWITNESS_HOME": str(tmp_path / "home")}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, env=home, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode != 0
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_output_is_no_traceback(tmp_path: Path) -> None:
    command = f"{sys.executable} -m swarmwitness init {tmp_path / 'case'} >&-"
    home = os.environ | {"SWARMWITNESS_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, shell=True, env=home, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
