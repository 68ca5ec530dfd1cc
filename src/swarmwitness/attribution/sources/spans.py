# SPDX-License-Identifier: Apache-2.0
"""Which ranges of a file overlap, in 24 bytes per range: a file of millions of lines stays small."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np

from swarmwitness.terms.endpoint import Prefix


@dataclass(slots=True)
class Spans:
    """Ranges of one version of IP. Of IPv6 the first 64 bits are looked at, and prefixes up to /64."""

    first: array[int] = field(default_factory=lambda: array("Q"))
    last: array[int] = field(default_factory=lambda: array("Q"))
    place: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, prefix: Prefix, place: int) -> None:
        """Note a range and where it stands."""
        if prefix.version == 6 and prefix.prefixlen > 64:
            return
        shift = 64 if prefix.version == 6 else 0
        self.first.append(int(prefix.network_address) >> shift)
        self.last.append(int(prefix.broadcast_address) >> shift)
        self.place.append(place)

    def overlaps(self) -> list[tuple[int, int]]:
        """(Place, place of a range before it that reaches into it), by address."""
        if len(self.first) < 2:
            return []
        first, last, place = (np.frombuffer(each, np.uint64) for each in (self.first, self.last, self.place))
        order = np.lexsort((place, last, first))
        first, last, place = first[order], last[order], place[order]
        reach = np.maximum.accumulate(last)
        at = np.nonzero(first[1:] <= reach[:-1])[0]
        # The range that reaches furthest so far is the one that reaches into the next.
        holder = np.searchsorted(reach, reach[at])
        return list(zip(place[at + 1].tolist(), place[holder].tolist(), strict=True))
