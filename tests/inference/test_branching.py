# SPDX-License-Identifier: Apache-2.0
"""Least copies: small cases by hand, and every drawn graph against all ways to spread a piece."""

import itertools

import numpy as np
import pytest

from swarmwitness.inference import branching
from swarmwitness.inference.branching import least_copies


def graph(n: int, *arcs: tuple[int, int]) -> np.ndarray:
    feeds = np.zeros((n, n), dtype=bool)
    for u, v in arcs:
        feeds[u, v] = True
    return feeds


ALL = np.ones(4, dtype=bool)


@pytest.mark.parametrize(
    ("arcs", "from_holder", "wanted", "copies"),
    [
        ([], [1, 1, 1, 1], [0], 1.0),
        ([], [1, 1, 1, 1], [0, 1, 2], 3.0),
        ([(0, 1), (1, 2)], [1, 1, 1, 1], [0, 1, 2], 1.0),
        ([(0, 1), (1, 0)], [1, 1, 1, 1], [0, 1], 1.0),
        ([(0, 1), (1, 0), (2, 3), (3, 2)], [1, 1, 1, 1], [0, 1, 2, 3], 2.0),
        # 3 is not known to have it; it may have passed it on to both.
        ([(3, 0), (3, 1)], [1, 1, 1, 1], [0, 1], 1.0),
        ([(3, 0), (3, 1)], [1, 1, 1, 0], [0, 1], 2.0),
        # No way leads to 1: connections are missing, and one copy is all that is claimed.
        ([], [1, 0, 1, 1], [0, 1], 1.0),
    ],
)
def test_small_cases(arcs, from_holder, wanted, copies) -> None:
    made = least_copies(graph(4, *arcs), np.asarray(from_holder, dtype=bool), np.asarray(wanted))
    assert made == pytest.approx(copies, abs=1e-5)


def cheapest(feeds: np.ndarray, from_holder: np.ndarray, wanted: np.ndarray) -> float:
    """By trying every set of peers that the holder serves."""
    n = feeds.shape[0]
    for size in range(n + 1):
        for served in itertools.combinations(np.flatnonzero(from_holder), size):
            has = set(served)
            while more := {v for u in has for v in range(n) if feeds[u, v]} - has:
                has |= more
            if set(wanted.tolist()) <= has:
                return float(size)
    return 1.0


@pytest.mark.parametrize("batch", range(3))
def test_never_above_the_cheapest_way_and_rarely_below(batch: int) -> None:
    rng = np.random.default_rng(batch)
    equal = 0
    for _ in range(150):
        n = int(rng.integers(1, 7))
        feeds = rng.random((n, n)) < rng.choice((0.1, 0.3, 0.5))
        np.fill_diagonal(feeds, False)
        from_holder = rng.random(n) < 0.7
        wanted = np.flatnonzero(rng.random(n) < 0.6)
        if not wanted.size:
            continue
        made, best = least_copies(feeds, from_holder, wanted), cheapest(feeds, from_holder, wanted)
        assert made <= best + 1e-9
        equal += abs(made - best) < 1e-4
    assert equal > 100


def test_the_programme_is_used_and_may_be_fractional() -> None:
    """Three relays, each of which serves two of three: half a copy to each relay is a solution."""
    feeds = graph(6, (3, 0), (3, 1), (4, 1), (4, 2), (5, 0), (5, 2))
    made = least_copies(feeds, np.asarray([0, 0, 0, 1, 1, 1], dtype=bool), np.arange(3))
    assert made == pytest.approx(1.5, abs=1e-4)


def test_what_is_too_large_claims_one_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branching, "MAX_VARIABLES", 3)
    feeds = graph(6, (3, 0), (3, 1), (4, 1), (4, 2), (5, 0), (5, 2))
    assert least_copies(feeds, np.asarray([0, 0, 0, 1, 1, 1], dtype=bool), np.arange(3)) == 1.0
