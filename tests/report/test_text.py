# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.report.text import figure, percent, reason, visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (True, "yes"), (0, "0"), (2396, "2,396"), (0.0, "0"), (1.0, "1"), (61.25, "61.2"),
        (0.00299700300, "0.003"), (0.0004, "4.0 × 10⁻⁴"), (0.000999000999, "0.001"),
        (-3, "−3"), (3.2e-11, "3.2 × 10⁻¹¹"), (-6.81, "−6.81"),
        (12345678.0, "1.2 × 10⁷"), ("text", "text"),
    ],
)  # fmt: skip
def test_figures(value: object, text: str) -> None:
    assert figure(value) == text


@given(st.floats(min_value=1e-300, max_value=1.0))
def test_no_probability_is_written_as_nothing(p: float) -> None:
    assert figure(p) != "0"


def test_shares_intervals_lists_and_reasons() -> None:
    assert percent(0.314) == "31.4\u202f%"
    assert figure((18.94, 26.2)) == "18.9 to 26.2"
    assert figure(["first note", "second"]) == "first note; second"
    assert figure([1, 2, 3]) == "1; 2; 3"
    assert reason("no_data: nobody was there") == "nobody was there"


@given(st.text())
def test_visible_text_obeys_nothing(text: str) -> None:
    shown = visible(text)
    assert all(c.isprintable() or c in "\n\t" or c.isspace() for c in shown)
    assert not set(shown) & {"\u202e", "\u2066", "\x00", "\u200b", "\ufeff"}


def test_ordinary_titles_are_left_alone() -> None:
    for title in ("Les Misérables", "千と千尋", "Война и мир – часть 1", "فيلم", "🎬 Film"):
        assert visible(title) == title
