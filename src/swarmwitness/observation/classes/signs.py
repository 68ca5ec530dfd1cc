# SPDX-License-Identifier: Apache-2.0
"""What one connection shows, as signs: the only thing that rules look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from swarmwitness.observation.aside import Came, Challenged, Delivered, How, Possession, Spoken
from swarmwitness.swarm.fingerprint import Fingerprint, Fit, judge
from swarmwitness.swarm.inbound import UNWATCHED
from swarmwitness.swarm.rungs import SETTLE_NS
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant, MalformedMessage, Rung
from swarmwitness.wire.ltep import ExtensionHandshake

SECOND = 1_000_000_000
REVEALS_AT_MOST = 8
"""A seed that hides its pieces tells a visitor that fetches no more than this."""
MAX_SPOILED = 4
"""Pieces that one connection spoils and that are told one by one."""


class Sign(StrEnum):
    """Shown by one connection as a whole."""

    SHOOK = "shook"
    COMPLETE = "complete"
    """It declared every piece, or all of them within a second."""
    CLAIMS = "claims"
    EMPTY = "empty"
    """It declared nothing and announced nothing, for long."""
    GREW = "grew"
    REWOUND = "rewound"
    REVEALED = "revealed"
    """It declared nothing, at once announced a few pieces and gave, or was shown to hold, one of them."""
    HID_AGAIN = "hid_again"
    """It declared nothing, though it had claimed pieces when last met and gave some of them."""
    GAVE = "gave"
    SPOILED = "spoiled"
    IN_VAIN = "in_vain"
    """It let us ask, and no block came, for long."""
    KEPT_SHUT = "kept_shut"
    """It claimed everything, we wanted some of it, and it let us ask for nothing, for long."""
    OPENED = "opened"
    DONE_IN_PART = "done_in_part"
    ASKED_DESCRIPTION = "asked_description"
    """It asked for the description, claimed nothing, wanted nothing, and left soon by itself."""
    SPEAKS_OTHERWISE = "speaks_otherwise"
    OTHER_TORRENT = "other_torrent"
    FALSE_LEAVES = "false_leaves"
    MISFIT = "misfit"
    IN_OUR_SWARM = "in_our_swarm"
    """It took part in a swarm of our own in which nobody can."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How long is long, in nanoseconds of the monotonic clock.

    Attributes:
        patient_ns: So long we wait for a place or a block before it counts as withheld.
        for_ever_ns: So long a peer must claim nothing.
        soon_ns: A visitor that left within this did not come to stay.
    """

    patient_ns: int = 30 * SECOND
    for_ever_ns: int = 1800 * SECOND
    soon_ns: int = 60 * SECOND


@dataclass(slots=True)
class Line:
    """A connection as far as it was told; bounded whatever the peer says.

    Attributes:
        declared: When it declared its state.
        settled: Pieces claimed within a second of that.
        claimed: Pieces claimed now.
        announced: HAVE messages for new pieces.
        revealed: Pieces announced within a second, at most `REVEALS_AT_MOST` of them.
    """

    declared: Instant | None = None
    settled: int = 0
    claimed: int = 0
    announced: int = 0
    late: int = 0
    revealed: set[int] = field(default_factory=set)
    gave: set[int] = field(default_factory=set)
    blocks: int = 0
    spoiled: list[str] = field(default_factory=list)
    met: bool = False
    false_leaves: str = ""
    told: list[str] = field(default_factory=list)

    def possession(self, told: Possession) -> None:
        """It told what it holds."""
        match told.how:
            case How.DECLARED:
                if self.declared is None:
                    self.declared, self.settled = told.at, told.n_claimed
            case How.HAVE:
                self._have(told)
            case _:
                pass
        if told.how in (How.DECLARED, How.HAVE, How.LOST):
            self.claimed = told.n_claimed
        if len(self.told) < 3:
            self.told.append(told.exhibit)

    def _have(self, told: Possession) -> None:
        self.announced += 1
        if self.declared is None or told.at.monotonic_ns - self.declared.monotonic_ns > SETTLE_NS:
            self.late += 1
            return
        self.settled = told.n_claimed
        if told.piece is not None and len(self.revealed) <= REVEALS_AT_MOST:
            self.revealed.add(told.piece)

    def delivered(self, told: Delivered) -> None:
        """It sent content."""
        match told.came:
            case Came.BLOCK:
                self.blocks += 1
            case Came.WHOLE:
                if len(self.gave) <= REVEALS_AT_MOST:
                    self.gave.add(told.piece)
            case Came.SPOILED:
                self.spoiled.append(told.exhibit)
        if len(self.told) < 4:
            self.told.append(told.exhibit)

    def challenged(self, told: Challenged) -> None:
        """It was asked for leaf hashes."""
        if told.outcome == "met":
            self.met = True
        elif told.outcome == "failed":
            self.false_leaves = told.exhibit


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection that is over, with what is known around it.

    Attributes:
        torrent: What it was about; None = nothing that is watched.
        before: Pieces that the peer claimed when it was last met; None = never met before.
        gave_before: Whether a piece of it verified on an earlier connection.
    """

    line: Line
    spoken: Spoken
    torrent: Torrent | None
    before: int | None
    gave_before: bool
    limits: Thresholds

    @property
    def lasted_ns(self) -> int:
        """0 where the log does not hold both ends."""
        opened, closed = self.spoken.opened, self.spoken.closed
        return 0 if opened is None or closed is None else closed.monotonic_ns - opened.monotonic_ns

    @property
    def n_pieces(self) -> int:
        """0 = unknown."""
        return 0 if self.torrent is None else self.torrent.n_pieces or 0

    @property
    def complete(self) -> bool:
        """Whether it claimed everything from the beginning."""
        return bool(self.n_pieces) and self.line.declared is not None and self.line.settled == self.n_pieces

    @property
    def hides(self) -> bool:
        """Whether it declared nothing and at once announced a few pieces, no more."""
        line = self.line
        few = 0 < len(line.revealed) <= min(REVEALS_AT_MOST, self.n_pieces - 1)
        return line.declared is not None and few and line.settled == len(line.revealed) and not line.late


def signs_of(seen: Seen) -> Iterator[tuple[Sign, str]]:
    """Each sign that the connection shows, with the exhibit that shows it best."""
    spoken = seen.spoken
    end = spoken.exhibit
    if spoken.top is None or spoken.top < Rung.HANDSHAKEN:
        yield from _of_strangers(spoken, end)
        return
    yield Sign.SHOOK, end
    if fingerprint_fit(spoken) is Fit.MISFIT:
        yield Sign.MISFIT, end
    yield from _of_claims(seen, end)
    yield from _of_gifts(seen, end)
    if _came_for_description(seen):
        yield Sign.ASKED_DESCRIPTION, end


def _of_strangers(spoken: Spoken, end: str) -> Iterator[tuple[Sign, str]]:
    odd = spoken.anomalies
    if odd[UNWATCHED] or odd["wrong_info_hash"]:
        yield Sign.OTHER_TORRENT, end
    elif odd["not_bittorrent"] and spoken.source == "outbound":
        yield Sign.SPEAKS_OTHERWISE, end


def _of_claims(seen: Seen, end: str) -> Iterator[tuple[Sign, str]]:
    line, spoken = seen.line, seen.spoken
    first = line.told[0] if line.told else end
    if line.claimed:
        yield Sign.CLAIMS, first
    if seen.complete:
        yield Sign.COMPLETE, first
    elif line.late:
        yield Sign.GREW, line.told[-1]
    declared = line.declared is not None
    if declared and not line.announced and not line.claimed and seen.lasted_ns >= seen.limits.for_ever_ns:
        yield Sign.EMPTY, end
    if declared and seen.before and line.settled < seen.before:
        yield Sign.REWOUND, first
        if not line.settled and (line.gave or seen.gave_before):
            yield Sign.HID_AGAIN, first
    if _upload_only(spoken) and not line.late and 0 < line.claimed < seen.n_pieces:
        yield Sign.DONE_IN_PART, end


def _of_gifts(seen: Seen, end: str) -> Iterator[tuple[Sign, str]]:
    line, spoken = seen.line, seen.spoken
    if line.blocks and not line.spoiled:
        yield Sign.GAVE, end
    for exhibit in line.spoiled[:MAX_SPOILED]:
        yield Sign.SPOILED, exhibit
    if line.false_leaves:
        yield Sign.FALSE_LEAVES, line.false_leaves
    if spoken.shown["unchoked"]:
        yield Sign.OPENED, end
    long = seen.lasted_ns >= seen.limits.patient_ns
    if spoken.unanswered and not line.blocks and long:
        yield Sign.IN_VAIN, end
    wanted = seen.torrent is not None and bool(seen.torrent.askable)
    if seen.complete and wanted and long and not spoken.shown["unchoked"] and not line.blocks:
        yield Sign.KEPT_SHUT, end
    if seen.hides and (line.gave & line.revealed or line.met):
        yield Sign.REVEALED, end


def _came_for_description(seen: Seen) -> bool:
    spoken, line = seen.spoken, seen.line
    left = spoken.outcome in ("eof", "reset") and seen.lasted_ns <= seen.limits.soon_ns
    asked = spoken.shown["asked_metadata"] and not spoken.shown["interested"]
    return bool(asked) and left and not line.claimed and not line.announced


def extension_of(spoken: Spoken) -> ExtensionHandshake | None:
    """The peer's extension handshake, if it can be read."""
    try:
        return None if spoken.ltep is None else ExtensionHandshake.from_wire(spoken.ltep)
    except MalformedMessage:
        return None


def _upload_only(spoken: Spoken) -> bool:
    extension = extension_of(spoken)
    return extension is not None and extension.upload_only == 1


def fingerprint_fit(spoken: Spoken) -> Fit:
    """Whether it behaves as its name does."""
    fingerprint = _fingerprint(spoken)
    return Fit.UNKNOWN if fingerprint is None else judge(fingerprint).fit


def _fingerprint(spoken: Spoken) -> Fingerprint | None:
    if spoken.reserved is None or spoken.peer_id is None:
        return None
    dialled = spoken.endpoint.port if spoken.source == "outbound" else None
    return Fingerprint.of(spoken.reserved, spoken.peer_id, spoken.first, extension_of(spoken), dialled)
