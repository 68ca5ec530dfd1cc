# SPDX-License-Identifier: Apache-2.0
"""The counts of a whole watch, kept as things happen, so that nobody has to count thousands of swarms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from swarmwitness.terms import Rung

SOURCES = ("tracker", "dht", "pex", "lsd", "inbound")
"""Who can name an endpoint."""


@dataclass(slots=True)
class Tally:
    """Counts; the watch and its swarms add to them.

    Attributes:
        endpoints: (endpoint, swarm) pairs known.
        by_source: The same by who named them; one that two sources named counts in both.
        by_rung: The same by the highest rung in connections that are over.
        control_by_source: (endpoint, swarm) pairs of decoys and canaries that are not our own, by source.
        canaries_found: Per source, canaries of ours that it named.
        dials: Attempts.
        ways: (way, whether it came to a handshake) -> attempts that are over.
        outcomes: How attempts and connections ended.
        announces, lookups: How announces and look-ups ended.
        undialled: Why endpoints were not dialled.
        oddities: Kinds of anomaly.
        past_bytes: Received in connections that are over.
    """

    endpoints: int = 0
    by_source: Counter[str] = field(default_factory=Counter)
    by_rung: Counter[Rung] = field(default_factory=Counter)
    control_by_source: Counter[str] = field(default_factory=Counter)
    canaries_found: Counter[str] = field(default_factory=Counter)
    dials: int = 0
    ways: Counter[tuple[str, bool]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    announces: Counter[str] = field(default_factory=Counter)
    lookups: Counter[str] = field(default_factory=Counter)
    undialled: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    past_bytes: int = 0

    def known(self, source: str, *, control: bool) -> None:
        """A new endpoint."""
        self.endpoints += 1
        self.by_rung[Rung.LISTED] += 1
        self.named(source, control=control)

    def named(self, source: str, *, control: bool) -> None:
        """A source names an endpoint for the first time."""
        (self.control_by_source if control else self.by_source)[source] += 1

    def climbed(self, before: Rung, now: Rung) -> None:
        """The highest rung of an endpoint changed."""
        if before is not now:
            self.by_rung[before] -= 1
            self.by_rung[now] += 1
