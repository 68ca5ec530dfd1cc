# SPDX-License-Identifier: Apache-2.0
"""Commands are called as `main` calls them, with a key folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from swarmwitness.cli.app import status_of

H = "aa" * 20
SIGHTINGS = f"observed_at,ip,info_hash,rung\n2025-01-01T00:00:00Z,198.18.0.1,{H},3\nnever,198.18.0.1,{H},3\n"


@dataclass(frozen=True, slots=True)
class Told:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Told]:
    """Run one command in an empty folder."""
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> Told:
        status = status_of([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Told(status, captured.out, captured.err)

    return run


@pytest.fixture
def case(call: Callable[..., Told], tmp_path: Path) -> Path:
    """A case of two rows, one of them bad."""
    assert call("init", "case", "--synthetic").status == 0
    (tmp_path / "case" / "sightings" / "vendor.csv").write_text(SIGHTINGS)
    return tmp_path / "case"
