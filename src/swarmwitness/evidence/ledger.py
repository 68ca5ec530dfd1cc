# SPDX-License-Identifier: Apache-2.0
"""What one pass over a log sets aside: erased exhibits, envelopes, statements, announced erasures.

Only sealed exhibits come here. Memory is bounded: four bytes per erased exhibit, a limit on the rest.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right

from swarmwitness.evidence.acts import is_seal
from swarmwitness.evidence.announcement import ERASED_ACT, Announcement
from swarmwitness.evidence.exhibit import ENVELOPE_VERSION, Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.segment import SALT_BYTES
from swarmwitness.evidence.statement import (
    MAX_STATEMENT_BYTES,
    MAX_STATEMENTS,
    STATEMENT_KINDS,
    Statement,
)
from swarmwitness.terms import Instant, MalformedMessage

MAX_INTERVALS = 2_000_000
"""Ranges kept of all announcements together; a log that announces more is not verified, and fails."""


class Lengths:
    """Lengths of bodies, in bytes, of exhibits that come in ascending order."""

    def __init__(self) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []
        self._places: list[int] = []
        self._lengths = array("I")

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, index: int, length: int) -> None:
        """One more exhibit, behind all others."""
        if self._highs and self._highs[-1] == index:
            self._highs[-1] = index + 1
        else:
            self._lows.append(index)
            self._highs.append(index + 1)
            self._places.append(len(self._lengths))
        self._lengths.append(length)

    def ranges(self) -> Ranges:
        """Whose lengths are here."""
        return Ranges(tuple(zip(self._lows, self._highs, strict=True)))

    def packed(self, low: int, high: int) -> bytes:
        """The lengths of exhibits that stand without a gap, as u32, big-endian."""
        run = bisect_right(self._lows, low) - 1
        begin = self._places[run] + low - self._lows[run]
        part = self._lengths[begin : begin + high - low]
        if sys.byteorder == "little":
            part.byteswap()
        return part.tobytes()


class Ledger:
    """Filled by `Retrace`, read when the walk is over.

    Attributes:
        erased: Lengths of the erased exhibits.
        encrypted: How many exhibits are envelopes.
        statements: Of kinds `time` and `witness`, in order, at most `MAX_STATEMENTS`.
        statements_left: Statements that were one too many.
        announcements: Acts that announce an erasure, in order.
        malformed: (exhibit, why) of acts that are called one and are none.
        seals: Size of a checkpoint -> instant of the act `log-sealed` below it, at most `MAX_STATEMENTS`.
    """

    def __init__(self) -> None:
        self.erased = Lengths()
        self.encrypted = 0
        self.statements: list[Statement] = []
        self.statements_left = 0
        self.announcements: list[Announcement] = []
        self.malformed: list[tuple[int, str]] = []
        self.seals: dict[int, Instant] = {}
        self._statement_bytes = self._intervals = 0
        self._last_erased = (-1, 0)

    def erase(self, index: int, length: int, offset: int) -> None:
        """An erased exhibit; `offset` is where its frame begins."""
        self.erased.add(index, length)
        self._last_erased = index, offset

    def erased_at(self, index: int) -> int | None:
        """Where the frame of the exhibit begins that was erased last, if it is this one."""
        return self._last_erased[1] if self._last_erased[0] == index else None

    def take(self, index: int, body: bytes) -> None:
        """An exhibit that is well formed: an envelope, an act, a statement, or of no interest."""
        if body[SALT_BYTES] == ENVELOPE_VERSION:
            self.encrypted += 1
            return
        exhibit = Exhibit.from_wire(body[SALT_BYTES:])
        if exhibit.kind in STATEMENT_KINDS:
            self._take_statement(Statement(index, exhibit.kind, exhibit.payload))
        elif exhibit.kind == "act" and exhibit.payload.startswith(ERASED_ACT):
            self._take_announcement(index, exhibit.payload)
        elif exhibit.kind == "act" and len(self.seals) < MAX_STATEMENTS and is_seal(exhibit, index):
            self.seals[index + 1] = exhibit.at

    def _take_statement(self, statement: Statement) -> None:
        self._statement_bytes += len(statement.payload)
        if len(self.statements) >= MAX_STATEMENTS or self._statement_bytes > MAX_STATEMENT_BYTES:
            self.statements_left += 1
            return
        self.statements.append(statement)

    def _take_announcement(self, index: int, payload: bytes) -> None:
        try:
            announced = Announcement.from_payload(index, payload)
            self._intervals += len(announced.ranges.intervals)
            if self._intervals > MAX_INTERVALS:
                raise MalformedMessage(f"the log announces more than {MAX_INTERVALS} ranges")
            self.announcements.append(announced)
        except MalformedMessage as error:
            self.malformed.append((index, error.why))
