# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from swarmwitness.inference import Downloads, YearlyRate, measure_rate
from swarmwitness.inference.rates import poisson_interval
from swarmwitness.terms import Inconclusive


def us(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000_000


def seen(*instants: int, works: list[int] | None = None) -> Downloads:
    n = len(instants)
    actor = np.arange(n, dtype=np.int64)
    work = actor if works is None else np.array(works, dtype=np.int64)
    return Downloads.of(actor, work, actor * 0, np.array(instants, dtype=np.int64), actor * 0)


def test_157_works_in_seven_years_are_22_a_year() -> None:
    # The published pair of figures: 157 works, 2018 to 2024, "about 22 a year".
    counts = {2018: 16, 2019: 31, 2020: 20, 2021: 25, 2022: 22, 2023: 23, 2024: 20}
    instants = [us(year, 6) + i for year, n in counts.items() for i in range(n)]
    rate = measure_rate(seen(*instants), (us(2018), us(2025)))
    assert isinstance(rate, YearlyRate)
    assert (rate.works, rate.spread) == (157, (16, 31))
    assert abs(rate.mean - 22.43) < 0.01
    assert abs(rate.interval[0] - 19.05) < 0.01
    assert abs(rate.interval[1] - 26.22) < 0.01
    assert {y.year: y.works for y in rate.by_year} == counts
    assert all(y.whole for y in rate.by_year)
    assert rate.notes == ()


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Ulm, Am. J. Epidemiol. 131 (1990), and any table of Garwood's limits.
    [(0, 0.0, 3.689), (1, 0.025, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_poisson_limits_match_the_printed_tables(count: int, low: float, high: float) -> None:
    np.testing.assert_allclose(poisson_interval(count), (low, high), atol=0.0006)


def test_a_work_counts_once_in_the_year_of_its_first_sighting() -> None:
    rows = seen(us(2020, 3), us(2019, 3), us(2021, 3), works=[7, 7, 8])
    rate = measure_rate(rows, (us(2019), us(2022)))
    assert isinstance(rate, YearlyRate)
    assert [y.works for y in rate.by_year] == [1, 0, 1]
    assert rate.works == 2


def test_partial_years_have_their_days() -> None:
    rate = measure_rate(seen(us(2019, 12), us(2020, 5)), (us(2019, 7, 2), us(2020, 7, 1)))
    assert isinstance(rate, YearlyRate)
    assert [(y.days, y.whole) for y in rate.by_year] == [(183.0, False), (182.0, False)]
    np.testing.assert_allclose(rate.by_year[0].per_year, 365.25 / 183, rtol=1e-12)
    assert rate.spread == (1, 1)
    assert "no calendar year was watched whole" in rate.notes[0]


def test_a_period_that_ends_at_new_year_does_not_open_the_next() -> None:
    rate = measure_rate(seen(us(2019, 2)), (us(2019), us(2020)))
    assert isinstance(rate, YearlyRate)
    assert [y.year for y in rate.by_year] == [2019]


def test_uneven_years_are_said_to_be_uneven() -> None:
    instants = [us(2018, 6) + i for i in range(90)] + [us(2019, 6) + i for i in range(10)]
    rate = measure_rate(seen(*instants), (us(2018), us(2020)))
    assert isinstance(rate, YearlyRate)
    np.testing.assert_allclose(rate.dispersion, np.var([90, 10], ddof=1) / 50, rtol=1e-12)
    assert rate.dispersion_p is not None
    assert rate.dispersion_p < 1e-12
    assert "differ more than a steady rate allows" in rate.notes[0]


def test_what_lies_outside_the_period_is_named() -> None:
    rate = measure_rate(seen(us(2017, 2), us(2018, 2)), (us(2018), us(2019)))
    assert isinstance(rate, YearlyRate)
    assert (rate.works, rate.notes) == (
        1,
        ("1 downloads lie outside the watched period and are not counted",),
    )


def test_nothing_seen_is_inconclusive() -> None:
    assert measure_rate(seen(us(2017)), (us(2018), us(2019))) == Inconclusive(
        "no_data: no download in the watched period"
    )


def test_refuses_a_period_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="ends before it begins"):
        measure_rate(seen(us(2018)), (us(2019), us(2019)))


def test_the_exact_interval_covers_a_steady_rate() -> None:
    rng = np.random.default_rng(11)
    for mean in (0.7, 5.0, 40.0):
        counts = rng.poisson(mean, 4000)
        limits = np.array([poisson_interval(int(c)) for c in range(counts.max() + 1)])
        covered = (limits[counts, 0] <= mean) & (mean <= limits[counts, 1])
        assert covered.mean() >= 0.95
