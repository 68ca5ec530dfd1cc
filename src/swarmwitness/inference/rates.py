# SPDX-License-Identifier: Apache-2.0
"""How many works a year a set of addresses took up, by calendar year, with spread and interval.

Unit: distinct works, each counted in the year in which the set was first seen with it, so that the
years add up to the set's works. Exposure is the watched period in days; a year of the rate is
365.25 days. The interval is the exact Poisson one (Garwood, Biometrika 28, 1936, 437-442); it
holds for a steady rate only, so the dispersion of the whole years is printed beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc, gammaincinv

from swarmwitness.inference.downloads import DAY_US, Downloads, IntArray
from swarmwitness.terms import Inconclusive

METHOD_VERSION = "0.1.0"
DAYS_PER_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class YearCount:
    """One calendar year (UTC).

    Attributes:
        year: As people write it.
        works: Distinct works first seen with the set in it.
        days: Watched days of it; below 365 the year is partial.
        per_year: works / days * 365.25; None where no day was watched.
        whole: Whether all of its days were watched.
    """

    year: int
    works: int
    days: float
    per_year: float | None
    whole: bool


@dataclass(frozen=True, slots=True)
class YearlyRate:
    """Distinct works per year of one set.

    Attributes:
        works: Distinct works in the watched period.
        years: Watched days / 365.25.
        mean: works / years.
        interval: Exact 95 % Poisson interval of the mean, works per year.
        spread: Smallest and largest count among whole years (among all years if none is whole).
        dispersion: Variance / mean of the whole years' counts; None with fewer than two. 1 is
            Poisson; above, the interval is too narrow.
        dispersion_p: P(a dispersion at least so large | steady Poisson), chi-square.
        by_year: Each calendar year that the period touches, ascending.
    """

    works: int
    years: float
    mean: float
    interval: tuple[float, float]
    spread: tuple[int, int]
    dispersion: float | None
    dispersion_p: float | None
    by_year: tuple[YearCount, ...]
    notes: tuple[str, ...]
    method_version: str = METHOD_VERSION


def measure_rate(downloads: Downloads, watched_us: tuple[int, int]) -> YearlyRate | Inconclusive:
    """Count a set's distinct works by calendar year.

    Args:
        downloads: The set's rows, already cut to its addresses, scope and rung.
        watched_us: Half-open period of watching, microseconds since the epoch. Not the set's own
            first and last sighting: that would leave out the silent ends and raise the rate.
    """
    start, end = watched_us
    if end <= start:
        raise ValueError("the watched period ends before it begins")
    inside = (downloads.first_seen_us >= start) & (downloads.first_seen_us < end)
    outside = len(downloads) - int(inside.sum())
    if not inside.any():
        return Inconclusive("no_data: no download in the watched period")
    by_year = _by_year(_first_of_each_work(downloads.keep(inside)), start, end)
    return _summarised(by_year, (end - start) / DAY_US / DAYS_PER_YEAR, outside)


def poisson_interval(count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Garwood's exact interval for the mean of a Poisson count."""
    alpha = 1 - confidence
    # Half a chi-square quantile with 2k degrees of freedom is the inverse of the gamma function at k.
    low = float(gammaincinv(count, alpha / 2)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - alpha / 2))


def _first_of_each_work(downloads: Downloads) -> IntArray:
    order = np.lexsort((downloads.first_seen_us, downloads.work))
    _, first = np.unique(downloads.work[order], return_index=True)
    return downloads.first_seen_us[order][first]


def _by_year(first_seen_us: IntArray, start: int, end: int) -> tuple[YearCount, ...]:
    year_of = first_seen_us.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    first, last = (
        int(np.datetime64(edge, "us").astype("datetime64[Y]").astype(int)) for edge in (start, end - 1)
    )
    return tuple(_one_year(1970 + y, year_of, start, end) for y in range(first, last + 1))


def _one_year(year: int, year_of: IntArray, start: int, end: int) -> YearCount:
    opens, closes = (int(np.datetime64(f"{y:04d}-01-01", "us").astype(np.int64)) for y in (year, year + 1))
    days = (min(end, closes) - max(start, opens)) / DAY_US
    works = int((year_of == year).sum())
    whole = start <= opens and end >= closes
    return YearCount(year, works, days, works / days * DAYS_PER_YEAR, whole)


def _summarised(by_year: tuple[YearCount, ...], years: float, outside: int) -> YearlyRate:
    works = sum(y.works for y in by_year)
    low, high = poisson_interval(works)
    whole = [y.works for y in by_year if y.whole]
    spread = whole or [y.works for y in by_year]
    dispersion, dispersion_p = _dispersion(whole)
    return YearlyRate(
        works=works,
        years=years,
        mean=works / years,
        interval=(low / years, high / years),
        spread=(min(spread), max(spread)),
        dispersion=dispersion,
        dispersion_p=dispersion_p,
        by_year=by_year,
        notes=_notes(whole, dispersion_p, outside),
    )


def _dispersion(counts: list[int]) -> tuple[float | None, float | None]:
    if len(counts) < 2 or not sum(counts):
        return None, None
    index = float(np.var(counts, ddof=1) / np.mean(counts))
    degrees = len(counts) - 1
    return index, float(gammaincc(degrees / 2, index * degrees / 2))


def _notes(whole: list[int], dispersion_p: float | None, outside: int) -> tuple[str, ...]:
    notes = []
    if not whole:
        notes.append("no calendar year was watched whole: the spread is over partial years")
    if dispersion_p is not None and dispersion_p < 0.05:
        notes.append("the years differ more than a steady rate allows: the interval is too narrow")
    if outside:
        notes.append(f"{outside} downloads lie outside the watched period and are not counted")
    return tuple(notes)
