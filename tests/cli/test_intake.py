# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness intake`."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_bad_rows_are_shown_with_line_and_reason(
    call: Callable[..., Any], case: Path, tmp_path: Path
) -> None:
    file = tmp_path / "second.csv"
    shutil.copy(case / "sightings" / "vendor.csv", file)
    told = call("intake", case, file)
    assert told.status == 0
    assert "second.csv:3" in told.out
    assert (case / "sightings" / "second.csv").exists()
    assert (tmp_path / "intake-out" / "rejected.csv").exists()


def test_json(call: Callable[..., Any], case: Path) -> None:
    told = call("intake", case, case / "sightings" / "vendor.csv", "--check", "--json")
    (file,) = json.loads(told.out)["files"]
    assert (file["accepted"], file["rejected"]) == (1, 1)


def test_who_handed_it_over_is_recorded(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    file = tmp_path / "second.csv"
    shutil.copy(case / "sightings" / "vendor.csv", file)
    call("intake", case, file, "--from", "mail of 2026-03-01", "--by", "Ada")
    (act,) = [a for a in json.loads(call("custody", case, "--json").out) if a["act"] == "intake"]
    assert (act["on"]["provenance"], act["who"]) == ("mail of 2026-03-01", "Ada")


def test_a_sealed_log_goes_in_as_a_vantage(call: Callable[..., Any], case: Path, tmp_path: Path) -> None:
    call("init", "other", "--synthetic")
    assert "verified" in call("intake", case, tmp_path / "other", "--check").out
    assert not (case / "vantages").exists()
    told = call("intake", case, tmp_path / "other", "--json")
    (taken,) = json.loads(told.out)["vantages"]
    assert (case / taken["name"] / "checkpoint").is_file()
    assert call("verify", case).status == 0


def test_nothing_to_take_in_is_wrong_use(call: Callable[..., Any], case: Path) -> None:
    assert call("intake", case).status == 2
