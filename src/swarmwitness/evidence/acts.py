# SPDX-License-Identifier: Apache-2.0
"""The log's own acts, which are exhibits like others: it was created, recovered, sealed.

Exhibit 0 of every log is `log-created`; it fixes the origin, the public key and the length of
segments. Each seal appends `log-sealed` before the checkpoint, so that the log says when. A writer that
found what another had left unsealed begins with `log-recovered`, so that the log says what was adopted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from swarmwitness.evidence.exhibit import Direction, Exhibit
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.terms import Instant, MalformedMessage

FORMAT = 1
LEAST_SEGMENT_BYTES = 64


@dataclass(frozen=True, slots=True)
class Creation:
    """What exhibit 0 says."""

    key: VerifyKey
    segment_bytes: int

    def to_exhibit(self, at: Instant) -> Exhibit:
        """Exhibit 0."""
        return log_act(
            self.key.name,
            at,
            {
                "act": "log-created",
                "format": FORMAT,
                "origin": self.key.name,
                "segment_bytes": self.segment_bytes,
                "vkey": self.key.to_text(),
            },
        )

    @classmethod
    def from_exhibit(cls, exhibit: Exhibit) -> Creation:
        """Read exhibit 0.

        Raises:
            MalformedMessage: not the act that `to_exhibit` writes.
        """
        try:
            said = json.loads(exhibit.payload)
            creation = cls(VerifyKey.from_text(said["vkey"]), int(said["segment_bytes"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            raise MalformedMessage("exhibit 0 is not the creation of a log") from None
        if creation.segment_bytes < LEAST_SEGMENT_BYTES or creation.to_exhibit(exhibit.at) != exhibit:
            raise MalformedMessage("exhibit 0 is not the creation of a log")
        return creation


def sealed(origin: str, at: Instant, size: int) -> Exhibit:
    """The act that precedes a checkpoint; `size` counts the exhibits before it."""
    return log_act(origin, at, {"act": "log-sealed", "size": size})


def is_seal(exhibit: Exhibit, index: int) -> bool:
    """Whether an exhibit is what `sealed` makes, at its place: the last one below a checkpoint."""
    return exhibit == sealed(exhibit.vantage, exhibit.at, index)


def recovered(origin: str, at: Instant, after: int, adopted: int, cut: dict[str, int]) -> Exhibit:
    """The act that precedes the first exhibit after a recovery.

    Args:
        after: Size of the checkpoint that stood.
        adopted: Durable exhibits behind it that the marker had signed for.
        cut: Bytes that nobody had signed for and that were cut off, by their SHA-256 in hexadecimal.
    """
    said: dict[str, str | int] = {"act": "log-recovered", "adopted": adopted, "after": after}
    said |= {"bytes_cut": sum(cut.values()), "cut_sha256": ",".join(sorted(cut))}
    return log_act(origin, at, said)


def log_act(origin: str, at: Instant, said: dict[str, str | int]) -> Exhibit:
    """An act of the log itself: canonical JSON, no connection, the origin as vantage."""
    payload = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return Exhibit("act", Direction.NONE, at, origin, 0, None, None, payload)
