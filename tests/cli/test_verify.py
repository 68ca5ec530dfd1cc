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


def test_the_shape_of_the_document(call: Callable[..., Any], case: Path) -> None:
    document = json.loads(call("verify", case, "--json").out)
    assert document["ok"] is True
    assert (document["failures"], document["failures_total"]) == ([], 0)
    assert [log["name"] for log in document["logs"]] == ["evidence", "custody"]
    for log in document["logs"]:
        assert log["ok"] is True
        assert {"origin", "size", "root", "checks", "failures", "warnings", "erased", "encrypted"} <= set(log)
        assert all(check["passed"] for check in log["checks"])


def test_people_are_told_what_failed_in_plain_words(call: Callable[..., Any], case: Path) -> None:
    told = call("verify", case)
    assert "exhibits: 0 published (a time authority vouches for them); 3 sealed only" in told.out
    (case / "custody" / "stray").write_text("x")
    told = call("verify", case)
    assert told.status == 1
    lines = told.out.splitlines()
    place = lines.index("FAIL unexpected_file: stray")
    assert lines[place + 1].strip() == "A file or folder lies here that does not belong here."
    assert lines[-1] == "NOT verified"


def test_a_checkpoint_for_each_log(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    held = []
    for name in ("evidence", "custody"):
        (tmp_path / name).write_bytes((case / name / "checkpoint").read_bytes())
        held += ["--checkpoint", tmp_path / name]
    assert call("verify", case, *held).status == 0
    assert call("verify", case / "evidence", *held[:2]).status == 0
    told = call("verify", case / "evidence", *held)
    assert told.status == 1
    assert "FAIL checkpoint_foreign" in told.out


def test_what_looks_like_a_bundle_is_verified_as_one(call: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "bagit.txt").write_text("BagIt-Version: 1.0\n")
    told = call("verify", "bundle")
    assert told.status == 1
    assert "FAIL missing_file" in told.out
    assert told.out.rstrip().endswith("NOT verified")


def test_unknown_roots_and_witnesses_are_wrong_use(call: Callable[..., Any], case: Path) -> None:
    assert call("verify", case, "--roots", case / "case.toml").status == 2
    assert call("verify", case, "--witness", "nobody").status == 2


def test_what_is_nothing_of_ours_is_said(call: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "outer" / "bundle").mkdir(parents=True)
    told = call("verify", "outer")
    assert (told.status, "nor a bundle" in told.err) == (2, True)
    (tmp_path / "file").touch()
    assert "file: is no folder" in call("verify", "file").err
