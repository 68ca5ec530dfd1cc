# SPDX-License-Identifier: Apache-2.0
"""What a conversation asks of whoever holds its line: commands out, and the shape that all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from swarmwitness.swarm.rungs import Ladder
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Instant


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Hang up; `outcome` is recorded."""

    outcome: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Record this about the connection, as a `net` exhibit, before what follows it; nothing is sent.

    What a replay needs and the bytes do not tell, such as our private key of an encrypted exchange.
    """

    note: Mapping[str, str | int | bool]


Command = Send | Close | Remark


class Conversation(Protocol):
    """One conversation with one peer: plain, encrypted or inbound, over TCP or uTP alike.

    Attributes:
        torrent: What it is about; None while an inbound peer has not said.
        transcript: What was read so far.
        ladder: The rungs reached so far.
    """

    @property
    def torrent(self) -> Torrent | None: ...
    @property
    def transcript(self) -> PeerTranscript: ...
    @property
    def ladder(self) -> Ladder: ...
    def connected(self, at: Instant) -> Sequence[Command]:
        """Transport stands."""

    def received(self, data: bytes, at: Instant) -> Sequence[Command]:
        """The peer's bytes, in order, in whatever portions."""

    def tick(self, at: Instant) -> Sequence[Command]:
        """Time passed."""
