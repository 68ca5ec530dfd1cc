# SPDX-License-Identifier: Apache-2.0
"""Exact intervals against scipy's own and against the printed tables."""

import numpy as np
import pytest
from scipy.stats import binomtest

from swarmwitness.inference.proportions import proportion


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 3000), (3, 10), (10, 10), (57, 1000)])
def test_the_interval_is_clopper_and_pearsons(k: int, n: int) -> None:
    made, other = proportion(k, n), binomtest(k, n).proportion_ci(method="exact")
    assert made.low == pytest.approx(other.low, abs=1e-12)
    assert made.high == pytest.approx(other.high, abs=1e-12)
    one_sided = binomtest(k, n, alternative="less").proportion_ci(method="exact")
    assert made.upper95 == pytest.approx(one_sided.high, abs=1e-12)


def test_nothing_in_three_thousand_is_below_a_thousandth() -> None:
    made = proportion(0, 3000)
    assert made.rate == 0
    assert made.upper95 == pytest.approx(3 / 3000, rel=2e-3)
    assert made.upper95 < 0.001


def test_it_covers_as_an_exact_interval_must() -> None:
    rng = np.random.default_rng(5)
    for truth in (0.002, 0.1, 0.5):
        draws = [proportion(int(k), 300) for k in rng.binomial(300, truth, 2000)]
        assert np.mean([p.low <= truth <= p.high for p in draws]) >= 0.95
        assert np.mean([truth <= p.upper95 for p in draws]) >= 0.94


@pytest.mark.parametrize(("k", "n"), [(0, 0), (2, 1), (-1, 4)])
def test_what_is_no_proportion(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="no proportion"):
        proportion(k, n)
