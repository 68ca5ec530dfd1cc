# SPDX-License-Identifier: Apache-2.0
"""Sets of exhibit numbers behave as Python's sets do, and have one spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence import ranges as ranges_module
from swarmwitness.evidence.ranges import Ranges, first_named
from swarmwitness.terms import MalformedMessage

SETS = st.sets(st.integers(0, 40), max_size=30)


@given(SETS, SETS, st.integers(0, 41), st.integers(0, 41))
def test_it_behaves_as_a_set_does(one: set[int], two: set[int], low: int, high: int) -> None:
    a, b = Ranges.of(one), Ranges.of(two)
    assert set(a | b) == one | two
    assert set(a & b) == one & two
    assert set(a - b) == one - two
    assert list(a) == sorted(one)
    assert len(a) == len(one)
    assert bool(a) == bool(one)
    assert [index in a for index in range(-2, 44)] == [index in one for index in range(-2, 44)]
    assert set(a.between(low, high)) == {index for index in one if low <= index < high}
    assert Ranges.from_text(a.to_text()) == a
    assert (a == b) == (one == two)
    if one:
        assert (a.first, a.last) == (min(one), max(one))


@given(st.lists(SETS, max_size=8))
def test_what_is_named_first_is_told(sets: list[set[int]]) -> None:
    held: set[int] = set()
    due = []
    for new in sets:
        due.append(Ranges.of(new - held))
        held |= new
    assert first_named([Ranges.of(new) for new in sets]) == due


def test_sets_by_the_thousand_that_overlap_are_told_apart_soon() -> None:
    """Each a little wider at one end and narrower at the other than the one before."""
    sets = [Ranges(((20_000 - number, 10**9 - number),)) for number in range(20_000)]
    found = first_named(sets)
    assert found[0] == sets[0]
    assert [part.intervals for part in found[1:]] == [((low, low + 1),) for low in range(19_999, 0, -1)]


@pytest.mark.parametrize(
    ("indices", "text"),
    [([], ""), ([7], "7"), ([4, 0, 1, 2, 3, 9], "0-4,9"), ([1, 2], "1-2"), ([10**17], "1" + "0" * 17)],
)
def test_the_spelling(indices: list[int], text: str) -> None:
    assert Ranges.of(indices).to_text() == text
    assert Ranges.from_text(text) == Ranges.of(indices)


@pytest.mark.parametrize(
    "text",
    [
        ",", "1,", ",1", "01", "1-1", "2-1", "1,2", "1-2,3", "3,1", "1-3,2", "1,1", " 1", "1 ", "-1", "1-",
        "+1", "1--2", "a", "1,,2", "1-2-3", "\u0661", "1\n", "9" * 19, "1-" + "9" * 19, "00", "0-00",
    ],
)  # fmt: skip
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(MalformedMessage):
        Ranges.from_text(text)


@given(st.text("0123456789-,", max_size=12))
def test_any_text_is_refused_or_is_the_one_spelling(text: str) -> None:
    try:
        found = Ranges.from_text(text)
    except MalformedMessage:
        return
    assert found.to_text() == text


def test_a_text_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges_module, "MAX_TEXT", 5)
    assert Ranges.from_text("1,3,5") == Ranges.of((1, 3, 5))
    with pytest.raises(MalformedMessage):
        Ranges.from_text("1,3,5,7")


def test_intervals_out_of_order_are_our_mistake() -> None:
    for intervals in (((1, 1),), ((2, 1),), ((0, 2), (2, 3)), ((3, 4), (1, 2)), ((-2, 1),)):
        with pytest.raises(ValueError, match="ascending"):
            Ranges(intervals)
    assert Ranges.merged([(5, 7), (1, 1), (0, 2), (2, 4), (6, 9)]) == Ranges(((0, 4), (5, 9)))
    with pytest.raises(ValueError, match="empty"):
        _ = Ranges().first
    assert "1" not in Ranges.of((1,))


def test_a_million_numbers_are_one_interval() -> None:
    assert Ranges.of(range(10**6)).intervals == ((0, 10**6),)
    assert len(Ranges(((0, 10**15),))) == 10**15
