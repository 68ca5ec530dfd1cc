# SPDX-License-Identifier: Apache-2.0
"""What a peer told or showed of its pieces and its neighbours, and what is left of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from swarmwitness.evidence import Exhibit
from swarmwitness.observation.aside import (
    Aside,
    Came,
    Challenged,
    Control,
    Delivered,
    Edge,
    How,
    Possession,
    Spoken,
)
from swarmwitness.observation.conversed import PeerReplay
from swarmwitness.observation.opening import Opening
from swarmwitness.observation.rows import Cited
from swarmwitness.swarm.facts import (
    BlockSeen,
    ChallengeFailed,
    ChallengeMet,
    ChallengeRefused,
    ClaimSeen,
    Fact,
    HaveSeen,
    LostSeen,
    PexSeen,
    PieceFailed,
    PieceVerified,
)
from swarmwitness.terms import Endpoint, InfoHash, Instant

_CHALLENGES: dict[type, str] = {
    ChallengeMet: "met",
    ChallengeRefused: "refused",
    ChallengeFailed: "failed",
}
_CAME: dict[type, Came] = {BlockSeen: Came.BLOCK, PieceVerified: Came.WHOLE, PieceFailed: Came.SPOILED}


@dataclass(frozen=True, slots=True)
class Overhearing:
    """Tells what the facts of one connection say of possession and adjacency; most say nothing of it.

    Attributes:
        aside: Who is told.
        origin: The log's name.
        opened: When the connection stood.
    """

    aside: Aside
    origin: str
    opened: Instant

    def __call__(self, peer: PeerReplay, cited: Cited, fact: Fact) -> None:
        """A fact as it is taken."""
        remote, torrent = cited.exhibit.remote, peer.torrent
        if remote is None or torrent is None:
            return
        if isinstance(fact, PexSeen):
            for edge in _edges(self.origin, torrent.info_hash, remote, cited, fact):
                self.aside(edge)
            return
        at, line, exhibit = cited.exhibit.at, cited.exhibit.connection, f"log:{self.origin}/{cited.index}"
        outcome = _CHALLENGES.get(type(fact))
        if outcome is not None:
            self.aside(Challenged(line, remote, torrent.info_hash, at, outcome, exhibit))
        if isinstance(fact, BlockSeen | PieceVerified | PieceFailed):
            came = _CAME[type(fact)]
            self.aside(Delivered(line, remote, torrent.info_hash, at, fact.piece, came, exhibit))
        told = self._possession(torrent.info_hash, remote, cited, fact)
        if told is not None:
            self.aside(told)

    def _possession(
        self, info_hash: InfoHash, remote: Endpoint, cited: Cited, fact: Fact
    ) -> Possession | None:
        match fact:
            case ClaimSeen():
                how, pieces, piece, n = How.DECLARED, fact.bitfield, None, fact.count
            case HaveSeen():
                how, pieces, piece, n = How.HAVE, None, fact.piece, fact.count
            case LostSeen():
                how, pieces, piece, n = How.LOST, None, fact.piece, fact.count
            case PieceVerified():
                how, pieces, piece, n = How.GAVE, None, fact.piece, 0
            case ChallengeMet():
                how, pieces, piece, n = How.PROBED, None, None, 0
            case _:
                return None
        at, line, exhibit = cited.exhibit.at, cited.exhibit.connection, f"log:{self.origin}/{cited.index}"
        return Possession(line, remote, info_hash, at, self.opened, how, pieces, piece, n, exhibit)


def _edges(
    origin: str, info_hash: InfoHash, said_by: Endpoint, cited: Cited, fact: PexSeen
) -> Iterator[Edge]:
    at, line, exhibit = cited.exhibit.at, cited.exhibit.connection, f"log:{origin}/{cited.index}"
    for peer in fact.added:
        yield Edge(line, said_by, peer.endpoint, info_hash, at, True, exhibit)
    for endpoint in fact.dropped:
        yield Edge(line, said_by, endpoint, info_hash, at, False, exhibit)


def spoken(
    peer: PeerReplay,
    opening: Opening,
    opened: Exhibit,
    end: Exhibit | None,
    told: tuple[str, Control | None, str],
) -> Spoken | None:
    """What is left of a connection that stood; None if its remote end is not known.

    Args:
        told: The outcome, whether the info_hash is our own, and the exhibit to cite.
    """
    if opened.remote is None:
        return None
    state = peer.transcript
    shaken = state.handshake
    return Spoken(
        connection=opened.connection,
        endpoint=opened.remote,
        info_hash=None if peer.torrent is None else peer.torrent.info_hash,
        opened=opened.at,
        closed=None if end is None else end.at,
        outcome=told[0],
        source="inbound" if opening.inbound else "outbound",
        transport=peer.transport,
        top=peer.top,
        peer_id=None if shaken is None else shaken.peer_id,
        reserved=None if shaken is None else shaken.reserved,
        ltep=None if state.extension is None else state.extension.raw,
        first=state.first_messages,
        anomalies=peer.oddities,
        control=told[1],
        shown=peer.shown,
        unanswered=state.outstanding,
        exhibit=told[2],
    )


def unreached(
    opening: Opening, failed: Exhibit, outcome: str, told: tuple[Control | None, str]
) -> Spoken | None:
    """An attempt that never stood.

    Args:
        told: Whether the info_hash is our own, and the exhibit to cite.
    """
    if failed.remote is None:
        return None
    source = "inbound" if opening.inbound else "outbound"
    return Spoken(
        failed.connection, failed.remote, opening.info_hash, None, failed.at, outcome, source,
        opening.transport, control=told[0], exhibit=told[1],
    )  # fmt: skip
