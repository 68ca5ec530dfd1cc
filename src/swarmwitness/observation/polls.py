# SPDX-License-Identifier: Apache-2.0
"""When swarms were asked after and when they were under watch: polls and coverage, from notes and acts."""

from __future__ import annotations

from collections.abc import Iterator

from swarmwitness.evidence import Exhibit
from swarmwitness.observation.aside import Control, Poll, Watched
from swarmwitness.observation.note import Note
from swarmwitness.observation.opening import Opening
from swarmwitness.terms import InfoHash

UNFINISHED = "unfinished"
"""The log does not hold the poll's end: the observer was killed."""
REDIRECTED = "redirected"
"""The hop after it tells how the poll ended."""
OF_WATCHING = frozenset(
    {"net", "tcp", "utp", "http", "udp", "dht", "lsd", "torrent", "target", "certificate"}
)
"""Kinds that only a watch records: the last of them is the last moment at which a killed one was alive."""


def poll_of(
    opening: Opening, began: Exhibit, outcome: str, control: Control | None, exhibit: str
) -> Poll | None:
    """A poll of a tracker that is over; None for a hop that another one follows."""
    if opening.info_hash is None or outcome == REDIRECTED:
        return None
    return Poll(
        began.vantage, opening.info_hash, began.at.utc_us, outcome, "tracker",
        opening.method or "announce", control, exhibit,
    )  # fmt: skip


def lookup_of(note: Note, at: Exhibit, control: Control | None, exhibit: str) -> Poll:
    """A `lookup` note.

    Raises:
        MalformedMessage: no info_hash.
    """
    info_hash = note.info_hash("info_hash")
    source = note.text("source") or "dht"
    return Poll(at.vantage, info_hash, at.at.utc_us, note.text("outcome"), source, "lookup", control, exhibit)


class Watching:
    """Which swarms are under watch since when. Bounded by the targets of the log."""

    def __init__(self) -> None:
        self._since: dict[InfoHash, tuple[str, int]] = {}
        self._last_us: int | None = None

    def saw(self, exhibit: Exhibit) -> None:
        """The watch was alive then. A clock that is set back does not undo that."""
        if exhibit.kind in OF_WATCHING:
            self._last_us = max(self._last_us or 0, exhibit.at.utc_us)

    def target(self, info_hash: InfoHash, exhibit: Exhibit) -> None:
        """The swarm is watched from now on; a second target of it changes nothing."""
        self._since.setdefault(info_hash, (exhibit.vantage, exhibit.at.utc_us))

    def over(self, at: Exhibit | None) -> Iterator[tuple[InfoHash, str, int, int]]:
        """The watch ended: (info_hash, collector, since, until) of every swarm.

        Args:
            at: The end; None if it was killed: then it ended with its last exhibit.
        """
        end = self._last_us if at is None else at.at.utc_us
        for info_hash, (collector, since) in self._since.items():
            if end is not None and end > since:
                yield info_hash, collector, since, end
        self._since.clear()
        self._last_us = None


def watched(told: tuple[InfoHash, str, int, int], control: Control | None) -> Watched:
    """As the event that is told."""
    info_hash, collector, since, until = told
    return Watched(collector, info_hash, since, until, control)
