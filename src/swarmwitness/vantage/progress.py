# SPDX-License-Identifier: Apache-2.0
"""How a watch goes and how it went, in counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from swarmwitness.terms import Rung


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts at one moment of a watch.

    Attributes:
        swarms: Info_hashes watched.
        endpoints: Distinct (endpoint, swarm) pairs that trackers listed.
        open_links: Connections that stand and attempts under way.
        peers_by_rung: (endpoint, swarm) pairs by the highest rung that they reached.
        received_bytes: Peer-wire bytes, whatever they carried.
        exhibits: In the log.
        left_s: Seconds to the deadline.
    """

    swarms: int
    endpoints: int
    open_links: int
    peers_by_rung: dict[Rung, int]
    received_bytes: int
    exhibits: int
    left_s: float

    @property
    def work_bytes_uploaded(self) -> int:
        """Always 0: no encoder for `piece`, `hashes` or metadata data exists."""
        return 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A watch that is over.

    Attributes:
        progress: The last counts.
        dials: Attempts.
        outcomes: How attempts and connections ended -> how often. `fault` is a mistake of ours.
        announces: How announces ended -> how often.
        undialled: Why listed endpoints were not dialled -> how many.
        oddities: Kinds of anomaly -> how often.
        ended: deadline or cancelled.
    """

    progress: Progress
    dials: int
    outcomes: Counter[str] = field(default_factory=Counter)
    announces: Counter[str] = field(default_factory=Counter)
    undialled: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    ended: str = "deadline"
