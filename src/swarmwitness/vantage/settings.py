# SPDX-License-Identifier: Apache-2.0
"""The numbers of a watch, all in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness.swarm.patience import Limits
from swarmwitness.terms import IPAddress


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How to watch. Manners (rates per network, announce intervals) are in `Conduct`.

    Attributes:
        local: Address to dial and announce from; None lets the system choose.
        limits: What one peer may take.
        max_open: Connections and attempts at once.
        dials_per_s: New attempts per second, all networks together.
        connect_timeout_s: For the three-way exchange.
        announce_timeout_s: For a whole announce.
        max_announces: Announces under way at once.
        announce_port: The port that trackers are told; 0 while we do not listen.
        numwant: Peers asked of a tracker.
        max_endpoints: Per swarm; what is listed beyond is recorded and not dialled.
        redial_pause_s: After a connection or an attempt ended; doubles each time.
        max_redials: Per endpoint and swarm, one after the other.
        relist_pause_s: So long after the last of them a tracker's word is believed once more.
        tick_s: How often the scheduler looks.
        flush_s: How far durable data may lag.
        seal_s: How often a checkpoint is signed.
        farewell_s: For saying `stopped` to trackers at the end.
    """

    local: IPAddress | None = None
    limits: Limits = field(default_factory=Limits)
    max_open: int = 2000
    dials_per_s: int = 200
    connect_timeout_s: float = 10.0
    announce_timeout_s: float = 20.0
    max_announces: int = 16
    announce_port: int = 0
    numwant: int = 200
    max_endpoints: int = 20_000
    redial_pause_s: float = 60.0
    max_redials: int = 4
    relist_pause_s: float = 3600.0
    tick_s: float = 0.25
    flush_s: float = 1.0
    seal_s: float = 30.0
    farewell_s: float = 3.0
