# SPDX-License-Identifier: Apache-2.0
"""`export` says what it wrote, with hash and act; what it can't do is one line and status 2 or 1."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_an_export_is_told_with_its_hash_and_its_act(call: Callable[..., Any], case: Path) -> None:
    told = call(
        "export", case, "--case-uco", "--out", "c.jsonld", "--by", "A. Custodian", "--reason", "asked"
    )
    assert told.status == 0, told.err
    digest = hashlib.sha256(Path("c.jsonld").read_bytes()).hexdigest()
    assert f"sha256   {digest}  c.jsonld" in told.out
    assert "act      log:" in told.out
    graph = json.loads(Path("c.jsonld").read_text())["@graph"]
    assert graph[0]["@type"] == "case-investigation:Investigation"


def test_drafts_are_told_file_by_file_as_json(call: Callable[..., Any], case: Path) -> None:
    told = call("export", case, "--drafts", "--out", "d", "--json")
    assert told.status == 0, told.err
    document = json.loads(told.out)
    assert sorted(document["files"]) == sorted(p.name for p in Path("d").iterdir())
    assert document["act"].startswith("log:")
    assert (document["logs"], document["findings"]) == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "say what to export"),
        (("--case-uco", "--drafts"), "say what to export"),
        (("--case-uco", "--run", "nowhere"), "not the output folder of a run"),
        (("--drafts", "--by", " "), "a name is at most"),
    ],
)
def test_wrong_use_is_one_line(call: Callable[..., Any], case: Path, arguments: Any, why: str) -> None:
    told = call("export", case, "--out", "x", *arguments)
    assert told.status == 2
    assert why in told.err
    assert told.err.count("\n") == 1
    assert not Path("x").exists()


def test_evidence_that_fails_is_status_1(call: Callable[..., Any], case: Path) -> None:
    (case / "evidence" / "README").write_text("changed")
    told = call("export", case, "--drafts", "--out", "d")
    assert told.status == 1
    assert "evidence fails" in told.err
    assert not Path("d").exists()


def test_help_shows_examples(call: Callable[..., Any]) -> None:
    told = call("export", "--help")
    assert told.status == 0
    assert "swarmwitness export studio --drafts" in told.out
