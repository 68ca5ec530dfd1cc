# SPDX-License-Identifier: Apache-2.0
"""Who vouches for a log's time and history, where their words are recorded, and what came of asking."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from swarmwitness.evidence import Direction
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time import Token, WitnessKey
from swarmwitness.vantage.recorder import Recorder


class Place(Protocol):
    """Where statements go: a log and the folder that it lies in."""

    @property
    def directory(self) -> Path:
        """The log's folder."""

    def record(self, kind: str, payload: bytes) -> None:
        """Record an exhibit without a connection."""

    def seal(self) -> Checkpoint:
        """Seal everything recorded."""


@dataclass(frozen=True, slots=True)
class RecorderPlace:
    """The log of a watch, through its recorder."""

    recorder: Recorder
    directory: Path

    def record(self, kind: str, payload: bytes) -> None:
        """Record an exhibit without a connection."""
        self.recorder.record(kind, Direction.NONE, payload)

    def seal(self) -> Checkpoint:
        """Seal everything recorded."""
        self.recorder.seal()
        return read_checkpoint(self.directory)


@dataclass(frozen=True, slots=True)
class Vouchers:
    """Who is asked.

    Attributes:
        authority: URL of a time authority; "" = none.
        roots: PEM certificates that its tokens must lead to; b"" = none was named, and then tokens are
            recorded with their form, subject and nonce checked, their signature not.
        witnesses: (URL, key) each.
        timeout_s: Per question.
    """

    authority: str = ""
    roots: bytes = b""
    witnesses: tuple[tuple[str, WitnessKey], ...] = ()
    timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class Published:
    """One publication of a log.

    Attributes:
        size: Exhibits below the checkpoint that was asked about.
        token: What the authority said; None without one, or where no root certificate is known.
        stamped: Whether a token was recorded.
        witnesses: Names of those that cosigned.
        absent: Who did not, and why; sentences.
    """

    origin: str
    size: int
    token: Token | None
    stamped: bool
    witnesses: tuple[str, ...]
    absent: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "origin": self.origin,
            "size": self.size,
            "stamped": self.stamped,
            "gen_time_ns": self.token.gen_time_ns if self.token else None,
            "authority": self.token.authority if self.token else None,
            "verified_by": list(self.token.verified_by) if self.token else [],
            "witnesses": list(self.witnesses),
            "absent": list(self.absent),
        }
