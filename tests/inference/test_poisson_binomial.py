# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from swarmwitness.inference.poisson_binomial import MAX_EXACT, distribution, tails

EIGHTHS = st.integers(0, 8).map(lambda n: n / 8)


@given(st.lists(EIGHTHS, max_size=7))
def test_equals_the_enumeration_of_all_outcomes(q: list[float]) -> None:
    exact = [Fraction(0)] * (len(q) + 1)
    for outcome in product((0, 1), repeat=len(q)):
        weight = Fraction(1)
        for hit, p in zip(outcome, q, strict=True):
            weight *= Fraction(p) if hit else 1 - Fraction(p)
        exact[sum(outcome)] += weight
    np.testing.assert_allclose(distribution(np.array(q)), [float(x) for x in exact], rtol=1e-13, atol=0)


@settings(max_examples=30)
@given(st.integers(1, 600), st.floats(0.001, 0.999))
def test_equal_trials_are_binomial(k: int, p: float) -> None:
    ours = distribution(np.full(k, p))
    assert ours.shape == (k + 1,)
    np.testing.assert_allclose(ours, binom.pmf(np.arange(k + 1), k, p), rtol=1e-9, atol=1e-300)


def test_far_tails_keep_their_accuracy() -> None:
    found = tails(np.full(400, 0.01), 120)
    assert found.upper < 1e-100
    np.testing.assert_allclose(found.upper, binom.sf(119, 400, 0.01), rtol=1e-9)


def test_mid_p_halves_the_observed_count() -> None:
    found = tails(np.array([0.5, 0.5]), 1)
    assert (found.upper, found.lower) == (0.75, 0.75)
    assert (found.upper_mid, found.lower_mid) == (0.5, 0.5)


def test_certain_trials() -> None:
    found = tails(np.array([1.0, 1.0, 0.0]), 2)
    assert (found.upper, found.lower) == (1.0, 1.0)
    assert tails(np.array([]), 0).upper == 1.0


@pytest.mark.parametrize("observed", [-1, 3])
def test_refuses_a_count_that_cannot_be(observed: int) -> None:
    with pytest.raises(ValueError, match="of 2 trials"):
        tails(np.array([0.1, 0.2]), observed)


def test_many_trials_are_near_the_exact_tails() -> None:
    k = MAX_EXACT + 1
    p = 0.03
    for observed in (130, 150, 175):
        found = tails(np.full(k, p), observed)
        np.testing.assert_allclose(found.upper, binom.sf(observed - 1, k, p), rtol=0.05)
        np.testing.assert_allclose(found.lower, binom.cdf(observed, k, p), rtol=0.05)
    assert tails(np.ones(k), k).upper == 1.0
