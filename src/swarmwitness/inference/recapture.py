# SPDX-License-Identifier: Apache-2.0
"""How many addresses were missed: capture-recapture between sources that name peers.

A source names some of the peers of a swarm. If two sources named independently of each other, the share of
the second's that the first named too would be the share of all that the first named (Petersen), and
Chapman's form of it is nearly free of bias (Univ. California Publ. Stat. 1, 1951, 131-160). They are not
independent: who is met through one source is told of to another (PEX follows connections, trackers and the
DHT are told by the same clients), so the overlap is too large and the estimate too small. With three
sources and more, Chao's estimator (Scand. J. Stat. 11, 1984, 265-270; Biometrics 43, 1987, 783-791) is a
lower bound however unequal peers are to be found. All of them miss the peers that no source can name.
Each figure is read as "at least so many".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from swarmwitness.terms import Inconclusive

METHOD_VERSION = "1.0.0"
Z95 = 1.959963984540054
FEW = 7
"""Overlaps below this leave the interval without its coverage (Robson and Regier 1964)."""


@dataclass(frozen=True, slots=True)
class Recapture:
    """An estimate of how many there were, of whom `seen` were named by any source.

    Attributes:
        method: chapman (two sources) or chao (three and more).
        estimate: All of them, by the model; the truth is rather above.
        low, high: 95 % interval of the estimate under the model's own assumptions; never below `seen`.
        coverage: seen / estimate: rather too high.
        overlap: Named by two sources (Chapman) or by exactly two (Chao).
        by_source: Source -> how many it named.
    """

    method: str
    seen: int
    estimate: float
    low: float
    high: float
    overlap: int
    by_source: Mapping[str, int]
    notes: tuple[str, ...]
    method_version: str = METHOD_VERSION

    @property
    def coverage(self) -> float:
        """Share of the estimate that was seen."""
        return self.seen / self.estimate


def recapture(histories: Mapping[int, int], sources: tuple[str, ...]) -> Recapture | Inconclusive:
    """Estimate from how many were named by which sources.

    Args:
        histories: Set of sources as bits (bit i = sources[i]) -> how many were named by exactly these.
    """
    counted = {bits: n for bits, n in histories.items() if bits and n}
    by_source = {
        name: sum(n for bits, n in counted.items() if bits >> at & 1) for at, name in enumerate(sources)
    }
    used = {name: n for name, n in by_source.items() if n}
    if len(used) < 2:
        named = next(iter(used), "none")
        return Inconclusive(f"no_data: a single source named anybody ({named}); two are needed")
    seen = sum(counted.values())
    if len(used) == 2:
        return _chapman(seen, used)
    return _chao(seen, counted, used)


def _chapman(seen: int, used: Mapping[str, int]) -> Recapture | Inconclusive:
    first, second = used.values()
    both = first + second - seen
    if not both:
        return Inconclusive("no_data: the two sources named nobody in common; there may be any number more")
    estimate = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return _estimated("chapman", seen, (estimate, variance), both, used)


def _chao(seen: int, counted: Mapping[int, int], used: Mapping[str, int]) -> Recapture | Inconclusive:
    """By those named once and twice, for t sources (bias-corrected, for few occasions)."""
    t = len(used)
    once = sum(n for bits, n in counted.items() if bits.bit_count() == 1)
    twice = sum(n for bits, n in counted.items() if bits.bit_count() == 2)
    if once and not twice:
        return Inconclusive("no_data: nobody was named by exactly two sources; there may be any number more")
    share = (t - 1) / t
    missing = share * once * (once - 1) / (2 * (twice + 1))
    ratio = once / max(twice, 1)
    variance = max(twice, 1) * (0.5 * share * ratio**2 + share**2 * ratio**3 + 0.25 * share**2 * ratio**4)
    return _estimated("chao", seen, (seen + missing, variance), twice, used)


def _estimated(
    method: str, seen: int, moments: tuple[float, float], overlap: int, used: Mapping[str, int]
) -> Recapture:
    """The interval is log-normal in what was missed (Burnham 1987, in Chao 1987), so never below `seen`."""
    estimate, variance = moments
    missing = estimate - seen
    notes = ["sources that tell of the same peers make the estimate too small: at least so many"]
    if overlap < FEW:
        notes.append(f"only {overlap} in common: the interval is not to be relied on")
    if missing <= 0:
        return Recapture(
            method, seen, float(seen), float(seen), float(seen), overlap, dict(used), tuple(notes)
        )
    spread = math.exp(Z95 * math.sqrt(math.log1p(variance / missing**2)))
    low, high = seen + missing / spread, seen + missing * spread
    return Recapture(method, seen, estimate, low, high, overlap, dict(used), tuple(notes))
