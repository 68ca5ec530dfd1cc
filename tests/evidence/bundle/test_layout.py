# SPDX-License-Identifier: Apache-2.0
"""Paths, and logs.json."""

from __future__ import annotations

from typing import Any

import pytest

from swarmwitness.evidence.bundle.canonical import to_canonical
from swarmwitness.evidence.bundle.layout import LogEntry, is_path, logs_from_wire, logs_to_wire
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import MalformedMessage

ENTRY = LogEntry(
    "evidence",
    "example.org/log",
    9,
    bytes(32),
    Ranges.from_text("0-3"),
    Ranges.from_text("0,2"),
    Ranges.from_text("2"),
    Ranges.from_text("3"),
    ((1, bytes(32)), (4, bytes(32))),
)


def test_there_and_back() -> None:
    assert logs_from_wire(logs_to_wire((ENTRY,))) == (ENTRY,)
    paths = ENTRY.paths(2)
    assert "data/logs/2/exhibits/2.key" in paths
    assert "data/logs/2/consistency/4.txt" in paths
    assert len(paths) == 2 + 4 + 4 + 2 + 1 + 2
    assert all(is_path(path) for path in paths)


@pytest.mark.parametrize(
    "path", ["a//b", "../a", ".a", "a/.b", "a b", "a%", "a\n", "é", "a" * 201, "/".join("a" * 9), ""]
)
def test_odd_paths(path: str) -> None:
    assert not is_path(path)


@pytest.mark.parametrize(
    "change",
    [
        {"opened": "2"},
        {"opened": "0,4"},
        {"keyed": "3"},
        {"keyed": "0"},
        {"erased": "2"},
        {"erased": "4"},
        {"chosen": "0-9", "erased": ""},
        {"size": 0},
        {"size": 4},
        {"size": "9"},
        {"size": 1.0},
        {"root": "AA=="},
        {"root": 1},
        {"earlier": {}},
        {"earlier": [[4]]},
        {"earlier": [[4, 4]]},
        {"earlier": [1] * 1001},
        {"name": "Evidence"},
        {"name": 1},
        {"chosen": "0,1"},
    ],
)
def test_other_entries_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        logs_from_wire(to_canonical({"logs": [{**ENTRY.to_plain(), **change}]}))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"logs": []},
        {"logs": {}},
        {"logs": [1]},
        {"logs": [ENTRY.to_plain()], "more": 1},
        {"logs": [ENTRY.to_plain()] * 2},
    ],
)
def test_other_lists_are_refused(said: object) -> None:
    with pytest.raises(MalformedMessage):
        logs_from_wire(to_canonical(said))


def test_an_endless_range_is_refused_at_once() -> None:
    change = {"size": 10**18, "chosen": "0-99999999999999999", "erased": ""}
    with pytest.raises(MalformedMessage, match="exhibits"):
        logs_from_wire(to_canonical({"logs": [{**ENTRY.to_plain(), **change}]}))
