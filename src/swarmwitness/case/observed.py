# SPDX-License-Identifier: Apache-2.0
"""What a watch came to: its live rows counted as they come, and the summary at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from swarmwitness.evidence import Exhibit
from swarmwitness.observation import Replayer
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import Progress, Summary

MOST_PEERS_COUNTED = 2_000_000


@dataclass(frozen=True, slots=True)
class ObserveSummary:
    """A watch that is over.

    Attributes:
        n_rows: Live rows; replay of the log gives the same ones.
        peers_by_rung: Distinct (address, port, info_hash) by the highest rung reached.
        exhibits: Under the last checkpoint.
        checkpoint_file: Where the last checkpoint was kept apart.
        classes: Odd peers and sources of this watch by class; they accuse nobody.
    """

    origin: str
    progress: Progress | None
    summary: Summary | None
    n_rows: int
    peers_by_rung: dict[Rung, int]
    exhibits: int
    checkpoint_file: Path
    warnings: tuple[str, ...]
    classes: dict[str, int] = field(default_factory=dict)

    @property
    def bytes_received(self) -> int:
        """Peer-wire bytes, whatever they carried."""
        return self.progress.received_bytes if self.progress else 0

    @property
    def bytes_of_works_uploaded(self) -> int:
        """0 by construction: no encoder for content exists."""
        return self.progress.work_bytes_uploaded if self.progress else 0

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "origin": self.origin,
            "exhibits": self.exhibits,
            "rows": self.n_rows,
            "peers_by_rung": {rung.name: n for rung, n in self.peers_by_rung.items()},
            "bytes_received": self.bytes_received,
            "bytes_of_works_uploaded": self.bytes_of_works_uploaded,
            "dials": self.summary.dials if self.summary else None,
            "outcomes": dict(self.summary.outcomes) if self.summary else {},
            "announces": dict(self.summary.announces) if self.summary else {},
            "scrapes": dict(self.summary.scrapes) if self.summary else {},
            "oddities": dict(self.summary.oddities) if self.summary else {},
            "ended": self.summary.ended if self.summary else "interrupted",
            "checkpoint": str(self.checkpoint_file),
            "ways": {w: list(n) for w, n in self.summary.ways.items()} if self.summary else {},
            "lookups": dict(self.summary.lookups) if self.summary else {},
            "watch": self.progress.to_json() if self.progress else None,
            "classes": self.classes,
            "warnings": list(self.warnings),
        }


@dataclass(slots=True)
class Live:
    """Rows as they come, counted and handed on, and the last progress.

    Attributes:
        uncounted: Rows of peers beyond `MOST_PEERS_COUNTED`, which are sealed and counted by `run`.
    """

    replayer: Replayer
    on_progress: Callable[[Progress], None] | None
    on_row: Callable[[Sighting], None] | None
    n_rows: int = 0
    uncounted: int = 0
    last: Progress | None = None
    highest: dict[int, Rung] = field(default_factory=dict)

    def take(self, index: int, exhibit: Exhibit) -> None:
        """An exhibit is in the log."""
        self.count(self.replayer.feed(index, exhibit))

    def count(self, rows: list[Sighting]) -> None:
        """Rows that an exhibit established."""
        self.n_rows += len(rows)
        for row in rows:
            # A number of 64 bits instead of the peer itself: a watch of months meets millions.
            peer = hash((row.ip, row.port, row.info_hash))
            if peer in self.highest or len(self.highest) < MOST_PEERS_COUNTED:
                self.highest[peer] = max(self.highest.get(peer, Rung.LISTED), row.rung)
            else:
                self.uncounted += 1
            if self.on_row is not None:
                self.on_row(row)

    @property
    def peers_by_rung(self) -> dict[Rung, int]:
        """Peers by the highest rung that they reached."""
        return dict(sorted(Counter(self.highest.values()).items()))

    def tell(self, progress: Progress) -> None:
        """How the watch goes."""
        self.last = progress
        if self.on_progress is not None:
            self.on_progress(progress)


def told_beside(live: Live) -> Iterator[str]:
    """What a person should know beside the counts."""
    if live.uncounted:
        yield f"more than {MOST_PEERS_COUNTED:,} peers: {live.uncounted:,} rows are in the log alone"
    left = {} if live.last is None else {k: n for k, n in live.last.controls.items() if n}
    if left:
        named = ", ".join(f"{n:,} by {source}" for source, n in sorted(left.items()))
        yield f"endpoints named in swarms of our own, in which nobody is: {named}"
