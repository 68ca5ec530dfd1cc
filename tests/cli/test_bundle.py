# SPDX-License-Identifier: Apache-2.0
"""`bundle` tells what it made; what it can't do is one line and status 2 or 1."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def test_a_bundle_is_told_and_verifies(call: Callable[..., Any], case: Path) -> None:
    told = call("bundle", case, "--out", "b", "--everything", "--by", "A. Custodian")
    assert told.status == 0, told.err
    for words in ("filter          everything", "manifest        sha256", "act             log:", "of which"):
        assert words in told.out
    assert call("verify", "b").status == 0
    acts = json.loads(call("custody", case, "--json").out)
    assert [act["act"] for act in acts if act["act"].startswith("bundle")] == ["bundle", "bundle-made"]


def test_as_json(call: Callable[..., Any], case: Path) -> None:
    told = call("bundle", case, "--out", "b", "--everything", "--json")
    document = json.loads(told.out)
    assert document["exhibits"] >= document["opened"] > 0
    assert document["manifest_sha256"]
    assert call("verify", "b", "--json").status == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "say what is meant"),
        (("--everything", "--work", "w1"), "leaves no room"),
        (("--finding", "Q1"), "goes with --run"),
        (("--finding", "Q1", "--work", "w1"), "no other filter"),
        (("--finding", "Q1", "--run", "nowhere"), "no such file"),
        (("--everything", "--open"), "reason"),
        (("--exhibit", "log:nowhere/1"), "means no exhibit"),
    ],
)
def test_wrong_use_is_one_line(call: Callable[..., Any], case: Path, arguments: Any, why: str) -> None:
    told = call("bundle", case, "--out", "b", *arguments)
    assert told.status == 2, told.out
    assert why in told.err
    assert told.err.count("\n") == 1
    assert not Path("b").exists()


def test_evidence_that_fails_is_status_1(call: Callable[..., Any], case: Path) -> None:
    (case / "evidence" / "README").write_text("changed")
    told = call("bundle", case, "--out", "b", "--everything")
    assert told.status == 1
    assert "evidence fails" in told.err
    assert not Path("b").exists()


def test_help_has_examples(call: Callable[..., Any]) -> None:
    told = call("bundle", "--help")
    assert "--open --reason" in told.out
