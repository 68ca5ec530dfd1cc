# SPDX-License-Identifier: Apache-2.0
"""How a connection began: the `open` note of the log, read."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.observation.note import Note
from swarmwitness.terms import InfoHash


@dataclass(frozen=True, slots=True)
class Opening:
    """An `open` note.

    Attributes:
        info_hash: What it is about; None for an inbound peer, which says so itself.
        url: The tracker that was asked; "" for a peer.
        transport: tcp or utp.
        inbound: Whether the peer came to us.
        method: scrape, or empty = an announce.
    """

    info_hash: InfoHash | None
    url: str = ""
    transport: str = "tcp"
    inbound: bool = False
    method: str = ""

    @classmethod
    def of(cls, note: Note) -> Opening:
        """Read it.

        Raises:
            MalformedMessage: a member of a wrong type, or an outbound connection about nothing.
        """
        inbound = note.text("direction") == "in"
        info_hash = None if inbound and not note.text("info_hash") else note.info_hash("info_hash")
        transport = note.text("transport") or "tcp"
        return cls(info_hash, note.text("url"), transport, inbound, note.text("method"))
