# SPDX-License-Identifier: Apache-2.0
"""The import contracts hold, and they bite: a planted import breaks them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).parent / "lint-imports"


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(LINT), "--no-cache", "--config", str(tree / "pyproject.toml")]
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def test_the_house_as_it_stands(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout


PLANTED = [
    ("terms/rung.py", "import swarmwitness.wire", "imports only go down"),
    ("evidence/__init__.py", "import swarmwitness.wire", "an auditor needs no BitTorrent"),
    ("relations/__init__.py", "import swarmwitness.attribution", "imports only go down"),
    ("inference/__init__.py", "import swarmwitness.attribution", "imports only go down"),
    ("inference/__init__.py", "import pyarrow", "inference knows no packets"),
    ("report/__init__.py", "import numpy", "report draws"),
    ("vantage/__init__.py", "import libtorrent", "code that can upload"),
    ("cli/__init__.py", "import swarmwitness.lab.actors", "code that can upload"),
]


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED)
def test_a_planted_import_breaks_its_contract(tree: Path, file: str, line: str, contract: str) -> None:
    target = tree / "src" / "swarmwitness" / file
    before = target.read_text()
    target.write_text(f"{before}\n{line}\n")
    try:
        done = lint(tree)
    finally:
        target.write_text(before)
    assert done.returncode != 0
    broken = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(contract in row for row in broken), done.stdout
