# SPDX-License-Identifier: Apache-2.0
"""Vantages of ours that other vantages of the case met or were told of: set apart, counted, said.

What is set apart is narrow, so that nobody vanishes because others call his endpoint ours: an address and
a port that a sealed log of this case says were its vantage's own, while that watch lasted. Who claims
pieces there is not us, since we claim none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swarmwitness.observation.ownends import OwnWatch
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting

MAX_ENDS = 16_384
"""Addresses of watches that are remembered, 8 KiB each."""


class OwnVantages:
    """Where the vantages of a case were, by log.

    Attributes:
        dropped: (the vantage set apart, its log) -> rows of other logs about it.
        left_out: Watches beyond the limit.
    """

    def __init__(self) -> None:
        self._at: defaultdict[str, list[tuple[str, OwnWatch]]] = defaultdict(list)
        self._held = 0
        self.dropped: Counter[tuple[str, str]] = Counter()
        self.left_out = 0

    def add(self, origin: str, watches: Iterable[OwnWatch]) -> None:
        """The watches of one log."""
        for watch in watches:
            if self._held + len(watch.ports) > MAX_ENDS:
                self.left_out += 1
                continue
            self._held += len(watch.ports)
            for ip in watch.ports:
                self._at[ip].append((origin, watch))

    def others(self, origin: str) -> Others:
        """What the log of that name tells of vantages other than its own."""
        ends = {
            ip: kept
            for ip, known in self._at.items()
            if (kept := [each for each in known if each[0] != origin])
        }
        return Others(ends, self.dropped)

    def warnings(self) -> Iterator[str]:
        """How many rows were set apart, and of whom."""
        for (vantage, origin), n in sorted(self.dropped.items()):
            yield (
                f"{n:,} rows of other logs are about our own vantage {vantage!r} of {origin}:"
                " they are in no count"
            )
        if self.left_out:
            yield f"the endpoints of {self.left_out:,} watches of ours are beyond the limit: counted as peers"


@dataclass(frozen=True, slots=True)
class Others:
    """The other vantages, as one log can have met them."""

    ends: dict[str, list[tuple[str, OwnWatch]]]
    dropped: Counter[tuple[str, str]]

    def sets_apart(self, row: Sighting) -> bool:
        """Whether the row is about another vantage of ours; counted if it is."""
        known = self.ends.get(row.ip)
        if known is None or row.port is None or row.rung >= Rung.CLAIMED:
            return False
        for origin, watch in known:
            if watch.owns(row.ip, row.port, row.observed_at):
                self.dropped[watch.vantage, origin] += 1
                return True
        return False
