# SPDX-License-Identifier: Apache-2.0
"""Bounds against truth in thousands of small drawn swarms, watched badly: no bound exceeds the truth."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import numpy as np
import pytest

from swarmwitness.case.results.giving import bounds_of, seen_of
from swarmwitness.inference.dissemination import NOBODY, SEVERAL, bound_gifts
from swarmwitness.observation.aside import How, Possession
from swarmwitness.observation.holdings import Holdings
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Instant

BLOCK = 16384
SWARM = InfoHash(bytes(20))


@dataclass
class Peer:
    """One drawn peer: what it has, how it behaves, what it truly gave."""

    number: int
    manner: str
    joins: int
    leaves: int
    has: set[int] = field(default_factory=set)
    blocks: dict[int, int] = field(default_factory=dict)
    gave: int = 0
    line: int = 0
    opened: int = 0
    told: set[int] = field(default_factory=set)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint.of(f"198.51.100.{self.number + 1}", 6881)


class World:
    """A swarm in steps of a tenth of a second."""

    def __init__(self, seed: int, *, honest: bool = False) -> None:
        self.rng = rng = random.Random(seed)
        self.n_pieces = rng.choice((rng.randrange(1, 12), rng.randrange(12, 90)))
        self.per_piece = rng.choice((1, 1, 1, 2, 4))
        self.steps = rng.randrange(100, 500)
        self.watch_from = 0 if rng.random() < 0.7 else rng.randrange(self.steps // 2)
        manners = ["plain"] * 20 + ([] if honest else ["silent", "hearsay", "super", "loses"])
        self.peers = [self._peer(n, manners) for n in range(rng.randrange(2, 9))]
        density = rng.choice((1.0, 0.7, 0.4))
        pairs = [(a, b) for a in self.peers for b in self.peers if a is not b]
        self.arcs = [(a, b) for a, b in pairs if rng.random() < density]
        self.holdings = Holdings(self.n_pieces)
        self.lines = 0
        self.now = 0

    def _peer(self, number: int, manners: list[str]) -> Peer:
        rng = self.rng
        seed = number == 0 or rng.random() < 0.05
        joins = 0 if seed or rng.random() < 0.8 else rng.randrange(self.steps)
        leaves = self.steps if rng.random() < 0.7 else rng.randrange(joins, self.steps)
        peer = Peer(number, rng.choice(manners), joins, leaves)
        if seed:
            peer.has = set(range(self.n_pieces))
        return peer

    def run(self) -> None:
        for step in range(self.steps):
            self.now = step
            for _ in range(self.rng.randrange(1, 6)):
                self._transfer()
            if self.now >= self.watch_from:
                self._watch()
        # Whoever was there is known of in the end, by a tracker's word if by nothing else.
        for peer in self.peers:
            self.holdings.listed(peer.endpoint)

    def _here(self, peer: Peer) -> bool:
        return peer.joins <= self.now < peer.leaves

    def _transfer(self) -> None:
        giver, taker = self.rng.choice(self.arcs) if self.arcs else (None, None)
        if giver is None or not (self._here(giver) and self._here(taker)):
            return
        wanted = sorted(giver.has - taker.has)
        if not wanted:
            return
        begun = [p for p in wanted if p in taker.blocks]
        piece = self.rng.choice(begun if begun and self.rng.random() < 0.8 else wanted)
        taker.blocks[piece] = taker.blocks.get(piece, 0) + 1
        giver.gave += BLOCK
        if taker.blocks[piece] == self.per_piece:
            del taker.blocks[piece]
            taker.has.add(piece)
            if taker.manner == "loses" and self.rng.random() < 0.1:
                taker.has.discard(piece)

    def _watch(self) -> None:
        for peer in self.peers:
            if peer.manner == "hearsay":
                continue
            if not peer.line and self._here(peer) and self.rng.random() < 0.2:
                self._meet(peer)
            elif peer.line and (not self._here(peer) or self.rng.random() < 0.01):
                peer.line = 0
            elif peer.line:
                self._hear(peer)

    def _meet(self, peer: Peer) -> None:
        self.lines += 1
        peer.line, peer.opened = self.lines, self.now
        if peer.manner == "silent":
            return
        if peer.manner == "super":
            self._tell(peer, How.DECLARED, pieces=set())
            peer.told = set(self.rng.sample(sorted(peer.has), min(2, len(peer.has))))
            for piece in peer.told:
                self._tell(peer, How.HAVE, piece)
            return
        thinned = {p for p in peer.has if self.rng.random() < 0.9} if self.rng.random() < 0.2 else peer.has
        self._tell(peer, How.DECLARED, pieces=set(thinned))
        for piece in peer.has - thinned:
            self._tell(peer, How.HAVE, piece)
        peer.told = set(peer.has)

    def _hear(self, peer: Peer) -> None:
        if peer.manner == "super" or peer.manner == "silent":
            return
        for piece in sorted(peer.has - peer.told):
            self._tell(peer, How.HAVE, piece)
        if peer.manner == "loses" and self.rng.random() < 0.5:
            for piece in sorted(peer.told - peer.has):
                self._tell(peer, How.LOST, piece)
        peer.told = set(peer.has)

    def _tell(self, peer: Peer, how: How, piece: int | None = None, pieces: set[int] | None = None) -> None:
        bits = None if pieces is None else Bitfield.of(self.n_pieces, tuple(sorted(pieces)))
        at, opened = (Instant(t * 10**8, t * 10**8) for t in (self.now, peer.opened))
        self.holdings.take(Possession(peer.line, peer.endpoint, SWARM, at, opened, how, bits, piece))

    @property
    def piece_bytes(self) -> np.ndarray:
        return np.full(self.n_pieces, self.per_piece * BLOCK, dtype=np.int64)


def judged(world: World):
    world.run()
    gave = {peer.endpoint: peer.gave for peer in world.peers}
    bounds, gifts = bounds_of(world.holdings.told(), world.piece_bytes)
    return [(bound, gave[bound.endpoint]) for bound in bounds], gifts


@pytest.mark.parametrize("batch", range(4))
def test_the_bound_never_exceeds_the_truth(batch: int) -> None:
    positive = total = 0
    for seed in range(batch * 250, (batch + 1) * 250):
        for bound, gave in judged(World(seed))[0]:
            assert bound.bound_bytes <= gave, f"world {seed}"
            assert bound.bound_bytes in (0, bound.if_told_true_bytes)
            positive += bound.bound_bytes > 0
            total += 1
    assert positive > 5


def test_among_honest_peers_the_second_bound_does_not_either() -> None:
    ratios = []
    for seed in range(1000):
        pairs, _ = judged(World(seed, honest=True))
        for bound, gave in pairs:
            if bound.bound_bytes:
                ratios.append(bound.bound_bytes / gave)
    assert max(ratios) <= 1
    assert len(ratios) > 100
    assert np.median(ratios) > 0.2


def test_a_hidden_holder_shows_in_what_it_explains() -> None:
    """Nobody seen held piece 0, and somebody acquired it: then no bound is given to anybody."""
    holdings = Holdings(20)
    seed, leecher = (Endpoint.of(f"198.51.100.{n}", 6881) for n in (1, 2))

    def tell(peer: Endpoint, at: int, how: How, piece=None, pieces=None) -> None:
        bits = None if pieces is None else Bitfield.of(20, pieces)
        when = Instant(at * 10**9, at * 10**9)
        holdings.take(
            Possession(peer.port + int(peer.ip) % 7, peer, SWARM, when, Instant(0), how, bits, piece)
        )

    tell(seed, 1, How.DECLARED, pieces=tuple(range(1, 20)))
    tell(leecher, 1, How.DECLARED, pieces=())
    for piece in range(1, 20):
        tell(leecher, 5 + piece, How.HAVE, piece)
    (bound,), gifts = bounds_of(holdings.told(), np.full(20, 1000, dtype=np.int64))
    assert (bound.endpoint, bound.bound_bytes, bound.pieces) == (seed, 19_000, 19)
    assert gifts.unseen_needed.tolist() == [1, 0]
    tell(leecher, 50, How.HAVE, 0)
    bounds, gifts = bounds_of(holdings.told(), np.full(20, 1000, dtype=np.int64))
    assert bounds == []
    assert gifts.unexplained == 1


def test_arrays_say_who_alone_may_have_held_a_piece() -> None:
    holdings = Holdings(9)
    for number, pieces in enumerate(((0, 1), (1, 2), ())):
        endpoint = Endpoint.of(f"198.51.100.{number}", 1)
        when = Instant(10**9, 10**9)
        bits = Bitfield.of(9, pieces)
        holdings.take(Possession(number, endpoint, SWARM, when, when, How.DECLARED, bits))
    seen = seen_of(holdings.told(), np.ones(9, dtype=np.int64))
    assert seen.sole.tolist() == [0, SEVERAL, 1, *[NOBODY] * 6]
    assert seen.uncertain == 3  # Two showed too little to be told from a peer that hides.
    assert bound_gifts(seen).bound_bytes.tolist() == [0, 0, 0]
