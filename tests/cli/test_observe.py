# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness observe`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.cli.observe import seconds_of
from swarmwitness.terms import InputError


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1.5m", 90), ("24h", 86400), ("7d", 604800)])
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "h", "-1s", "1e9d", "10 m", "٣s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError, match="--for"):
        seconds_of(text)


def test_a_case_without_torrents(call: Callable[..., Any], case: Path) -> None:
    told = call("observe", case, "--for", "1s")
    assert told.status == 2
    assert "torrents/" in told.err


def test_a_watch_is_told_in_counts(call: Callable[..., Any], case: Path) -> None:
    with (case / "works.csv").open("a") as works:
        works.write(f"{'ab' * 20},A title without a torrent{',' * 14}\n")
    told = call("observe", case, "--for", "0.5s")
    assert told.status == 0
    assert "bytes of works uploaded         0" in told.out
    assert "observe: warning: swarms without a tracker: 1 of 1" in told.err


def test_machines_get_progress_on_standard_error_and_one_document_on_standard_output(
    call: Callable[..., Any], case: Path
) -> None:
    with (case / "works.csv").open("a") as works:
        works.write(f"{'ab' * 20},A title without a torrent{',' * 14}\n")
    told = call("observe", case, "--for", "1.5s", "--json")
    assert told.status == 0
    assert json.loads(told.out)["bytes_of_works_uploaded"] == 0
    lines = [json.loads(line) for line in told.err.splitlines()]
    assert lines
    assert lines[-1]["swarms"] == 1


def test_one_swarm_of_several(call: Callable[..., Any], case: Path) -> None:
    with (case / "works.csv").open("a") as works:
        for name in ("ab", "cd"):
            works.write(f"{name * 20},A title{',' * 14}\n")
    told = call("observe", case, "--for", "0.3s", "--swarm", "abab", "--json")
    assert json.loads(told.out)["watch"]["swarms"] == 1
    told = call("observe", case, "--for", "0.3s", "--swarm", "ff")
    assert (told.status, "--swarm" in told.err) == (2, True)
