# SPDX-License-Identifier: Apache-2.0
"""The number of successes among independent trials of unequal probability, exactly.

Direct convolution of positive numbers: nothing is subtracted, so that tails far below 1e-16 keep their
relative accuracy, which an FFT (absolute error about 1e-16) would lose. Cost k*k/2 for k trials.
Above `MAX_EXACT` trials the refined normal approximation stands in (Volkova 1996; Hong,
Comput. Stat. Data Anal. 59, 2013, 41-51, eq. 12), and the caller says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from swarmwitness.inference.downloads import FloatArray

BLOCK = 16
MAX_EXACT = 5000


@dataclass(frozen=True, slots=True)
class Tails:
    """Where an observed count lies in its null distribution.

    Attributes:
        upper: P(T >= observed).
        lower: P(T <= observed).
        upper_mid: P(T > observed) + P(T = observed) / 2, the mid-p (Lancaster 1961).
        lower_mid: P(T < observed) + P(T = observed) / 2.
    """

    upper: float
    lower: float
    upper_mid: float
    lower_mid: float


def tails(probabilities: FloatArray, observed: int) -> Tails:
    """Both tails of a count against trials of these probabilities, shape (k,)."""
    if not 0 <= observed <= probabilities.size:
        raise ValueError(f"{observed} successes of {probabilities.size} trials")
    if probabilities.size > MAX_EXACT:
        return _refined_normal(probabilities, observed)
    pmf = distribution(probabilities)
    above, at, below = float(pmf[observed + 1 :].sum()), float(pmf[observed]), float(pmf[:observed].sum())
    return Tails(
        min(above + at, 1.0), min(below + at, 1.0), min(above + at / 2, 1.0), min(below + at / 2, 1.0)
    )


def distribution(probabilities: FloatArray) -> FloatArray:
    """P(T = 0 … k), shape (k + 1,), for k trials."""
    k = probabilities.size
    if k == 0:
        return np.ones(1)
    parts = list(_blocks(np.pad(probabilities, (0, -k % BLOCK))))
    while len(parts) > 1:
        odd = [parts.pop()] if len(parts) % 2 else []
        parts = [np.convolve(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)] + odd
    return np.asarray(parts[0][: k + 1], dtype=np.float64)


def _blocks(padded: FloatArray) -> FloatArray:
    """Distributions of BLOCK trials each, shape (blocks, BLOCK + 1); padding adds failures only."""
    q = padded.reshape(-1, BLOCK)
    pmf = np.zeros((q.shape[0], BLOCK + 1))
    pmf[:, 0] = 1.0
    for trial in range(BLOCK):
        hit = pmf[:, :-1] * q[:, trial, None]
        pmf *= 1.0 - q[:, trial, None]
        pmf[:, 1:] += hit
    return pmf


def _refined_normal(q: FloatArray, observed: int) -> Tails:
    variance = float((q * (1 - q)).sum())
    if variance == 0:
        certain = round(float(q.sum()))
        upper, lower = float(observed <= certain), float(observed >= certain)
        return Tails(upper, lower, (upper + 1 - lower) / 2, (lower + 1 - upper) / 2)
    sd = variance**0.5
    skew = float((q * (1 - q) * (1 - 2 * q)).sum()) / sd**3

    def at_most(x: float) -> float:
        z = (x + 0.5 - float(q.sum())) / sd
        density = np.exp(-z * z / 2) / (2 * np.pi) ** 0.5
        return float(np.clip(ndtr(z) + skew * (1 - z * z) * density / 6, 0.0, 1.0))

    lower, below = at_most(observed), at_most(observed - 1)
    return Tails(1 - below, lower, 1 - (below + lower) / 2, (below + lower) / 2)
