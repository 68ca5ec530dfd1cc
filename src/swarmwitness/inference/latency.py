# SPDX-License-Identifier: Apache-2.0
"""How long after a work's release it was first seen at an address.

Unit: days, per (work, address) download. "First seen" is when a monitor saw it: a poll a day late
makes a latency a day long, and a work that was never polled has none, so a latency is an upper
bound on the true one and a share "within a day" a lower bound.
A sighting before the release is no latency; it is counted apart, because it says that the release
date, a clock or the identity of the torrent is wrong (or that a copy leaked).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmwitness.inference.downloads import DAY_US, Downloads, FloatArray, IntArray
from swarmwitness.terms import Inconclusive

METHOD_VERSION = "0.1.0"
NO_RELEASE = int(np.iinfo(np.int64).min)
"""Stands in `released_us` where a work's release is unknown."""
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
MIN_ADDRESSES = 5
"""Below so many addresses, resampling them says nothing of their variation: no interval."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Latency:
    """Release-to-first-seen latency of one set.

    Attributes:
        n: Downloads with a release at or before the sighting.
        n_without_release: Downloads whose work has no known release.
        n_before_release: Downloads seen before the release.
        n_addresses: Distinct addresses among the n.
        quantiles_days: (probability, days) for `QUANTILES`.
        median_interval: 95 % percentile bootstrap over addresses, days; None below MIN_ADDRESSES.
        within_a_day: Share of the n with a latency of at most one day, 0-1.
        within_a_day_interval: As above, share.
    """

    n: int
    n_without_release: int
    n_before_release: int
    n_addresses: int
    quantiles_days: tuple[tuple[float, float], ...]
    median_interval: Interval | None
    within_a_day: float
    within_a_day_interval: Interval | None
    resamples: int
    seed: int
    notes: tuple[str, ...]
    method_version: str = METHOD_VERSION


def measure_latency(
    downloads: Downloads, released_us: IntArray, *, seed: int, resamples: int = 1000
) -> Latency | Inconclusive:
    """Measure the latencies of a set's downloads.

    Args:
        downloads: The set's rows, n of them.
        released_us: Release of each row's work, microseconds since the epoch, shape (n,);
            `NO_RELEASE` where unknown.
        seed: Of the bootstrap, which draws whole addresses: the downloads of one are not independent.
    """
    if released_us.shape != downloads.work.shape:
        raise ValueError(f"released_us: shape {downloads.work.shape} is asked for, not {released_us.shape}")
    known = released_us != NO_RELEASE
    early = known & (downloads.first_seen_us < released_us)
    used = known & ~early
    if not used.any():
        return Inconclusive(
            f"no_data: {int((~known).sum())} downloads without a release, {int(early.sum())} before it"
        )
    days = (downloads.first_seen_us[used] - released_us[used]) / DAY_US
    addresses, owner = np.unique(downloads.actor[used], return_inverse=True)
    enough = addresses.size >= MIN_ADDRESSES
    medians, shares = _bootstrap(days, owner, addresses.size, seed, resamples) if enough else (None, None)
    return Latency(
        n=days.size,
        n_without_release=int((~known).sum()),
        n_before_release=int(early.sum()),
        n_addresses=int(addresses.size),
        quantiles_days=tuple((q, float(np.quantile(days, q, method="inverted_cdf"))) for q in QUANTILES),
        median_interval=medians,
        within_a_day=float((days <= 1).mean()),
        within_a_day_interval=shares,
        resamples=resamples if enough else 0,
        seed=seed,
        notes=() if enough else (f"no interval: fewer than {MIN_ADDRESSES} addresses",),
    )


def _bootstrap(
    days: FloatArray, owner: IntArray, n_addresses: int, seed: int, resamples: int
) -> tuple[Interval, Interval]:
    """Percentile intervals of the median and of the share within a day.

    Resampled addresses are whole-number weights on their rows; the rows are sorted once, so a
    resampled median is a look-up in running weights.
    """
    rng = np.random.default_rng(seed)
    order = np.argsort(days, kind="stable")
    days, owner = days[order], owner[order]
    within = int(np.searchsorted(days, 1.0, side="right"))
    medians, shares = np.empty(resamples), np.empty(resamples)
    for i in range(resamples):
        drawn = np.bincount(rng.integers(n_addresses, size=n_addresses), minlength=n_addresses)
        running = np.cumsum(drawn[owner])
        medians[i] = days[np.searchsorted(running, running[-1] / 2)]
        shares[i] = (running[within - 1] if within else 0) / running[-1]
    return _percentiles(medians), _percentiles(shares)


def _percentiles(values: FloatArray) -> Interval:
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)
