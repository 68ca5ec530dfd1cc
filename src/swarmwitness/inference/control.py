# SPDX-License-Identifier: Apache-2.0
"""Control organisations: random sets of addresses that look like the anchors and are linked to nobody.

Sets are matched by downloads per address. Background addresses are binned by that number (1, 2,
3-4, 5-8, 9-16, …); a bin with fewer than `SPARE` background addresses for each anchor in it is
joined with its neighbour below (the lowest with its neighbour above), because an anchor's place must
be filled by chance and not by the same few addresses each time. Each random set takes from each bin
as many addresses as the anchors have there, without replacement.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from swarmwitness.inference.downloads import IntArray

SPARE = 5


def matched_sets(
    anchor_counts: IntArray, background_counts: IntArray, n: int, rng: np.random.Generator
) -> Iterator[IntArray]:
    """Draw n sets, each of as many background addresses as there are anchors.

    Args:
        anchor_counts: Downloads of each anchor address, at least 1.
        background_counts: The same of each background address.

    Yields:
        Indices into `background_counts`, distinct within a set.

    Raises:
        ValueError: more anchors than background addresses.
    """
    if anchor_counts.size > background_counts.size:
        raise ValueError("a set cannot be larger than the background that it is drawn from")
    wanted, members = _bins(anchor_counts, background_counts)
    for _ in range(n):
        yield np.concatenate(
            [
                rng.choice(pool, size, replace=False)
                for size, pool in zip(wanted, members, strict=True)
                if size
            ]
        )


def _bins(anchor_counts: IntArray, background_counts: IntArray) -> tuple[list[int], list[IntArray]]:
    """How many to draw from each bin, and which background addresses are in it."""
    ours, theirs = _octave(anchor_counts), _octave(background_counts)
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
