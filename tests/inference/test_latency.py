# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from swarmwitness.inference import NO_RELEASE, Downloads, Latency, measure_latency
from swarmwitness.inference.downloads import DAY_US
from swarmwitness.terms import Inconclusive

RELEASE = 20_000 * DAY_US


def after(days: list[float], actor: list[int] | None = None) -> Downloads:
    work = np.arange(len(days), dtype=np.int64)
    seen = RELEASE + np.array([round(d * DAY_US) for d in days], dtype=np.int64)
    return Downloads.of(work if actor is None else np.array(actor), work, work * 0, seen, work * 0)


def released(n: int) -> np.ndarray:
    return np.full(n, RELEASE)


def test_quantiles_and_share_within_a_day() -> None:
    found = measure_latency(after([0, 0.5, 1, 1.01, 2, 3, 4, 5, 6, 10]), released(10), seed=1)
    assert isinstance(found, Latency)
    assert found.quantiles_days == ((0.1, 0.0), (0.25, 1.0), (0.5, 2.0), (0.75, 5.0), (0.9, 6.0))
    assert (found.n, found.within_a_day) == (10, 0.3)


def test_before_release_and_without_release_are_counted_apart() -> None:
    when = released(4)
    when[3] = NO_RELEASE
    found = measure_latency(after([-1, 0, 2, 5]), when, seed=1)
    assert isinstance(found, Latency)
    assert (found.n, found.n_before_release, found.n_without_release) == (2, 1, 1)
    assert found.quantiles_days[-1] == (0.9, 2.0)


def test_few_addresses_have_no_interval() -> None:
    found = measure_latency(after([1, 2, 3, 4], [0, 0, 1, 2]), released(4), seed=1)
    assert isinstance(found, Latency)
    assert (found.median_interval, found.within_a_day_interval, found.resamples) == (None, None, 0)
    assert found.notes == ("no interval: fewer than 5 addresses",)


def test_without_any_release_it_is_inconclusive() -> None:
    found = measure_latency(after([1, -2]), np.array([NO_RELEASE, RELEASE]), seed=1)
    assert found == Inconclusive("no_data: 1 downloads without a release, 1 before it")


def test_the_same_seed_gives_the_same_interval() -> None:
    days = list(np.random.default_rng(3).exponential(3, 60))
    first, second, other = (measure_latency(after(days), released(60), seed=s) for s in (5, 5, 6))
    assert first == second
    assert first != other


def test_refuses_releases_of_another_length() -> None:
    with pytest.raises(ValueError, match="released_us: shape"):
        measure_latency(after([1, 2]), released(3), seed=1)


@pytest.mark.parametrize("per_address", [1, 8])
def test_the_interval_covers_the_true_median(per_address: int) -> None:
    # Each address has its own pace: rows of one address are alike, and the interval must know it.
    rng = np.random.default_rng(7)
    true, hits, trials = 3.0, 0, 200
    for trial in range(trials):
        pace = rng.lognormal(np.log(true), 0.8, 60)
        rows = after(list(np.repeat(pace, per_address)), list(np.repeat(np.arange(60), per_address)))
        found = measure_latency(rows, released(len(rows)), seed=trial, resamples=300)
        assert isinstance(found, Latency)
        assert found.median_interval is not None
        hits += found.median_interval[0] <= true <= found.median_interval[1]
    # 95 % nominal; with 200 trials fewer than 180 hits have a chance of 0.2 %.
    assert hits >= 180
