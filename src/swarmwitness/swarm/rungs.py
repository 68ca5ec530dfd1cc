# SPDX-License-Identifier: Apache-2.0
"""From facts to rungs 0-9: the only place where a rung is given, for live, replayed and captured traffic.

`RULES` is the whole of it; `Ladder` keeps the little that the rules must remember of one
connection and asks them in order. A rung is given at most once per connection.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from swarmwitness.swarm.facts import (
    BlockSeen,
    ChallengeMet,
    ClaimSeen,
    Connected,
    Fact,
    HandshakeSeen,
    HaveSeen,
    KeyedExchange,
    Listed,
    PieceVerified,
)
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Instant, Rung

SETTLE_NS = 1_000_000_000
"""HAVE messages this soon after the declared state complete it (some clients send a thinned
bitfield and the rest as HAVE at once); only later ones are growth that was watched."""


@dataclass(slots=True)
class Climb:
    """What the rules remember of one connection."""

    torrent: Torrent | None
    declared_ns: int | None = None
    verified: set[int] = field(default_factory=set)


def _claims(fact: Fact, _climb: Climb, _at: Instant) -> bool:
    return isinstance(fact, ClaimSeen | HaveSeen) and fact.count >= 1


def _grew(fact: Fact, climb: Climb, at: Instant) -> bool:
    if not isinstance(fact, HaveSeen) or not fact.new or climb.declared_ns is None:
        return False
    return at.monotonic_ns - climb.declared_ns > SETTLE_NS


def _covers_part(fact: Fact, climb: Climb, _at: Instant) -> bool:
    if not isinstance(fact, PieceVerified) or climb.torrent is None:
        return False
    return any(fact.piece in pieces for pieces in climb.torrent.own_pieces.values())


def _covers_whole(fact: Fact, climb: Climb, _at: Instant) -> bool:
    if not isinstance(fact, PieceVerified) or climb.torrent is None or climb.torrent.work_map is None:
        return False
    work_map, verified = climb.torrent.work_map, frozenset(climb.verified)
    sizes = ((work, work_map.size(work)) for work in work_map.works_of(fact.piece))
    return any(size and work_map.covered(work, verified) == size for work, size in sizes)


def _always(_fact: Fact, _climb: Climb, _at: Instant) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """A rung, the facts that can give it, on what condition, and why that is enough and no more."""

    rung: Rung
    facts: tuple[type, ...]
    given: Callable[[Fact, Climb, Instant], bool]
    why: str


RULES = (
    Rule(Rung.LISTED, (Listed,), _always, "a tracker, a DHT node or a peer names it: hearsay"),
    Rule(
        Rung.REACHABLE,
        (Connected,),
        _always,
        "TCP or uTP completed its exchange: the address is not forged, what listens there is unknown",
    ),
    Rule(
        Rung.HANDSHAKEN,
        (HandshakeSeen, KeyedExchange),
        _always,
        "it answered with the info_hash that was asked for, or completed an encrypted exchange that is keyed "
        "by it; any other is an anomaly and gives nothing",
    ),
    Rule(
        Rung.CLAIMED,
        (ClaimSeen, HaveSeen),
        _claims,
        "bitfield, have-all or have with at least one piece; have-none and an empty bitfield claim nothing",
    ),
    Rule(
        Rung.PROGRESSED,
        (HaveSeen,),
        _grew,
        "a HAVE for a piece not claimed before, over a second after it declared its state (bitfield, "
        "have-all or have-none): without a declared state growth cannot be told from a late first claim; a "
        "piece that was lost and comes back is no growth",
    ),
    Rule(
        Rung.CHALLENGED,
        (ChallengeMet,),
        _always,
        "leaf hashes that are in no torrent recombine to the file's root: it read the content, or was told "
        "by somebody who did; a refusal gives nothing and takes nothing",
    ),
    Rule(
        Rung.BLOCK,
        (BlockSeen,),
        _always,
        "a block that answers a request of ours exactly; unrequested data gives nothing",
    ),
    Rule(
        Rung.PIECE,
        (PieceVerified,),
        _always,
        "a whole piece verifies, and all its blocks came from this peer on this connection",
    ),
    Rule(
        Rung.PART,
        (PieceVerified,),
        _covers_part,
        "at least one verified piece whose content belongs to one registered work alone",
    ),
    Rule(
        Rung.WHOLE,
        (PieceVerified,),
        _covers_whole,
        "verified pieces from this peer on this connection cover every byte of a registered work",
    ),
)
_BY_FACT: dict[type, tuple[Rule, ...]] = {
    kind: tuple(rule for rule in RULES if kind in rule.facts) for rule in RULES for kind in rule.facts
}


class Ladder:
    """The rungs that one connection (or one listing) has reached."""

    def __init__(self, torrent: Torrent | None) -> None:
        self._climb = Climb(torrent)
        self.reached: set[Rung] = set()

    @property
    def top(self) -> Rung | None:
        """The highest rung so far."""
        return max(self.reached, default=None)

    @property
    def verified(self) -> frozenset[int]:
        """Pieces that came whole from this peer on this connection and verified."""
        return frozenset(self._climb.verified)

    def take(self, fact: Fact, at: Instant) -> list[Rung]:
        """The rungs that this fact newly gives, ascending.

        Args:
            at: When the bytes were read; only differences of its monotonic clock count.
        """
        rules = _BY_FACT.get(type(fact))
        if rules is None:
            return []
        climb = self._climb
        if isinstance(fact, PieceVerified):
            climb.verified.add(fact.piece)
        rungs = []
        for rule in rules:
            if rule.rung not in self.reached and rule.given(fact, climb, at):
                rungs.append(rule.rung)
        if isinstance(fact, ClaimSeen):
            climb.declared_ns = at.monotonic_ns
        if rungs:
            self.reached.update(rungs)
        return rungs
