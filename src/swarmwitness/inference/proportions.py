# SPDX-License-Identifier: Apache-2.0
"""k of n with its exact interval: pollution of sources, coverage by canaries, errors of planted trials."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv

METHOD_VERSION = "1.0.0"


@dataclass(frozen=True, slots=True)
class Proportion:
    """k of n, with the exact two-sided 95 % interval (Clopper and Pearson, Biometrika 26, 1934, 404-413).

    Attributes:
        upper95: One-sided: the true share lies below it with 95 % confidence. 0 of n gives
            1 - 0.05^(1/n), which is 3/n for all but small n.
    """

    k: int
    n: int
    low: float
    high: float
    upper95: float

    @property
    def rate(self) -> float:
        """k / n."""
        return self.k / self.n


def proportion(k: int, n: int, confidence: float = 0.95) -> Proportion:
    """The share and its interval.

    Raises:
        ValueError: no trial, or more hits than trials.
    """
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"{k} of {n} is no proportion")
    alpha = 1 - confidence
    return Proportion(k, n, _low(k, n, alpha / 2), _high(k, n, alpha / 2), _high(k, n, alpha))


def _low(k: int, n: int, tail: float) -> float:
    return float(betaincinv(k, n - k + 1, tail)) if k else 0.0


def _high(k: int, n: int, tail: float) -> float:
    return float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
