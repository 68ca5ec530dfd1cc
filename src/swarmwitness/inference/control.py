# SPDX-License-Identifier: Apache-2.0
"""Control organisations: random sets of addresses that look like the anchors.

They are drawn from everybody who is no candidate, the anchors included: under the null the anchors are
such a random set themselves, which makes (as strong + 1) / (n + 1) an exact p-value.
Sets are matched by downloads per address: addresses are binned by that number (1, 2, 3-4, 5-8,
9-16, …), bins with fewer than `SMALLEST` addresses are joined with the next below (the lowest with the
next above), and each random set takes from each bin as many addresses as the anchors have there, without
replacement. The bins come from all addresses together and never from the anchors: bins that gave way
where an anchor is unusually busy would match it with quieter ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from swarmwitness.inference.downloads import BoolArray, IntArray

SMALLEST = 20


def matched_sets(
    is_anchor: BoolArray, counts: IntArray, n: int, rng: np.random.Generator
) -> Iterator[IntArray]:
    """Draw n sets, each of as many addresses as there are anchors.

    Args:
        is_anchor: Which of the addresses are anchors, shape (n_addresses,).
        counts: Downloads of each address, at least 1, shape (n_addresses,).

    Yields:
        Indices of addresses, distinct within a set; ascending by bin.
    """
    pools = _bins(counts)
    wanted = [int(is_anchor[pool].sum()) for pool in pools]
    for _ in range(n):
        yield np.concatenate(
            [rng.choice(pool, size, replace=False) for pool, size in zip(pools, wanted, strict=True)]
        )


def _bins(counts: IntArray) -> list[IntArray]:
    """Indices of the addresses of each bin, the busiest first."""
    octave = np.ceil(np.log2(counts)).astype(np.int64)  # 1 -> 0, 2 -> 1, 3-4 -> 2, 5-8 -> 3, …
    bins: list[IntArray] = []
    pool = np.empty(0, dtype=np.int64)
    for level in range(int(octave.max()), -1, -1):
        pool = np.concatenate([pool, np.flatnonzero(octave == level)])
        if pool.size >= SMALLEST:
            bins.append(pool)
            pool = np.empty(0, dtype=np.int64)
    if pool.size and bins:
        bins[-1] = np.concatenate([bins[-1], pool])
    elif pool.size:
        bins.append(pool)
    return bins
