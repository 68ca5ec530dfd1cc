# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.inference.control import matched_sets

COUNTS = st.lists(st.integers(1, 3000), min_size=1, max_size=60)


@given(COUNTS, st.data(), st.integers(0, 2**32))
def test_sets_have_the_anchors_size_and_no_address_twice(
    counts: list[int], data: st.DataObject, seed: int
) -> None:
    marks = data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    is_anchor = np.array(marks, dtype=bool)
    for picked in matched_sets(is_anchor, np.array(counts), 3, np.random.default_rng(seed)):
        assert picked.size == is_anchor.sum()
        assert np.unique(picked).size == picked.size
        assert ((picked >= 0) & (picked < len(counts))).all()


def marked(anchors: list[int], others: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """(is_anchor, counts) of addresses with these numbers of downloads."""
    return np.arange(len(anchors) + len(others)) < len(anchors), np.array(anchors + others)


def test_sets_are_matched_by_downloads_per_address() -> None:
    is_anchor, counts = marked([1, 1, 4, 3, 40], [1] * 500 + [4] * 500 + [40] * 100)
    for picked in matched_sets(is_anchor, counts, 50, np.random.default_rng(1)):
        assert sorted(counts[picked] // 2 * 2) in ([0, 0, 4, 4, 40], [0, 0, 2, 4, 40])


def test_a_thin_bin_is_joined_with_the_next_below() -> None:
    is_anchor, counts = marked([500], [1] * 100 + [8] * 30 + [300])
    drawn = [counts[picked] for picked in matched_sets(is_anchor, counts, 600, np.random.default_rng(2))]
    assert {int(x[0]) for x in drawn} == {8, 300, 500}


def test_a_thin_lowest_bin_is_joined_with_the_next_above() -> None:
    is_anchor, counts = marked([1], [1] * 2 + [8] * 30)
    drawn = [int(counts[p][0]) for p in matched_sets(is_anchor, counts, 400, np.random.default_rng(2))]
    assert set(drawn) == {1, 8}


def test_a_pool_smaller_than_any_bin_is_one_bin() -> None:
    is_anchor, counts = marked([64], [1, 2, 9])
    drawn = [int(counts[p][0]) for p in matched_sets(is_anchor, counts, 200, np.random.default_rng(2))]
    assert set(drawn) == {1, 2, 9, 64}


def test_each_address_of_a_bin_is_as_likely_anchors_too() -> None:
    is_anchor, counts = marked([1, 1], [1] * 18)
    times = np.zeros(20)
    for picked in matched_sets(is_anchor, counts, 4000, np.random.default_rng(3)):
        times[picked] += 1
    # 400 expected each, sd 19: five of them leave a chance of 1e-5 over twenty.
    assert np.abs(times - 400).max() < 95


def test_the_bins_do_not_depend_on_who_is_an_anchor() -> None:
    # Were the anchors' own rarity to widen a bin, they would be matched with quieter addresses.
    counts = np.array([1] * 50 + [8] * 30 + [300] * 20)
    for place in (0, 60, 99):
        drawn = matched_sets(np.arange(100) == place, counts, 50, np.random.default_rng(5))
        assert {int(counts[p][0]) for p in drawn} == {int(counts[place])}


def test_the_same_seed_draws_the_same_sets() -> None:
    is_anchor, counts = marked([1, 2, 9], list(range(1, 60)))
    first, second = (
        [p.tolist() for p in matched_sets(is_anchor, counts, 5, np.random.default_rng(4))] for _ in range(2)
    )
    assert first == second
