# SPDX-License-Identifier: Apache-2.0
"""What flows into every module: distinct (work, address) downloads as parallel arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

DAY_US = 86_400_000_000
THURSDAY_TO_MONDAY = 3  # 1970-01-01 was a Thursday; weeks begin on Monday (ISO 8601)


@dataclass(frozen=True, slots=True)
class Downloads:
    """n distinct (work, address) downloads, all arrays of shape (n,), int64.

    "Download" is the table's word for "this address was seen with this work"; what that
    supports is told by the rung. Names and addresses stay outside: indices alone come in.

    Attributes:
        actor: Index of the address.
        work: Index of the work.
        week: Week of `first_seen_us`, a running number (Monday to Sunday, UTC).
        kind: Index of the work's kind (film, book, …).
        first_seen_us: First sighting of the pair, microseconds since the epoch.
        rung: Highest rung of the pair, 0-9.
    """

    actor: IntArray
    work: IntArray
    week: IntArray
    kind: IntArray
    first_seen_us: IntArray
    rung: IntArray

    def __post_init__(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if column.ndim != 1 or column.dtype != np.int64 or column.size != self.actor.size:
                raise ValueError(f"{field.name}: an int64 array of shape ({self.actor.size},) is asked for")
        if self.actor.size and min(self.actor.min(), self.work.min(), self.kind.min()) < 0:
            raise ValueError("actor, work and kind are indices from 0")
        pair = self.actor * (self.work.max(initial=0) + 1) + self.work
        if np.unique(pair).size != self.actor.size:
            raise ValueError("a (work, address) pair stands twice: downloads are distinct pairs")

    @classmethod
    def of(
        cls, actor: IntArray, work: IntArray, kind: IntArray, first_seen_us: IntArray, rung: IntArray
    ) -> Downloads:
        """The same, with the week worked out from `first_seen_us`."""
        return cls(actor, work, week_of(first_seen_us), kind, first_seen_us, rung)

    def __len__(self) -> int:
        return int(self.actor.size)

    def keep(self, mask: BoolArray) -> Downloads:
        """Just these rows, in their order."""
        return Downloads(*(getattr(self, field.name)[mask] for field in fields(self)))

    def by(self, actors: IntArray) -> BoolArray:
        """Which rows belong to these addresses, shape (n,)."""
        return np.isin(self.actor, actors)

    def from_rung(self, rung_min: int) -> Downloads:
        """Just the rows whose highest rung is at least this."""
        return self.keep(self.rung >= rung_min)


def week_of(utc_us: IntArray) -> IntArray:
    """Running number of the week (Monday to Sunday, UTC) of each instant."""
    return np.asarray((utc_us // DAY_US + THURSDAY_TO_MONDAY) // 7, dtype=np.int64)
