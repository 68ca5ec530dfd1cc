# SPDX-License-Identifier: Apache-2.0
"""The way into the evidence log: bytes are recorded here before anyone parses them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.log import LogBrokenError
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage.clock import Clock

OnExhibit = Callable[[int, Exhibit], None]
Note = Mapping[str, object]


class RecordingError(Exception):
    """Nothing more can be recorded, so nothing more may be observed."""


@dataclass(frozen=True, slots=True)
class Line:
    """Between whom: the connection's number and both its ends."""

    connection: int = 0
    local: Endpoint | None = None
    remote: Endpoint | None = None


NO_LINE = Line()


class Recorder:
    """Records what happens at one vantage.

    Args:
        log: Where to; one writer.
        clock: Read once per exhibit.
        vantage: Who watches, by name.
        on_exhibit: Told of each exhibit after it is in the log: the live rows hang here.
    """

    def __init__(
        self, log: EvidenceLog, clock: Clock, vantage: str, on_exhibit: OnExhibit | None = None
    ) -> None:
        self._log = log
        self._clock = clock
        self._read = clock.read
        self._vantage = vantage
        self._on_exhibit = on_exhibit
        self.failure: Exception | None = None

    @property
    def size(self) -> int:
        """Exhibits in the log."""
        return self._log.size

    def now(self) -> Instant:
        """The clock, for what is not recorded."""
        return self._clock.read()

    def record(self, kind: str, direction: Direction, payload: bytes, line: Line = NO_LINE) -> Instant:
        """Write down what crossed the socket just now, and say when that was."""
        at = self._read()
        exhibit = Exhibit(
            kind, direction, at, self._vantage, line.connection, line.local, line.remote, payload
        )
        try:
            index = self._log.record(exhibit)
        except (OSError, LogBrokenError) as error:
            raise self._broke(error) from error
        if self._on_exhibit is not None:
            self._on_exhibit(index, exhibit)
        return at

    def new_line(self, local: Endpoint | None, remote: Endpoint | None) -> Line:
        """A connection whose first exhibit is recorded next.

        Its number is that exhibit's index + 1, so it is unique in the log for as long as the log lives.
        """
        return Line(self._log.size + 1, local, remote)

    def note(self, kind: str, note: Note, line: Line = NO_LINE) -> Instant:
        """Record an act or an event of ours, as canonical JSON."""
        return self.record(kind, Direction.NONE, canonical(note), line)

    def flush(self) -> None:
        """Make durable what was recorded."""
        try:
            self._log.flush()
        except (OSError, LogBrokenError) as error:
            raise self._broke(error) from error

    def seal(self) -> None:
        """Cover everything recorded by a signed checkpoint."""
        try:
            self._log.seal(self._clock.read())
        except (OSError, LogBrokenError) as error:
            raise self._broke(error) from error

    def _broke(self, error: Exception) -> RecordingError:
        """An OSError in a socket's callback would pass for a failure of the network; this does not."""
        self.failure = self.failure or error
        return RecordingError(f"the evidence log cannot be written: {error}")


def canonical(note: Note) -> bytes:
    """JSON with one spelling: sorted keys, no blanks, ASCII."""
    return json.dumps(note, sort_keys=True, separators=(",", ":")).encode("ascii")
