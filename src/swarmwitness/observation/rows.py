# SPDX-License-Identifier: Apache-2.0
"""Making rows: what every sighting of one connection shares, and what is told of a client."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.evidence import Exhibit
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Endpoint, InfoHash, Rung
from swarmwitness.terms.endpoint import fold
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.peerid import client_of

PRECISION_S = 1e-6
"""Rows hold microseconds."""
MAX_CLIENT_LETTERS = 200
"""A name is for people; all of what the peer sent is in `ltep` and in the exhibit."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An exhibit with its place in the log."""

    index: int
    exhibit: Exhibit


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Rows of one log, about one info_hash.

    Attributes:
        origin: The log's name.
        collector: Who saw it; None = the vantage that the exhibit names.
        source: tracker or outbound.
    """

    origin: str
    collector: str | None
    source: str
    info_hash: InfoHash

    def bare(self, cited: Cited, endpoint: Endpoint, rung: Rung, serial: int) -> Sighting:
        """Who, when, how strong and by which exhibit.

        Args:
            serial: Tells the rows of one exhibit apart, in `sighting_id`.
        """
        exhibit = cited.exhibit
        return Sighting(
            observed_at=exhibit.at.utc_us,
            ip=str(fold(endpoint.ip)),
            port=endpoint.port or None,
            info_hash=self.info_hash.to_text(),
            rung=rung,
            source=self.source,
            exhibit=f"log:{self.origin}/{cited.index}",
            collector=self.collector or exhibit.vantage,
            sighting_id=f"{self.origin}/{cited.index}.{serial}",
            connection_id=f"{self.origin}/{exhibit.connection}",
            observed_at_precision_s=PRECISION_S,
            time_error_s=exhibit.at.error_s,
        )


def client_name(transcript: PeerTranscript) -> str | None:
    """What the software calls itself: in the extension handshake, else by the style of its peer_id."""
    extension, handshake = transcript.extension, transcript.handshake
    if extension is not None and extension.v:
        return extension.v[:MAX_CLIENT_LETTERS]
    return None if handshake is None else client_of(handshake.peer_id)
