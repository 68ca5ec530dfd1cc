# SPDX-License-Identifier: Apache-2.0
"""One sighting: somebody was seen at an endpoint, in a swarm, with what strength of evidence."""

from __future__ import annotations

from dataclasses import dataclass

from swarmwitness.terms.rung import Rung


@dataclass(frozen=True, slots=True)
class Sighting:
    """A row of `sightings` (interchange), with the same names; None = empty.

    One row per rung that a connection reached, each with the exhibit that established it, so
    `bytes_received` is what came since the connection's previous row and sums are never double.
    Times are microseconds since the epoch (UTC); hex columns hold lower-case text.
    """

    observed_at: int
    ip: str
    port: int | None
    info_hash: str
    rung: Rung
    source: str
    exhibit: str
    collector: str
    client: str | None = None
    peer_id: str | None = None
    progress: float | None = None
    bytes_received: int = 0
    sighting_id: str | None = None
    connection_id: str | None = None
    observed_until: int | None = None
    observed_at_precision_s: float | None = None
    time_error_s: float | None = None
    pieces: str | None = None
    reserved: str | None = None
    ltep: str | None = None
    transport: str | None = None
    said_by: str | None = None
    time_tainted: bool | None = None
