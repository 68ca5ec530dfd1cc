# SPDX-License-Identifier: Apache-2.0
"""An act has one spelling; everything else is refused, on any bytes."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence import Direction
from swarmwitness.evidence.custody.act import MAX_ACT_BYTES, Act, canonical, from_canonical
from swarmwitness.terms import Instant, MalformedMessage

ACT = Act("note", "Ada", "swarmwitness 0.2.0 custody note", {"text": "a"}, "why", {"n": 1})
WIRE = (
    b'{"act":"note","how":"swarmwitness 0.2.0 custody note","on":{"text":"a"},'
    b'"result":{"n":1},"who":"Ada","why":"why"}'
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def test_both_directions() -> None:
    assert ACT.to_wire() == WIRE
    assert Act.from_wire(WIRE) == ACT


@given(st.text(max_size=9), st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_every_act_comes_back(why: str, on: dict[str, object]) -> None:
    act = Act("x", "w", "h", on, why)
    assert Act.from_wire(act.to_wire()) == act


def test_the_exhibit() -> None:
    exhibit = ACT.to_exhibit(Instant(7), "berlin")
    assert (exhibit.kind, exhibit.direction, exhibit.connection) == ("act", Direction.NONE, 0)
    assert (exhibit.at, exhibit.vantage, exhibit.payload) == (Instant(7), "berlin", WIRE)


REFUSED = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\xff",
    WIRE + b" ",
    b" " + WIRE,
    WIRE[:-1],
    WIRE.replace(b'"a"', b'"\xc3\xa4"'),
    WIRE.replace(b'"n":1', b'"n":1.0e0'),
    WIRE.replace(b'"n":1', b'"n":NaN'),
    WIRE.replace(b'"n":1', b'"n":1,"n":1'),
    WIRE.replace(b'"n":1', b'"n":' + b"1" * 5000),
    WIRE.replace(b'"n":1', b'"n":' + b"[" * 100_000 + b"]" * 100_000),
    WIRE.replace(b'"a"', b'"\\ud800"'),
    WIRE.replace(b'"note"', b'"Note"'),
    WIRE.replace(b'"note"', b'"' + b"n" * 65 + b'"'),
    WIRE.replace(b'"Ada"', b"7"),
    WIRE.replace(b'{"text":"a"}', b'"a"'),
    WIRE.replace(b'{"n":1}', b"null"),
    WIRE.replace(b'"why":"why"', b'"why":""}'),
    WIRE.replace(b',"why":"why"', b""),
    WIRE.replace(b'"why":"why"', b'"why":"why","x":1'),
    b'{"act":"note"' + b" " * MAX_ACT_BYTES + b"}",
]


@pytest.mark.parametrize("payload", REFUSED, ids=range(len(REFUSED)))
def test_every_other_spelling_is_refused(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Act.from_wire(payload)


@given(st.binary(max_size=80) | st.builds(lambda v: json.dumps(v).encode(), json_values))
def test_any_bytes_parse_or_are_malformed(payload: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert canonical(from_canonical(payload)) == payload


def test_each_length_is_refused() -> None:
    for length in range(len(WIRE)):
        with pytest.raises(MalformedMessage):
            Act.from_wire(WIRE[:length])


def test_what_cannot_be_told_is_our_mistake() -> None:
    for unfit in (Act("", "w", "h"), Act("A", "w", "h"), Act("a", "w", "h", {"x": b"y"})):
        with pytest.raises(ValueError, match=r"act|JSON"):
            unfit.to_wire()
    with pytest.raises(ValueError, match="at most"):
        Act("a", "w", "h", {"x": "y" * MAX_ACT_BYTES}).to_wire()
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"x": float("nan")})
