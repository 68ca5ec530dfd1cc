# SPDX-License-Identifier: Apache-2.0
"""Sealed exhibits into sightings: a pure function of the log.

Theory of operation: exhibits come in index order. `torrent` and `target` say what was watched;
`net`, `tcp`, `utp`, `http` and `udp` belong to connections, and each connection is read by the same
transcript, answer reader and rung rules that a live observer uses. Nothing else is asked: no clock, no file.
The same class makes live rows (fed as exhibits are recorded) and replayed rows, so they are equal.
A row names the exhibit that established it; what no exhibit carries gives no row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.evidence import Exhibit, read
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.observation.announced import AnnounceReplay
from swarmwitness.observation.aside import Aside, ControlSeen, Targeted, Told
from swarmwitness.observation.conversed import PeerReplay
from swarmwitness.observation.dhtsaid import DhtSaid
from swarmwitness.observation.early import EarlyDatagrams
from swarmwitness.observation.localsaid import LocalSaid
from swarmwitness.observation.note import Note
from swarmwitness.observation.opening import Opening
from swarmwitness.observation.polls import UNFINISHED, Watching, lookup_of, poll_of, watched
from swarmwitness.observation.possession import Overhearing, spoken, unreached
from swarmwitness.observation.registry import Registry
from swarmwitness.observation.rows import Cited, RowMaker
from swarmwitness.observation.taint import Taint
from swarmwitness.terms import InfoHash, Instant, MalformedMessage, Rung
from swarmwitness.terms.sighting import Sighting

OF_CONNECTIONS = frozenset({"tcp", "utp", "http", "udp"})
"""Kinds of exhibits that hold what crossed a connection."""


@dataclass(frozen=True, slots=True)
class _Held:
    """An open connection: how it began, and who reads it."""

    opening: Opening
    opened: Exhibit
    reader: PeerReplay | AnnounceReplay
    index: int


class Replayer:
    """Reads one log, exhibit by exhibit.

    Args:
        origin: The log's name; exhibits are cited as `log:ORIGIN/INDEX`.
        collector: Who saw it, in the rows; default the vantage that each exhibit names.
        aside: Told what the exhibits establish beside rows.
    """

    def __init__(self, origin: str, collector: str | None = None, aside: Aside | None = None) -> None:
        self._origin = origin
        self._collector = collector
        self._aside = aside
        self._registry = Registry()
        self._watching = Watching()
        self._open: dict[int, _Held] = {}
        self._early = EarlyDatagrams()
        self.oddities: Counter[str] = Counter()
        by_wire = self._registry.by_wire
        self._dht = DhtSaid(self._rows("dht"), by_wire, self.oddities, aside, self._cite)
        self._local = LocalSaid(self._rows("lsd"), by_wire, self.oddities)

    def feed(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        """The rows that this exhibit establishes, weakest rung first."""
        try:
            self._watching.saw(exhibit)
            rows = self._take(index, exhibit)
        except MalformedMessage:
            # An exhibit of our own making that cannot be read: kept in sight, never a crash.
            self.oddities[f"unreadable_{exhibit.kind}"] += 1
            return []
        return self._sightings(rows) if rows else rows

    def finish(self) -> list[Sighting]:
        """Rows of the connections whose end the log does not hold."""
        return self._sightings(self._finish(None))

    def _take(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        match exhibit.kind:
            case "torrent":
                self._registry.take_torrent(exhibit.payload)
            case "target":
                self._target(exhibit)
            case "act":
                return self._act(exhibit)
            case "net":
                return self._net(index, exhibit)
            case "dht":
                return self._dht.take(Cited(index, exhibit))
            case "lsd":
                return self._local.take(Cited(index, exhibit))
            case kind if kind in OF_CONNECTIONS:
                held = self._open.get(exhibit.connection)
                if held is not None:
                    return held.reader.take(Cited(index, exhibit))
                if kind != "utp" or not self._early.hold(Cited(index, exhibit)):
                    self.oddities["bytes_without_connection" if exhibit.connection else "strays"] += 1
        return []

    def _target(self, exhibit: Exhibit) -> None:
        info_hash = self._registry.take_target(exhibit.payload)
        self._watching.target(info_hash, exhibit)
        if self._aside is not None:
            self._aside(Targeted(self._registry.look_up(info_hash), self._registry.control(info_hash)))

    def _act(self, exhibit: Exhibit) -> list[Sighting]:
        match Note.from_wire(exhibit.payload).text("act"):
            case "observe-start":
                # An observer that was killed left its connections without an end.
                self._dht.clear()
                rows = self._finish(None)
                self._registry.begin()
                return rows
            case "observe-end":
                self._tell_watched(exhibit)
        return []

    def _net(self, index: int, exhibit: Exhibit) -> list[Sighting]:
        note = Note.from_wire(exhibit.payload)
        match note.text("event"):
            case "open":
                return self._begin(index, exhibit, note)
            case "close":
                held = self._open.pop(exhibit.connection, None)
                return [] if held is None else self._end(held, exhibit, note.text("outcome"), index)
            case "crossed":
                self._early.take(exhibit.connection)
            case "fail":
                self._early.take(exhibit.connection)
                self._failed(index, exhibit, note)
            case "lookup" if self._aside is not None:
                control = self._registry.control(note.info_hash("info_hash"))
                self._aside(lookup_of(note, exhibit, control, self._cite(index)))
            case "listen":
                self._registry.take_listen(exhibit.local, note)
            case "mse":
                self._keyed(exhibit, note)
        return []

    def _keyed(self, exhibit: Exhibit, note: Note) -> None:
        """A peer connection is encrypted from here on; what the peer sent before was its key."""
        held = self._open.get(exhibit.connection)
        if held is None or not isinstance(held.reader, PeerReplay):
            self.oddities["mse_without_connection"] += 1
            return
        try:
            held.reader.keyed(note.text("role"), bytes.fromhex(note.text("private")), self._registry.watched)
        except ValueError as error:
            raise MalformedMessage(f"mse: {error}") from None

    def _begin(self, index: int, exhibit: Exhibit, note: Note) -> list[Sighting]:
        opening = Opening.of(note)
        held = _Held(opening, exhibit, self._reading(opening, exhibit.at), index)
        if exhibit.local is not None:
            self._registry.here(exhibit.local.ip)
        before = self._open.pop(exhibit.connection, None)
        rows = [] if before is None else self._end(before, None, "", index)
        self._open[exhibit.connection] = held
        begun = [Cited(index, exhibit), *self._early.take(exhibit.connection)]
        return rows + [row for cited in begun for row in held.reader.take(cited)]

    def _reading(self, opening: Opening, at: Instant) -> PeerReplay | AnnounceReplay:
        """Who reads a connection that began so."""
        if opening.url and opening.info_hash is not None:
            return AnnounceReplay(self._rows("tracker")(opening.info_hash))
        known = None if opening.info_hash is None else self._registry.look_up(opening.info_hash)
        rows = self._rows("inbound" if opening.inbound else "outbound")
        peer = PeerReplay(rows, self._registry.by_wire, known, opening.transport)
        if self._aside is not None:
            peer.overhear = Overhearing(self._aside, self._origin, at)
        return peer

    def _rows(self, source: str) -> Callable[[InfoHash], RowMaker]:
        return lambda info_hash: RowMaker(self._origin, self._collector, source, info_hash)

    def _end(self, held: _Held, end: Exhibit | None, outcome: str, index: int) -> list[Sighting]:
        rows = held.reader.finish(end)
        self.oddities.update(held.reader.oddities)
        if self._aside is not None:
            self._tell_end(self._aside, held, end, outcome, index)
        return rows

    def _finish(self, end: Exhibit | None) -> list[Sighting]:
        rows = [row for held in self._open.values() for row in self._end(held, None, "", -1)]
        self._open.clear()
        self._early.clear()
        self._tell_watched(end)
        return rows

    # What is no sighting

    def _sightings(self, rows: list[Sighting]) -> list[Sighting]:
        """Less what was seen in swarms of our own, and less our own endpoints.

        Some of these others told us, and could have told a peer's: who claims pieces there is not us.
        """
        kept = []
        for row in rows:
            ours = row.rung < Rung.CLAIMED and self._registry.is_ours(row)
            control = self._registry.control_of(row)
            if control is None and not ours:
                kept.append(row)
            elif control is not None and self._aside is not None:
                self._aside(ControlSeen(control, row, ours))
        return kept

    # What is told beside rows

    def _cite(self, index: int) -> str:
        return f"log:{self._origin}/{index}"

    def _tell_watched(self, end: Exhibit | None) -> None:
        for told in self._watching.over(end):
            if self._aside is not None:
                self._aside(watched(told, self._registry.control(told[0])))

    def _tell_end(self, aside: Aside, held: _Held, end: Exhibit | None, outcome: str, index: int) -> None:
        reader, opening = held.reader, held.opening
        if isinstance(reader, AnnounceReplay):
            assert opening.info_hash is not None
            control = self._registry.control(opening.info_hash)
            told: Told | None = poll_of(
                opening, held.opened, outcome or UNFINISHED, control, self._cite(max(index, 0))
            )
        else:
            about = None if reader.torrent is None else self._registry.control(reader.torrent.info_hash)
            cite = self._cite(held.index if index < 0 else index)
            told = spoken(reader, opening, held.opened, end, (outcome, about, cite))
        if told is not None:
            aside(told)

    def _failed(self, index: int, exhibit: Exhibit, note: Note) -> None:
        """An announce or an attempt at a peer that never stood."""
        if self._aside is None:
            return
        opening, outcome = Opening.of(note), note.text("outcome")
        control = None if opening.info_hash is None else self._registry.control(opening.info_hash)
        told: Told | None
        if opening.url:
            told = poll_of(opening, exhibit, outcome, control, self._cite(index))
        else:
            told = unreached(opening, exhibit, outcome, (control, self._cite(index)))
        if told is not None:
            self._aside(told)


def replay(
    directory: Path,
    *,
    collector: str | None = None,
    content_key: bytes | None = None,
    aside: Aside | None = None,
    taint: Taint | None = None,
) -> Iterator[Sighting]:
    """Every row of a sealed log, streaming. Verify the log first: this only reads it.

    What was erased gives no row.

    Args:
        content_key: Opens the log's encrypted exhibits, if it has such.
        aside: Told what the exhibits establish beside rows.
        taint: Fed every exhibit: which of them have a time that cannot be relied on is known at the end.

    Raises:
        VerificationError: a damaged record; ENVELOPE_KEY: an exhibit is encrypted and no key was given;
            ENVELOPE: the key given is not its key.
    """
    replayer = Replayer(read_checkpoint(directory).origin, collector, aside)
    yield from _replayed(replayer, read(directory, content_key=content_key), taint)


def _replayed(
    replayer: Replayer, exhibits: Iterable[tuple[int, Exhibit]], taint: Taint | None
) -> Iterator[Sighting]:
    for index, exhibit in exhibits:
        if taint is not None:
            taint.feed(index, exhibit)
        yield from replayer.feed(index, exhibit)
    yield from replayer.finish()
