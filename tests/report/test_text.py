# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.report.text import (
    figure,
    instant,
    lasting,
    n_bytes,
    percent,
    reason,
    several,
    share,
    share_at_least,
    share_at_most,
    visible,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (True, "yes"), (0, "0"), (2396, "2,396"), (0.0, "0"), (1.0, "1"), (61.25, "61.2"),
        (0.00299700300, "0.003"), (0.0004, "4.0 × 10⁻⁴"), (0.000999000999, "0.001"),
        (-3, "−3"), (0.0504, "0.0504"), (3.2e-11, "3.2 × 10⁻¹¹"), (-6.81, "−6.81"),
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


@pytest.mark.parametrize(
    ("value", "least", "nearest", "most"),
    [
        (0.0, "0", "0", "0"), (1.0, "100", "100", "100"), (0.25, "25", "25", "25"),
        (0.000935728268, "0.0935", "0.0936", "0.0936"), (0.026162576, "2.61", "2.62", "2.62"),
        (0.96881, "96.8", "96.9", "96.9"), (0.999991, "99.9", "99.9991", "99.9991"),
        (0.9996, "99.9", "99.96", "99.96"),
    ],
)  # fmt: skip
def test_a_bound_is_rounded_away_from_the_truth(value: float, least: str, nearest: str, most: str) -> None:
    told = [f(value).removesuffix("\u202f%") for f in (share_at_least, share, share_at_most)]
    assert told == [least, nearest, most]


@given(st.floats(min_value=1e-9, max_value=1.0))
def test_bounds_of_shares_are_never_on_the_wrong_side(value: float) -> None:
    low, high = (float(f(value).removesuffix("\u202f%")) for f in (share_at_least, share_at_most))
    assert low / 100 <= value * (1 + 1e-12)
    assert high / 100 >= value * (1 - 1e-12)
    assert high > 0


def test_bytes_peers_and_instants() -> None:
    assert n_bytes(1_695_904) == "1,695,904\u00a0bytes"
    assert [several(n, "canary", "canaries") for n in (0, 1, 2)] == ["0 canaries", "1 canary", "2 canaries"]
    assert several(1200, "peer") == "1,200 peers"
    assert instant(1_772_366_400_999_999) == "2026-03-01 12:00:00Z"


@pytest.mark.parametrize(
    ("days", "told"),
    [(2919.0, "7.992 years"), (200.0, "200.0 days"), (0.5, "12.0 hours"), (0.000278, "24.0\u202fs")],
)
def test_a_span_is_told_in_the_unit_that_it_fills(days: float, told: str) -> None:
    assert lasting(days) == told
