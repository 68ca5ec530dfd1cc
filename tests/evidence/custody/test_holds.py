# SPDX-License-Identifier: Apache-2.0
"""Holds by positions in logs: in force from the hold's size to the release's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence.custody import Act, BrokenHold, broken_holds, holds_of, in_force
from swarmwitness.evidence.custody.holds import Held
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import MalformedMessage


def act(name: str, hold: str, **logs: tuple[int, str]) -> bytes:
    told = {origin: {"size": size, "ranges": ranges} for origin, (size, ranges) in logs.items()}
    return Act(name, "w", "h", {"hold": hold, "scope": "s", "logs": told}, "why").to_wire()


def log(*payloads: bytes) -> list[tuple[int, bytes]]:
    return list(enumerate(payloads, 3))


HELD = log(
    b"not an act at all",
    act("hold", "h1", o=(10, "2-5"), p=(4, "1")),
    b'{"act":"note"',
    act("hold", "h2", o=(20, "5-7")),
    act("release", "h1", o=(30, "2-5"), p=(9, "1")),
)


def test_holds_are_read_in_order() -> None:
    first, second = holds_of(HELD)
    assert (first.id, first.index, first.scope, first.why) == ("h1", 4, "s", "why")
    assert first.logs["o"] == Held(10, Ranges.from_text("2-5"))
    assert first.released == {"o": 30, "p": 9}
    assert (second.id, second.released) == ("h2", None)
    assert first.logs["o"].to_json() == {"size": 10, "ranges": "2-5"}


@pytest.mark.parametrize(
    ("origin", "at", "frozen"),
    [
        ("o", 9, ""),
        ("o", 10, "2-5"),
        ("o", 19, "2-5"),
        ("o", 20, "2-7"),
        ("o", 29, "2-7"),
        ("o", 30, "5-7"),
        ("o", 10**9, "5-7"),
        ("p", 3, ""),
        ("p", 4, "1"),
        ("p", 9, ""),
        ("q", 50, ""),
    ],
)
def test_positions_alone_decide(origin: str, at: int, frozen: str) -> None:
    assert in_force(HELD, origin, at).to_text() == frozen


def test_broken_holds_are_named_with_what_was_erased() -> None:
    erasures = [(9, "2"), (15, "0-3"), (25, "5,9"), (30, "2-4"), (31, "7")]
    told = [(index, Ranges.from_text(text)) for index, text in erasures]
    assert broken_holds(HELD, "o", told) == [
        BrokenHold("h1", 15, Ranges.from_text("2-3")),
        BrokenHold("h1", 25, Ranges.from_text("5")),
        BrokenHold("h2", 25, Ranges.from_text("5")),
        BrokenHold("h2", 31, Ranges.from_text("7")),
    ]
    assert broken_holds(HELD, "p", told) == []


@given(st.integers(0, 40), st.sets(st.integers(0, 9)))
def test_broken_holds_agree_with_what_was_in_force(at: int, erased: set[int]) -> None:
    ranges = Ranges.of(erased)
    broken = broken_holds(HELD, "o", [(at, ranges)])
    together = Ranges.merged(i for each in broken for i in each.ranges.intervals)
    assert together == in_force(HELD, "o", at) & ranges


GOOD: dict[str, Any] = {"hold": "h", "scope": "s", "logs": {"o": {"size": 1, "ranges": "0"}}}
MALFORMED = [
    log(Act("hold", "w", "h", {}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "hold": 1}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "scope": None}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": []}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": {"o": {"size": 1}}}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": {"o": {"size": True, "ranges": ""}}}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": {"o": {"size": -1, "ranges": ""}}}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": {"o": {"size": 1, "ranges": "1,2"}}}).to_wire()),
    log(Act("hold", "w", "h", {**GOOD, "logs": {"o": {"size": 1, "ranges": 7}}}).to_wire()),
    log(Act("hold", "w", "h", GOOD).to_wire() + b" "),
    log(act("hold", "h1", o=(1, "0")), act("hold", "h1", o=(1, "0"))),
    log(act("release", "h1", o=(1, "0"))),
    log(act("hold", "h1", o=(5, "0")), act("release", "h1", o=(4, "0"))),
    log(act("hold", "h1", o=(5, "0")), act("release", "h1")),
    log(act("hold", "h1", o=(5, "0")), *[act("release", "h1", o=(6, "0"))] * 2),
]


@pytest.mark.parametrize("acts", MALFORMED, ids=range(len(MALFORMED)))
def test_a_hold_that_reads_ill_is_never_passed_over(acts: list[tuple[int, bytes]]) -> None:
    for reading in (holds_of, lambda a: in_force(a, "o", 9), lambda a: broken_holds(a, "o", [])):
        with pytest.raises(MalformedMessage):
            reading(acts)


def test_a_log_that_began_after_the_hold_is_not_held() -> None:
    acts = log(act("hold", "h1", o=(5, "0")), act("release", "h1", o=(6, "0"), later=(9, "")))
    assert not in_force(acts, "later", 3)
