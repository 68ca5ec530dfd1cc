# SPDX-License-Identifier: Apache-2.0
"""The act `erased`: canonical, about exhibits before it, and about just those that are erased."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.announcement import ERASED_ACT, Announcement, check_act, with_lengths
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant, MalformedMessage

LENGTHS = "ab" * 32


def payload(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def act_of(raw: bytes, kind: str = "act") -> Exhibit:
    return Exhibit(kind, Direction.NONE, Instant(5), "example.org/log", 0, None, None, raw)


def test_it_says_which_exhibits_and_their_lengths() -> None:
    raw = payload({"act": "erased", "on": {"lengths": LENGTHS, "ranges": "1-3,7"}, "who": "somebody"})
    found = Announcement.from_payload(9, raw)
    assert found == Announcement(9, Ranges.of((1, 2, 3, 7)), bytes.fromhex(LENGTHS))


@pytest.mark.parametrize(
    "on",
    [
        {"ranges": "1-3"},
        {"lengths": LENGTHS},
        {"lengths": LENGTHS, "ranges": ""},
        {"lengths": LENGTHS, "ranges": "9"},
        {"lengths": LENGTHS, "ranges": "1-9"},
        {"lengths": LENGTHS, "ranges": "3,1"},
        {"lengths": LENGTHS, "ranges": 3},
        {"lengths": LENGTHS.upper(), "ranges": "3"},
        {"lengths": LENGTHS[:-1], "ranges": "3"},
        "3",
        None,
    ],
)
def test_one_that_does_not_is_refused(on: object) -> None:
    with pytest.raises(MalformedMessage):
        Announcement.from_payload(9, payload({"act": "erased", "on": on}))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"act":"erased"}',
        b'{"act":"erased", "on":{"lengths":"%s","ranges":"3"}}' % LENGTHS.encode(),
        b'{"act":"erased","on":{"ranges":"3","lengths":"%s"}}' % LENGTHS.encode(),
        b'{"act":"erased","on":{},"on":{"lengths":"%s","ranges":"3"}}' % LENGTHS.encode(),
        b'{"act":"erased","on":' + b"[" * 100_000,
        b'{"act":"erased","on":%s}' % (b"9" * 5000),
        b'{"act":"erased","on":{"lengths":"%s","ranges":"3"},"why":"\xc3\xa9"}' % LENGTHS.encode(),
    ],
)
def test_any_other_spelling_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Announcement.from_payload(9, raw)


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_with_the_one_error(raw: bytes) -> None:
    for candidate in (raw, ERASED_ACT + raw):
        with pytest.raises(MalformedMessage):
            Announcement.from_payload(9, candidate)


def test_an_act_must_name_just_the_exhibits_that_are_erased() -> None:
    ranges = Ranges.of((1, 2))
    right = payload({"act": "erased", "on": {"ranges": "1-2", "scope": "all of it"}, "who": "x"})
    check_act(act_of(right), ranges)
    for wrong in (
        act_of(right, "note"),
        act_of(payload({"act": "erased", "on": {"ranges": "1-3"}})),
        act_of(payload({"act": "erased", "on": "1-2"})),
        act_of(payload({"act": "hold", "on": {"ranges": "1-2"}})),
        act_of(b"{}"),
    ):
        with pytest.raises(ValueError, match="act"):
            check_act(wrong, ranges)
    whole = with_lengths(act_of(right), bytes.fromhex(LENGTHS))
    assert Announcement.from_payload(9, whole.payload).ranges == ranges
    assert json.loads(whole.payload)["on"] == {"lengths": LENGTHS, "ranges": "1-2", "scope": "all of it"}
