# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness verify`: numbered checks, the file that fails, the exit status."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_good_log(call: Callable[..., Any], case: Path) -> None:
    told = call("verify", case)
    assert told.status == 0
    assert told.out.rstrip().endswith("\nverified")


def test_a_changed_byte_names_file_and_exhibit(call: Callable[..., Any], case: Path) -> None:
    (segment,) = (case / "evidence" / "segments").iterdir()
    raw = bytearray(segment.read_bytes())
    raw[-3] ^= 4
    segment.write_bytes(raw)
    told = call("verify", case)
    assert told.status == 1
    failing = [line for line in told.out.splitlines() if line.startswith("FAIL") and segment.name in line]
    assert failing
    assert "exhibit" in failing[0]
    evidence, _, _ = told.out.partition("\ncustody: ")
    assert not any(line.startswith(("ok    6.", "ok    7.")) for line in evidence.splitlines())
    document = json.loads(call("verify", case, "--json").out)
    assert document["ok"] is False
    failures = document["logs"][0]["failures"]
    assert failures[0]["file"] == f"segments/{segment.name}"
    assert isinstance(failures[0]["exhibit"], int)


def test_a_key_that_is_none(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    told = call("verify", case, "--key", tmp_path / "key")
    assert told.status == 2
    assert "public key" in told.err
