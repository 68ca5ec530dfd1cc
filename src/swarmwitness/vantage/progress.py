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
        swarms: Info_hashes watched, our own controls not counted.
        endpoints: Distinct (endpoint, swarm) pairs that anybody named or that came to us.
        open_links: Connections that stand and attempts under way.
        peers_by_rung: (endpoint, swarm) pairs by the highest rung that they reached.
        received_bytes: Peer-wire bytes, whatever they carried.
        exhibits: In the log.
        left_s: Seconds to the deadline.
        by_source: The same pairs by who named them; one that two sources named counts in both.
        open_by_transport: Links by tcp and utp.
        waiting: Attempts that are planned.
        checkpoint_size: Exhibits under the last signed checkpoint.
        checkpoint_age_s: Since it was signed.
        clock_error_s: Bound on the error of the clock; None = the kernel does not know it.
        controls: (endpoint, swarm) pairs that sources named in swarms of our own, by source.
        canaries, canaries_found: Peers of our own, and how many of them each source named.
    """

    swarms: int
    endpoints: int
    open_links: int
    peers_by_rung: dict[Rung, int]
    received_bytes: int
    exhibits: int
    left_s: float
    by_source: dict[str, int] = field(default_factory=dict)
    open_by_transport: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    checkpoint_size: int = 0
    checkpoint_age_s: float = 0.0
    clock_error_s: float | None = None
    controls: dict[str, int] = field(default_factory=dict)
    canaries: int = 0
    canaries_found: dict[str, int] = field(default_factory=dict)

    @property
    def work_bytes_uploaded(self) -> int:
        """Always 0: no encoder for `piece`, `hashes` or metadata data exists."""
        return 0

    def to_json(self) -> dict[str, object]:
        """One line for machines."""
        return {
            "swarms": self.swarms,
            "endpoints": self.endpoints,
            "endpoints_by_source": self.by_source,
            "peers_by_rung": {rung.name: n for rung, n in self.peers_by_rung.items()},
            "open_links": self.open_links,
            "open_by_transport": self.open_by_transport,
            "waiting": self.waiting,
            "bytes_received": self.received_bytes,
            "bytes_of_works_uploaded": self.work_bytes_uploaded,
            "exhibits": self.exhibits,
            "checkpoint_size": self.checkpoint_size,
            "checkpoint_age_s": round(self.checkpoint_age_s, 1),
            "clock_error_s": self.clock_error_s,
            "controls": self.controls,
            "canaries": self.canaries,
            "canaries_found": self.canaries_found,
            "left_s": round(self.left_s, 1),
        }


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
        ways: Way to meet a peer -> (attempts that are over, those that came to a handshake).
        lookups: How look-ups in the DHT ended -> how often.
        scrapes: How scrapes of trackers ended -> how often.
        faults: Mistakes of ours that did not end the watch -> how often.
    """

    progress: Progress
    dials: int
    outcomes: Counter[str] = field(default_factory=Counter)
    announces: Counter[str] = field(default_factory=Counter)
    undialled: Counter[str] = field(default_factory=Counter)
    oddities: Counter[str] = field(default_factory=Counter)
    ended: str = "deadline"
    ways: dict[str, tuple[int, int]] = field(default_factory=dict)
    lookups: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    scrapes: Counter[str] = field(default_factory=Counter)
