# SPDX-License-Identifier: Apache-2.0
"""The second verifier: alone, readable, on old Pythons, from the command line."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.bundle.write import STANDALONE_FILE

SOURCE = STANDALONE_FILE.read_text()


def test_it_imports_the_standard_library_alone() -> None:
    names: set[str] = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).split(".")[0])
    assert names <= sys.stdlib_module_names
    assert "swarmwitness" not in names
    for other in (STANDALONE_FILE.parents[2]).rglob("*.py"):
        assert other == STANDALONE_FILE or "verify_standalone import" not in other.read_text()


def test_it_is_written_for_python_3_8() -> None:
    ast.parse(SOURCE, feature_version=(3, 8))
    for newer in ("removeprefix", "removesuffix", "strict=", "dataclass(slots", ".hmac.digest"):
        assert newer not in SOURCE, newer


def test_it_says_what_it_does(good: Any, tools: ModuleType) -> None:
    done = tools.by_command(good.folder / "bundle")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("verified\n")
    assert done.stdout.count("\nok  ") == 12
    assert "no key and no checkpoint" in done.stdout


def test_it_takes_what_is_known_elsewhere(
    good: Any, tools: ModuleType, authority: Any, tmp_path: Path
) -> None:
    checkpoint, key, roots = tmp_path / "checkpoint", tmp_path / "key", tmp_path / "roots.pem"
    checkpoint.write_bytes(good.checkpoint().to_wire())
    key.write_text(VerifyKey.of("example.org/bundled", good.key_of(1)).to_text() + "\n")
    roots.write_bytes(authority.roots_pem)
    more = ["--checkpoint", str(checkpoint), "--key", str(key), "--roots", str(roots), "--json"]
    done = tools.by_command(good.folder / "bundle", *more)
    document = json.loads(done.stdout)
    assert document["ok"], document
    assert document["warnings"] == []
    assert document["logs"][0]["published"] == 9
    assert "given" in document["sentences"][0]


@pytest.mark.parametrize("more", [("--key", "nowhere"), ("--checkpoint", "nowhere"), ("--odd",)])
def test_wrong_use_is_status_2(good: Any, tools: ModuleType, more: tuple[str, ...]) -> None:
    done = tools.by_command(good.folder / "bundle", *more)
    assert done.returncode == 2
    assert done.stdout == ""


def test_a_key_that_is_none_is_status_2(good: Any, tools: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key\n")
    assert tools.by_command(good.folder / "bundle", "--key", str(tmp_path / "key")).returncode == 2


@pytest.mark.parametrize("text", ["", "witness.example", "witness.example/one+00000000+AAAA", "ключ+1+2"])
def test_a_witness_that_is_none_is_status_2(good: Any, tools: ModuleType, text: str) -> None:
    done = tools.by_command(good.folder / "bundle", "--witness", text)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--witness: no witness's public key")
    assert done.stderr.count("\n") == 1


def test_a_logs_key_is_no_witness(good: Any, tools: ModuleType) -> None:
    key = VerifyKey.of("example.org/bundled", good.key_of(1)).to_text()
    assert tools.by_command(good.folder / "bundle", "--witness", key).returncode == 2


def test_without_openssl_it_does_not_guess(good: Any, tmp_path: Path) -> None:
    line = [sys.executable, "-I", "-S", str(STANDALONE_FILE), str(good.folder / "bundle")]
    done = subprocess.run(line, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "openssl" in done.stderr


def test_it_runs_from_where_it_lies(good: Any) -> None:
    line = [sys.executable, "-I", "-S", "data/verify_standalone.py"]
    done = subprocess.run(line, cwd=good.folder / "bundle", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
