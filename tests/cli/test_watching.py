# SPDX-License-Identifier: Apache-2.0
"""How a watch is shown: to people at a terminal, to a log file, to machines."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from swarmwitness.cli.watching import clock, describe, duration, rows, shown, table
from swarmwitness.terms import Rung
from swarmwitness.vantage import Progress

WATCHED = Progress(
    2, 10, 3, {Rung.LISTED: 7, Rung.CLAIMED: 3}, 1234, 9, 3600.0,
    by_source={"tracker": 8, "pex": 2}, open_by_transport={"tcp": 2, "utp": 1}, waiting=5, checkpoint_size=7,
    checkpoint_age_s=12.0, clock_error_s=0.0015, controls={"dht": 1},
    canaries=2, canaries_found={"tracker": 2},
)  # fmt: skip


def test_one_line_says_that_nothing_goes_out() -> None:
    assert describe(WATCHED) == "2 swarms, 10 listed, 3 spoke, 1,234 bytes in, 0 bytes of works out"


def test_the_table_says_it_all() -> None:
    told = dict(rows(WATCHED, 86_400))
    assert told == {
        "time left": "01:00:00 of 1d 00:00:00",
        "swarms": "2",
        "endpoints by source": "8 tracker, 2 pex",
        "peers by rung": "7 0 LISTED, 3 3 CLAIMED",
        "connections": "2 tcp, 1 utp; 5 to be tried",
        "bytes received": "1,234",
        "bytes of works uploaded": "0",
        "exhibits": "9, sealed 7",
        "last checkpoint": "12 s ago",
        "clock": "within 1.5 ms",
        "canaries": "2; found by 2 tracker",
        "named where nobody is": "1 dht",
    }
    out = io.StringIO()
    Console(file=out, width=80).print(table(WATCHED, 86_400))
    assert "bytes of works uploaded" in out.getvalue()


def test_without_controls_they_are_not_shown() -> None:
    bare = replace(WATCHED, canaries=0, canaries_found={}, controls={})
    assert not {"canaries", "named where nobody is"} & set(dict(rows(bare, 60)))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00:00:00"), (59.9, "00:00:59"), (3661, "01:01:01"), (200_000, "2d 07:33:20")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_clock_that_nobody_keeps_is_said_to_taint() -> None:
    assert "tainted" in clock(None)
    assert clock(0.02) == "within 20 ms"


def test_a_file_gets_a_line_a_minute(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(3600) as tell:
        for second in range(181):
            tell(replace(WATCHED, left_s=3600.0 - second))
    lines = capsys.readouterr().err.splitlines()
    assert [line[:22] for line in lines] == [
        "observe: 00:59:00 left",
        "observe: 00:58:00 left",
        "observe: 00:57:00 left",
    ]


def test_machines_get_a_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with shown(3600, machines=True) as tell:
        tell(WATCHED)
        tell(WATCHED)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [each["bytes_of_works_uploaded"] for each in told] == [0, 0]
    assert told[0]["peers_by_rung"] == {"LISTED": 7, "CLAIMED": 3}
