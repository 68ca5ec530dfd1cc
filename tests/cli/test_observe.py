# SPDX-License-Identifier: Apache-2.0
"""`swarmwitness observe`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swarmwitness.cli.observe import describe, seconds_of
from swarmwitness.terms import InputError, Rung
from swarmwitness.vantage import Progress


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("1.5m", 90), ("24h", 86400), ("7d", 604800)])
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "h", "-1s", "1e9d", "10 m", "٣s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(InputError, match="--for"):
        seconds_of(text)


def test_the_progress_line_says_that_nothing_goes_out() -> None:
    line = describe(Progress(2, 10, 3, {Rung.LISTED: 7, Rung.CLAIMED: 3}, 1234, 9, 5.0))
    assert line == "2 swarms, 10 listed, 3 spoke, 1,234 bytes in, 0 bytes of works out"


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
