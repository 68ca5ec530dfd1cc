# SPDX-License-Identifier: Apache-2.0
"""Which address each subscriber of a world holds on each day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.leasing.classes import Draw

Ints = npt.NDArray[np.int64]


def held(rng: np.random.Generator, world: Draw, *, shared: bool) -> Ints:
    """Address numbers, (n_days + 1) x n_subscribers; a day begins at `moved_at`, and one more has begun.

    Where addresses are not shared, none has two holders at a time: who moves gets one that nobody
    who stays holds.
    """
    n, pool = world.n_subscribers, world.n_addresses
    now = rng.integers(0, pool, n) if shared else rng.permutation(pool)[:n]
    days = [now]
    for _ in range(world.n_days):
        moving = rng.random(n) < world.moves
        now = now.copy()
        now[moving] = (
            rng.integers(0, pool, int(moving.sum())) if shared else _free(rng, now[~moving], moving, pool)
        )
        days.append(now)
    return np.stack(days).astype(np.int64)


def _free(rng: np.random.Generator, kept: Ints, moving: npt.NDArray[np.bool_], pool: int) -> Ints:
    """As many addresses as move, drawn without repetition from those that nobody keeps."""
    n = int(moving.sum())
    drawn = rng.choice(pool, size=min(pool, n + len(kept)), replace=False)
    return drawn[~np.isin(drawn, kept)][:n].astype(np.int64)


def tenancies(where: Ints) -> Ints:
    """Beside each address, the number of the subscriber's uninterrupted holding of it."""
    moved = np.diff(where, axis=0, prepend=where[:1]) != 0
    return np.cumsum(moved, axis=0).astype(np.int64)
