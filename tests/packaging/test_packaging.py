# SPDX-License-Identifier: Apache-2.0
"""The unit is one that systemd takes, and the container file one that a builder can read."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "packaging" / "swarmwitness-observe@.service"
CONTAINER = ROOT / "packaging" / "Containerfile"
COMMAND = "/opt/swarmwitness/bin/swarmwitness"
INSTRUCTIONS = {
    "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "ENTRYPOINT", "CMD",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = UNIT.read_text().replace(COMMAND, sys.executable)
    copy = tmp_path / UNIT.name
    copy.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    about_it = [line for line in done.stderr.splitlines() if "swarmwitness" in line]
    assert about_it == []


def unit() -> ConfigParser:
    read = ConfigParser(strict=False, interpolation=None, delimiters=("=",))
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read(UNIT)
    return read


def test_the_unit_goes_on_after_a_crash_and_can_ask_for_the_clocks_error() -> None:
    service = unit()["Service"]
    assert service["Restart"] == "always"
    assert "adjtimex" in service["SystemCallFilter"]
    assert "ProtectClock" not in service
    assert int(service["LimitNOFILE"]) > 2000
    assert service["ExecStart"].split()[:2] == [COMMAND, "observe"]


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", "", CONTAINER.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_container_file_can_be_read_and_copies_what_there_is() -> None:
    read = instructions()
    assert {word for word, _ in read} == INSTRUCTIONS
    assert read[0][0] == "FROM"
    copied = [rest.split()[:-1] for word, rest in read if word == "COPY" and "--from" not in rest]
    assert all((ROOT / name).exists() for names in copied for name in names)
    assert "LICENSE" in copied[0], "the build needs what pyproject.toml names"


def test_the_container_runs_as_nobody_in_particular_and_stops_gently() -> None:
    read = dict(instructions())
    assert read["USER"] == "10001"
    assert read["STOPSIGNAL"] == "SIGTERM"
    assert COMMAND in read["ENTRYPOINT"]
    assert "SWARMWITNESS_HOME=/keys" in read["ENV"]
