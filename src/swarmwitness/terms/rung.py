# SPDX-License-Identifier: Apache-2.0
"""The evidence ladder: how strong an observation is. Rungs are never merged."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Rung(IntEnum):
    """What was observed. 0-9 are ordered; 10 and 11 are separate flags, not "more than WHOLE"."""

    LISTED = 0
    """A third party named the endpoint: hearsay, forgeable."""
    REACHABLE = 1
    """Two-way transport with the endpoint."""
    HANDSHAKEN = 2
    """It completed a handshake for the right info_hash."""
    CLAIMED = 3
    """It declared pieces: self-declared."""
    PROGRESSED = 4
    """Its claims grew while we watched."""
    CHALLENGED = 5
    """It answered a BEP 52 leaf-hash challenge; no content moved."""
    BLOCK = 6
    """It sent us a block."""
    PIECE = 7
    """It alone sent a whole piece that verifies."""
    PART = 8
    """Verified pieces from it cover a recognisable part of a registered work."""
    WHOLE = 9
    """It alone sent a whole work."""
    THIRD_PARTY = 10
    """A bound above zero on what it gave to others than us, under a stated coverage."""
    OWN_RECORD = 11
    """The operator's own records."""

    @property
    def on_ladder(self) -> bool:
        """Whether the rung is one of the ordered ones."""
        return self <= Rung.WHOLE

    @classmethod
    def from_text(cls, text: str) -> Rung:
        """Read a number 0-11 or a name in any case; empty means LISTED (the weakest).

        Raises:
            ValueError: anything else.
        """
        if not text:
            return cls.LISTED
        if text.isascii() and text.isdigit():
            return cls(int(text))
        try:
            return cls[text.upper().replace("-", "_")]
        except KeyError:
            raise ValueError(f"no rung is called {text!r}") from None


class RungBasis(StrEnum):
    """Who says so: a foreign table (`asserted`) or bytes that we sealed (`replayed`)."""

    ASSERTED = "asserted"
    REPLAYED = "replayed"
    MIXED = "mixed"


def described(rung: Rung) -> str:
    """The words printed for people beside a count from this rung up (interchange: never "downloaded").

    From rung 4 up a count mixes peers whose claims grew with peers that gave to us; from rung 6 up
    all of them gave.
    """
    if rung < Rung.HANDSHAKEN:
        return "listed"
    if rung < Rung.PROGRESSED:
        return "seen in the swarm"
    return "acquiring or giving" if rung < Rung.BLOCK else "giving"
