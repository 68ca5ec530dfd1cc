# SPDX-License-Identifier: Apache-2.0
"""Sealed exhibits into sightings: a pure function of the log.

Theory of operation: exhibits come in index order. `torrent` and `target` say what was watched;
`net`, `tcp` and `http` belong to connections, and each connection is read by the same transcript,
answer reader and rung rules that a live observer uses. Nothing else is asked: no clock, no file.
The same class makes live rows (fed as exhibits are recorded) and replayed rows, so they are equal.
A row names the exhibit that established it; what no exhibit carries gives no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from swarmwitness.evidence import Exhibit, read
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.observation.announced import AnnounceReplay
from swarmwitness.observation.conversed import PeerReplay
from swarmwitness.observation.note import Note
from swarmwitness.observation.opening import Opening
from swarmwitness.observation.registry import Registry
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.terms import InfoHash, MalformedMessage
from swarmwitness.terms.sighting import Sighting

OF_CONNECTIONS = frozenset({"tcp", "http"})
"""Kinds of exhibits that hold what crossed a connection."""


class Replayer:
    """Reads one log, exhibit by exhibit.

    Args:
        origin: The log's name; exhibits are cited as `log:ORIGIN/INDEX`.
        collector: Who saw it, in the rows; default the vantage that each exhibit names.
    """

    def __init__(self, origin: str, collector: str | None = None) -> None:
        self._origin = origin
        self._collector = collector
        self._registry = Registry()
        self._open: dict[int, PeerReplay | AnnounceReplay] = {}
        self.oddities: Counter[str] = Counter()

    def feed(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        """The rows that this exhibit establishes, weakest rung first."""
        try:
            return self._take(index, exhibit)
        except MalformedMessage:
            # An exhibit of our own making that cannot be read: kept in sight, never a crash.
            self.oddities[f"unreadable_{exhibit.kind}"] += 1
            return []

    def finish(self) -> list[Sighting]:
        """Rows of the connections whose end the log does not hold."""
        rows = [row for each in self._open.values() for row in self._end(each, None)]
        self._open.clear()
        return rows

    def _take(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        match exhibit.kind:
            case "torrent":
                self._registry.take_torrent(exhibit.payload)
            case "target":
                self._registry.take_target(exhibit.payload)
            case "act" if Note.from_wire(exhibit.payload).text("act") == "observe-start":
                # An observer that was killed left its connections without an end.
                return self.finish()
            case "net":
                return self._net(index, exhibit)
            case kind if kind in OF_CONNECTIONS:
                if exhibit.connection in self._open:
                    return self._open[exhibit.connection].take(Cited(index, exhibit))
                self.oddities["bytes_without_connection"] += 1
        return []

    def _net(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        note = Note.from_wire(exhibit.payload)
        event = note.text("event")
        if event == "open":
            return self._begin(index, exhibit, note)
        held = self._open.pop(exhibit.connection, None) if event == "close" else None
        if held is None:
            return []
        return self._end(held, exhibit)

    def _begin(self, index: int, exhibit: Exhibit, note: Note) -> list[Sighting]:
        held = self._reading(Opening.of(note))
        before = self._open.pop(exhibit.connection, None)
        rows = [] if before is None else self._end(before, None)
        self._open[exhibit.connection] = held
        return rows + held.take(Cited(index, exhibit))

    def _reading(self, opening: Opening) -> PeerReplay | AnnounceReplay:
        """Who reads a connection that began so."""
        if opening.url and opening.info_hash is not None:
            return AnnounceReplay(self._rows("tracker")(opening.info_hash))
        known = None if opening.info_hash is None else self._registry.look_up(opening.info_hash)
        rows = self._rows("inbound" if opening.inbound else "outbound")
        return PeerReplay(rows, self._registry.by_wire, known, opening.transport)

    def _rows(self, source: str) -> Callable[[InfoHash], RowMaker]:
        return lambda info_hash: RowMaker(self._origin, self._collector, source, info_hash)

    def _end(self, held: PeerReplay | AnnounceReplay, end: Exhibit | None) -> list[Sighting]:
        rows = held.finish(end)
        self.oddities.update(held.oddities)
        return rows


def replay(
    directory: Path, *, collector: str | None = None, content_key: bytes | None = None
) -> Iterator[Sighting]:
    """Every row of a sealed log, streaming. Verify the log first: this only reads it.

    What was erased gives no row.

    Args:
        content_key: Opens the log's encrypted exhibits, if it has such.

    Raises:
        VerificationError: a damaged record; ENVELOPE_KEY: an exhibit is encrypted and no key was given;
            ENVELOPE: the key given is not its key.
    """
    replayer = Replayer(read_checkpoint(directory).origin, collector)
    yield from _replayed(replayer, read(directory, content_key=content_key))


def _replayed(replayer: Replayer, exhibits: Iterable[tuple[int, Exhibit]]) -> Iterator[Sighting]:
    for index, exhibit in exhibits:
        yield from replayer.feed(index, exhibit)
    yield from replayer.finish()
