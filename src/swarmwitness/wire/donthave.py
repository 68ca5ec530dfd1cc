# SPDX-License-Identifier: Apache-2.0
"""`lt_donthave` (BEP 54): the sender no longer has a piece that it said it had."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.terms import MalformedMessage

NAME = "lt_donthave"


@dataclass(frozen=True, slots=True)
class DontHave:
    """The piece that was lost."""

    piece: int

    @classmethod
    def from_wire(cls, payload: bytes) -> DontHave:
        """Read the payload of the extended message.

        Raises:
            MalformedMessage: another length than four bytes.
        """
        if len(payload) != 4:
            raise MalformedMessage(f"lt_donthave of {len(payload)} bytes", min(len(payload), 4))
        return cls(int.from_bytes(payload, "big"))

    def to_wire(self) -> bytes:
        """The payload.

        Raises:
            ValueError: a piece that does not fit four bytes.
        """
        if not 0 <= self.piece < 1 << 32:
            raise ValueError(f"piece {self.piece} does not fit")
        return self.piece.to_bytes(4, "big")
