# SPDX-License-Identifier: Apache-2.0
"""How leases stand to the truth: whom they mix, what they part."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.leasing.worlds import Sightings

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Score:
    """Whole counts, which add up over worlds.

    Attributes:
        n_leases: Leases.
        n_mixed: Leases with sightings of two or more subscribers.
        n_sightings: Sightings.
        n_in_mixed: Sightings that stand in such a lease.
        n_strange: Sightings in a lease most of whose sightings are another subscriber's.
        n_pairs: Pairs of sightings of one lease.
        n_wrong_pairs: Those of two subscribers.
        n_steps: Sightings that follow another of the same tenancy (which is of one address) at the same port.
        n_parted: Those that stand in another lease than the one before.
        n_tenures: Tenancies with two or more sightings at one port.
        n_cut: Those of which some step is cut.
    """

    n_leases: int = 0
    n_mixed: int = 0
    n_sightings: int = 0
    n_in_mixed: int = 0
    n_strange: int = 0
    n_pairs: int = 0
    n_wrong_pairs: int = 0
    n_steps: int = 0
    n_parted: int = 0
    n_tenures: int = 0
    n_cut: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def mixed(self) -> float:
        """Share of sightings that stand under another's name."""
        return self.n_strange / max(self.n_sightings, 1)

    @property
    def parted(self) -> float:
        """Share of steps that are cut."""
        return self.n_parted / max(self.n_steps, 1)


def score(seen: Sightings, lease: Ints) -> Score:
    """Count what a rule got wrong in one world."""
    if not len(seen):
        return Score()
    n = int(lease.max()) + 1
    pair, n_of_pair = np.unique(
        lease * (int(seen.subscriber.max()) + 1) + seen.subscriber, return_counts=True
    )
    of_lease = pair // (int(seen.subscriber.max()) + 1)
    size = np.bincount(lease, minlength=n)
    holders = np.bincount(of_lease, minlength=n)
    most = np.zeros(n, np.int64)
    np.maximum.at(most, of_lease, n_of_pair)
    squares = int((size.astype(np.int64) ** 2).sum())
    own_squares = int((n_of_pair.astype(np.int64) ** 2).sum())
    return Score(
        int((size > 0).sum()),
        int((holders > 1).sum()),
        len(seen),
        int(size[holders > 1].sum()),
        int((size - most).sum()),
        (squares - len(seen)) // 2,
        (squares - own_squares) // 2,
        *_steps(seen, lease),
    )


def _steps(seen: Sightings, lease: Ints) -> tuple[int, int, int, int]:
    order = np.lexsort((seen.at, seen.port, seen.tenancy))
    opens = np.zeros(len(order), bool)
    opens[0] = True
    for values in (seen.port, seen.tenancy):
        ordered = values[order]
        opens[1:] |= ordered[1:] != ordered[:-1]
    ordered = lease[order]
    parted = ~opens & np.concatenate(([False], ordered[1:] != ordered[:-1]))
    tenure = np.cumsum(opens) - 1
    n_steps, n_cuts = np.bincount(tenure) - 1, np.bincount(tenure, weights=parted)
    return int((~opens).sum()), int(parted.sum()), int((n_steps > 0).sum()), int((n_cuts > 0).sum())
