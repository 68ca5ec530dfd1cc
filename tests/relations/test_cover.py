# SPDX-License-Identifier: Apache-2.0
"""Stretches over places: every rest of a key falls into exactly one row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.relations.cover import NOBODY, Stretches, cover, exact


def stretches(cuts: list[int]) -> Stretches:
    """Of 192.0.0.0/22, from every second cut to the next."""
    key = [f"192000{n >> 8:03}{n & 255:03}" for n in cuts]
    n = len(cuts) // 2
    first, last = np.array(key[0 : 2 * n : 2], "S12"), np.array(key[1 : 2 * n : 2], "S12")
    return Stretches(first, last, np.arange(n))


@settings(deadline=None)
@given(st.lists(st.integers(0, 1023), unique=True, max_size=12).map(sorted))
def test_a_place_is_covered_whole_and_once(cuts: list[int]) -> None:
    own = stretches(cuts)
    places = np.array([b"192000000", b"192000002", b"192000003"], "S9")
    table, dense = cover(own, places, 99)
    assert len(dense) == 0
    rows = table.to_pylist()
    for place in (0, 2, 3):
        for last in range(256):
            number = place << 8 | last
            held = [
                row["held"]
                for row in rows
                if row["place"] == f"192000{place:03}" and row["low"] <= f"{last:03}" < row["high"]
            ]
            pairs = zip(cuts[::2], cuts[1::2], strict=False)
            assert held == [next((at for at, (a, b) in enumerate(pairs) if a <= number <= b), NOBODY)]


def test_a_place_that_is_finely_divided_is_left_to_whole_keys() -> None:
    own = stretches(list(range(20)))
    table, dense = cover(own, np.array([b"192000000", b"192000001"], "S9"), 9)
    assert dense.tolist() == [b"192000000"]
    assert [row["held"] for row in table.to_pylist()] == [NOBODY]
    keys = np.array([b"192000000003", b"192000000020"], "S12")
    assert exact(own, keys).to_pylist() == [
        {"place": "192000000003", "low": "", "high": "~", "held": 1},
        {"place": "192000000020", "low": "", "high": "~", "held": NOBODY},
    ]


def test_stretches_in_disorder_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        stretches([5, 9, 9, 12])
