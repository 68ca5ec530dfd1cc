# SPDX-License-Identifier: Apache-2.0
"""The numbers of a watch, all in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from swarmwitness.swarm.patience import Limits
from swarmwitness.terms import Endpoint, IPAddress


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How to watch. Manners (rates per network, announce intervals) are in `Conduct`.

    Attributes:
        local, local6: Addresses to dial, announce and listen from; None lets the system choose.
        external: Address under which others reach us, where the listener is behind a translator.
        listen_port: One port for TCP and uTP, which trackers are told; 0 = nobody listens.
        utp, mse: Whether peers are met by uTP, and encrypted.
        pex, metadata, challenge, holepunch: What is read, asked for and asked of peers.
        dht: Whether DHT nodes are asked; `dht_bootstrap` are the first of them, each HOST:PORT.
        dht_nodes: Nodes that answered an earlier watch, the latest first: they are asked before any other.
        dht_port: Our DHT port; 0 lets the system choose.
        lsd: Whether local announcements are listened to.
        decoys: Info_hashes of ours that do not exist, asked for like any other.
        canaries: Peers of our own, on torrents that exist nowhere; they need a listener.
        limits: What one peer may take.
        max_open: TCP connections and attempts at once.
        max_utp: uTP connections and attempts at once; they share one socket.
        dials_per_s: New attempts per second, all networks together.
        connect_timeout_s: For the three-way exchange.
        announce_timeout_s: For a whole announce or scrape.
        first_wait_s: Until a question to a UDP tracker is repeated; it doubles. BEP 15 says 15 s, and so one
            lost datagram would take nearly all the time that a question has.
        ca_file: Certificates of authorities for https; "" = those of the machine.
        max_announces: Announces under way at once.
        max_scrapes, scrape_every_s: The same of scrapes, and between two of one swarm at one tracker;
            0 s = never.
        max_lookups: DHT look-ups under way at once; `dht_every_s` is between two about one swarm.
        numwant: Peers asked of a tracker.
        max_endpoints: Per swarm; what is listed beyond is recorded and not dialled.
        max_endpoints_in_all: The same for all swarms together.
        next_way_s: After one way to meet a peer failed, before the next one is tried.
        redial_pause_s: After a round of ways that nobody took up; doubles each time.
        knock_pause_s: The same after a round in which somebody hung up, or a connection that it ended;
            doubles from the second on, until a connection lasts as long as `redial_pause_s`.
        redial_cap_s: The longest such pause for a peer that has answered before.
        max_redials: Rounds with a peer that never answers; then it rests.
        max_knocks: Rounds with one that takes up, hangs up and never answers; then it rests.
        relist_pause_s: So long after the last of them a source's word is believed once more.
        hold_s: A connection is held at least so long before it makes room for others.
        tick_s: How often the scheduler looks.
        flush_s: How far durable data may lag.
        seal_s: How often a checkpoint is signed.
        farewell_s: For saying `stopped` to trackers at the end.
    """

    local: IPAddress | None = None
    local6: IPAddress | None = None
    external: IPAddress | None = None
    listen_port: int = 0
    utp: bool = True
    mse: bool = True
    pex: bool = True
    metadata: bool = True
    challenge: bool = True
    holepunch: bool = True
    dht: bool = False
    dht_bootstrap: tuple[str, ...] = ()
    dht_nodes: tuple[Endpoint, ...] = ()
    dht_port: int = 0
    lsd: bool = False
    decoys: int = 0
    canaries: int = 0
    limits: Limits = field(default_factory=Limits)
    max_open: int = 2000
    max_utp: int = 2000
    dials_per_s: int = 200
    connect_timeout_s: float = 10.0
    announce_timeout_s: float = 20.0
    first_wait_s: float = 5.0
    ca_file: str = ""
    max_announces: int = 64
    max_scrapes: int = 16
    scrape_every_s: float = 900.0
    max_lookups: int = 4
    dht_every_s: float = 900.0
    numwant: int = 200
    max_endpoints: int = 20_000
    max_endpoints_in_all: int = 500_000
    next_way_s: float = 1.0
    redial_pause_s: float = 60.0
    knock_pause_s: float = 5.0
    redial_cap_s: float = 1800.0
    max_redials: int = 4
    max_knocks: int = 7
    relist_pause_s: float = 3600.0
    hold_s: float = 300.0
    tick_s: float = 0.25
    flush_s: float = 1.0
    seal_s: float = 30.0
    farewell_s: float = 3.0
