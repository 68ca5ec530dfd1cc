# SPDX-License-Identifier: Apache-2.0
"""The counts of a whole watch, kept as things happen, so that nobody has to count thousands of swarms."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from swarmwitness.terms import Rung

MAX_FAULTS = 50
SOURCES = ("tracker", "dht", "pex", "lsd", "inbound")
"""Who can name an endpoint."""


@dataclass(slots=True)
class Tally:
    """Counts; the watch and its swarms add to them.

    Attributes:
        endpoints: (endpoint, swarm) pairs known, less those that made room for others.
        by_source: The same by who named them; one that two sources named counts in both.
        by_rung: The same by the highest rung in connections that are over.
        control_by_source: (endpoint, swarm) pairs of decoys and canaries that are not our own, by source.
        canaries_found: Per source, canaries of ours that it named.
        dials: Attempts.
        ways: (way, whether it came to a handshake) -> attempts that are over.
        outcomes: How attempts and connections ended.
        announces, scrapes, lookups: How announces, scrapes and look-ups ended.
        undialled: Why endpoints were not dialled.
        oddities: Kinds of anomaly.
        faults: Mistakes of ours that did not end the watch, in one line each.
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
    scrapes: Counter[str] = field(default_factory=Counter)
    lookups: Counter[str] = field(default_factory=Counter)
    undialled: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    past_bytes: int = 0

    def fault(self, error: BaseException) -> str:
        """A mistake of ours: the line that tells it."""
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        where = "" if trace is None else f" in {trace.tb_frame.f_code.co_qualname}, line {trace.tb_lineno}"
        line = f"{type(error).__name__}: {str(error)[:200]}{where}"
        if line in self.faults or len(self.faults) < MAX_FAULTS:
            self.faults[line] += 1
        return line

    def known(self, source: str, *, control: bool) -> None:
        """A new endpoint."""
        self.endpoints += 1
        self.by_rung[Rung.LISTED] += 1
        self.named(source, control=control)

    def forgotten(self, top: Rung) -> None:
        """An endpoint made room for another."""
        self.endpoints -= 1
        self.by_rung[top] -= 1

    def named(self, source: str, *, control: bool) -> None:
        """A source names an endpoint for the first time."""
        (self.control_by_source if control else self.by_source)[source] += 1

    def climbed(self, before: Rung, now: Rung) -> None:
        """The highest rung of an endpoint changed."""
        if before is not now:
            self.by_rung[before] -= 1
            self.by_rung[now] += 1
