# SPDX-License-Identifier: Apache-2.0
"""Control organisations: random sets of addresses that look like the anchors.

They are drawn from everybody who is no candidate, the anchors included: under the null the anchors are
such a random set themselves, which makes (as strong + 1) / (n + 1) an exact p-value.
Sets are matched by downloads per address. Addresses are binned by that number (1, 2, 3-4, 5-8,
9-16, …); a bin with fewer than `SPARE` addresses for each anchor in it is joined with its neighbour
below (the lowest with its neighbour above), because an anchor's place must be filled by chance and
not by the same few addresses each time. Each random set takes from each bin as many addresses as the
anchors have there, without replacement.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from swarmwitness.inference.downloads import IntArray

SPARE = 5


def matched_sets(
    anchor_counts: IntArray, pool_counts: IntArray, n: int, rng: np.random.Generator
) -> Iterator[IntArray]:
    """Draw n sets, each of as many addresses as there are anchors.

    Args:
        anchor_counts: Downloads of each anchor address, at least 1.
        pool_counts: The same of each address that may be drawn.

    Yields:
        Indices into `pool_counts`, distinct within a set.

    Raises:
        ValueError: more anchors than addresses to draw from.
    """
    if anchor_counts.size > pool_counts.size:
        raise ValueError("a set cannot be larger than the pool that it is drawn from")
    wanted, members = _bins(anchor_counts, pool_counts)
    for _ in range(n):
        yield np.concatenate(
            [
                rng.choice(pool, size, replace=False)
                for size, pool in zip(wanted, members, strict=True)
                if size
            ]
        )


def _bins(anchor_counts: IntArray, pool_counts: IntArray) -> tuple[list[int], list[IntArray]]:
    """How many to draw from each bin, and which addresses are in it."""
    ours, theirs = _octave(anchor_counts), _octave(pool_counts)
    wanted: list[int] = []
    members: list[IntArray] = []
    size, pool = 0, np.empty(0, dtype=np.int64)
    for octave in range(int(max(ours.max(), theirs.max())), -1, -1):
        size += int((ours == octave).sum())
        pool = np.concatenate([pool, np.flatnonzero(theirs == octave)])
        if pool.size >= SPARE * size:
            wanted.append(size)
            members.append(pool)
            size, pool = 0, np.empty(0, dtype=np.int64)
    while size > 0 and members:  # the lowest bins were too thin: join them with those above
        size, pool = size + wanted.pop(), np.concatenate([pool, members.pop()])
        if pool.size >= SPARE * size:
            break
    return [*wanted, size], [*members, pool]


def _octave(counts: IntArray) -> IntArray:
    """1 -> 0, 2 -> 1, 3-4 -> 2, 5-8 -> 3, …"""
    return np.ceil(np.log2(counts)).astype(np.int64)
