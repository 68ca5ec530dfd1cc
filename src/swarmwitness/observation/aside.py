# SPDX-License-Identifier: Apache-2.0
"""What a replay tells beside rows: polls, times of watching, controls, possession, edges, connections.

Theory of operation: rows say who was seen; these events say what else the same exhibits establish. They come
as the exhibits are read, nothing is kept here, so whoever listens decides what to remember and
bounds it. The listener is a plain function of one event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Instant, Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.krpc import NodeInfo
from swarmwitness.wire.nodeid import IdFit


class Control(StrEnum):
    """An info_hash of our own.

    DECOY: of a torrent that does not exist, and nobody is told that it does: whoever is named pollutes.
    CANARY: of a torrent of ours, with a peer of ours in its swarm: whether it is found is coverage, who
    else comes is another monitor.
    """

    DECOY = "decoy"
    CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Poll:
    """One swarm was asked after through one source.

    Attributes:
        polled_at: UTC microseconds.
        outcome: How it ended; `answered` alone is an answer.
        source: tracker or dht.
        method: announce, scrape or lookup.
        control: Set for an info_hash of our own.
        exhibit: The note that tells the end, `log:ORIGIN/INDEX`.
    """

    collector: str
    info_hash: InfoHash
    polled_at: int
    outcome: str
    source: str
    method: str = "announce"
    control: Control | None = None
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Targeted:
    """A swarm is watched from now on, and this is known of its torrent."""

    torrent: Torrent
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A swarm was under watch from one instant to another, UTC microseconds, half-open."""

    collector: str
    info_hash: InfoHash
    since: int
    until: int
    control: Control | None = None


@dataclass(frozen=True, slots=True)
class ControlSeen:
    """Somebody was named or met in a swarm of our own; the row never goes among sightings.

    Attributes:
        ours: The endpoint is one of our own: of a canary, it was found.
    """

    control: Control
    row: Sighting
    ours: bool


class How(StrEnum):
    """How a peer's possession was told."""

    DECLARED = "declared"
    """The whole state: bitfield, have-all or have-none."""
    HAVE = "have"
    LOST = "lost"
    GAVE = "gave"
    """It sent us a whole piece that verifies."""
    PROBED = "probed"
    """It met a challenge; which pieces that covers is told by the exhibit."""


@dataclass(frozen=True, slots=True)
class Possession:
    """A peer told, or showed, what it holds.

    Attributes:
        connection: Number in the log.
        at: When the bytes were read.
        opened: When the connection stood: what it declares to lack it lacked then.
        pieces: DECLARED, of a torrent whose number of pieces is known: its whole state.
        piece: HAVE, LOST and GAVE: which.
        n_claimed: Pieces claimed after this.
    """

    connection: int
    endpoint: Endpoint
    info_hash: InfoHash
    at: Instant
    opened: Instant
    how: How
    pieces: Bitfield | None = None
    piece: int | None = None
    n_claimed: int = 0
    exhibit: str = ""


class Came(StrEnum):
    """What came of content that we asked a peer for."""

    BLOCK = "block"
    WHOLE = "whole"
    """All blocks of the piece came from it on this connection, and the piece verifies."""
    SPOILED = "spoiled"
    """The same, and the piece does not verify."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A peer sent content that we had asked of it."""

    connection: int
    endpoint: Endpoint
    info_hash: InfoHash
    at: Instant
    piece: int
    came: Came
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Challenged:
    """A peer was asked for leaf hashes (BEP 52), and this came of it.

    Attributes:
        outcome: met, refused or failed. Who refuses has it not, or does not tell.
    """

    connection: int
    endpoint: Endpoint
    info_hash: InfoHash
    at: Instant
    outcome: str
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A peer said that it is (`joined`) or is no longer connected to another (BEP 11): hearsay."""

    connection: int
    said_by: Endpoint
    other: Endpoint
    info_hash: InfoHash
    at: Instant
    joined: bool
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A connection or an attempt that is over.

    Attributes:
        opened: None for an attempt that never stood.
        closed: None where the log does not hold the end.
        outcome: Of its end; empty where the log does not hold it.
        source: outbound or inbound.
        top: The highest rung; None = none.
        ltep: The last extension handshake, raw.
        first: The peer's first messages by name, in their order.
        anomalies: Kinds -> how often.
        shown: What else the peer did -> how often: unchoked, allowed_fast, interested, asked_metadata.
        unanswered: Blocks that we asked for and that never came.
        exhibit: The note of its end, of an attempt or, where the log does not hold the end, of its opening.
    """

    connection: int
    endpoint: Endpoint
    info_hash: InfoHash | None
    opened: Instant | None
    closed: Instant | None
    outcome: str
    source: str
    transport: str = "tcp"
    top: Rung | None = None
    peer_id: bytes | None = None
    reserved: bytes | None = None
    ltep: bytes | None = None
    first: tuple[str, ...] = ()
    anomalies: Counter[str] = field(default_factory=Counter)
    control: Control | None = None
    shown: Counter[str] = field(default_factory=Counter)
    unanswered: int = 0
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class NodeSaid:
    """A DHT node answered a question of ours, or asked us one.

    Attributes:
        node_id: 20 bytes; None = not said.
        v: Its software, raw.
        fits: Whether the id fits the address (BEP 42); None without an id.
        method: What was asked: get_peers, find_node, …
        by_us: Whether we asked. If not, the node did, and nothing below is said.
        info_hash: What get_peers was about.
        listed: The peers named, each once; `n_values` how many times peers were named.
        nodes: The nodes named.
        token: Whether it gave a token.
        error: The code of an error; None = none.
    """

    at: Instant
    endpoint: Endpoint
    node_id: bytes | None
    v: bytes | None
    fits: IdFit | None
    method: str
    by_us: bool
    info_hash: InfoHash | None = None
    listed: tuple[Endpoint, ...] = ()
    n_values: int = 0
    nodes: tuple[NodeInfo, ...] = ()
    token: bool = False
    error: int | None = None
    exhibit: str = ""


Told = (
    Poll | Targeted | Watched | ControlSeen | Possession | Delivered | Challenged | Edge | Spoken | NodeSaid
)
Aside = Callable[[Told], None]
"""Whoever listens."""
