# SPDX-License-Identifier: Apache-2.0
"""The least that a peer must have given to others than us (rung 10).

Theory of operation. Nobody who lacked a piece can give it, and clients give away only pieces that they
completed. Take the peers that were seen to acquire a piece (they lacked it, then had it, on one
connection). Whoever of them had it first received every block of it from outside of them: from those who
may have held it all along. If that is one peer alone, it gave at least one copy: the sole-source
rule. That every set S of acquirers received at least one copy from outside S is the cut form of a linear
programme (Edmonds, J. Res. Nat. Bur. Stand. 71B, 1967, 233-240); without knowledge of who was connected
to whom its optimum is one copy per piece, and `branching.py` solves it where such knowledge exists.
An unseen hop does not matter: what reached it came from the sole holder as well.

What makes the bound err, and on which side it is put right:
* a peer that is known by hearsay alone, never declared anything, lost pieces, or may conceal what it has
  (`uncertain`) may have held everything: with one such peer the bound is 0, and a second figure says
  what the bound would be if these held nothing;
* an acquirer that was at work before we came may have had blocks of pieces that it lacked, from somebody who
  left: the largest `in_work` pieces of each such acquirer are not counted;
* a piece that was acquired while nobody seen may have held it proves an unseen holder: no bound at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from swarmwitness.inference.branching import least_copies
from swarmwitness.inference.downloads import BoolArray, IntArray

METHOD_VERSION = "1.0.0"
NOBODY, SEVERAL = -1, -2
IN_WORK = 64
"""Pieces that a client has begun and not finished, at most."""
BLOCK_BYTES = 16384


@dataclass(frozen=True, slots=True)
class Acquired:
    """Acquisitions that were seen, parallel arrays of shape (n,).

    Attributes:
        peer, piece: Indices.
        since_us: It lacked the piece then: it cannot have given it before.
        until_us: It had the piece then: whoever gave it did so before.
    """

    peer: IntArray
    piece: IntArray
    since_us: IntArray
    until_us: IntArray

    def __len__(self) -> int:
        return int(self.peer.size)


@dataclass(frozen=True, slots=True)
class SwarmSeen:
    """What was seen of one swarm (a hybrid torrent's two names are one swarm).

    Attributes:
        piece_bytes: Content of each piece, shape (n_pieces,).
        sole: Per piece the one peer that may have held it all along; NOBODY or SEVERAL. Shape (n_pieces,).
        at_work: Whether the peer had something when it was first met, shape (n_peers,).
        uncertain: Peers that may have held everything all along.
        proved: Whether one who acquired the piece gave it to us, verified, shape (n_pieces,).
    """

    piece_bytes: IntArray
    sole: IntArray
    acquired: Acquired
    at_work: BoolArray
    uncertain: int
    proved: BoolArray


@dataclass(frozen=True, slots=True)
class Gifts:
    """Bounds for every peer of a swarm, arrays of shape (n_peers,).

    Attributes:
        bound_bytes: Given to others than us at least: holds unless a peer existed that was never seen.
        if_told_true_bytes: The same if the uncertain peers held nothing.
        proved_bytes: The part of `if_told_true_bytes` whose pieces an acquirer gave to us, verified.
        pieces: Pieces behind `if_told_true_bytes`.
        n_peers: Peers whose state was told.
        uncertain: Peers that may have held everything.
        unexplained: Pieces that were acquired though nobody seen may have held them.
        unseen_needed: Least number of unseen holders that brings the bound to 0: 1 where it is above 0,
            since one that held the pieces could have given all of them.
    """

    bound_bytes: IntArray
    if_told_true_bytes: IntArray
    proved_bytes: IntArray
    pieces: IntArray
    n_peers: int
    uncertain: int
    unexplained: int
    method_version: str = METHOD_VERSION

    @property
    def unseen_needed(self) -> IntArray:
        """Shape (n_peers,)."""
        return np.asarray(self.bound_bytes > 0, dtype=np.int64)


def bound_gifts(
    swarm: SwarmSeen, *, slack_us: int = 0, in_work: int = IN_WORK, edges: BoolArray | None = None
) -> Gifts:
    """The least that each peer gave to others than us.

    Args:
        slack_us: Error of the times, both ends together; 0 for one steady clock.
        in_work: See the module; of no account for pieces of one block.
        edges: May u have given to v, shape (n_peers, n_peers); None = everybody to everybody. Only where
            connections are known completely: a missing edge raises the bound.
    """
    n_peers = int(swarm.at_work.size)
    zeros = np.zeros(n_peers, dtype=np.int64)
    others = swarm.acquired.peer != swarm.sole[swarm.acquired.piece]
    unexplained = int(np.unique(swarm.acquired.piece[swarm.sole[swarm.acquired.piece] == NOBODY]).size)
    if unexplained or not others.any():
        return Gifts(zeros, zeros, zeros, zeros, n_peers, swarm.uncertain, unexplained)
    counted = _counted(swarm, others, slack_us, edges)
    told = _less_in_work(swarm, counted, n_peers, in_work)
    proved = np.zeros(n_peers, dtype=np.int64)
    pieces = np.zeros(n_peers, dtype=np.int64)
    for piece in counted:
        pieces[piece.giver] += 1
        proved[piece.giver] += piece.size if swarm.proved[piece.piece] else 0
    proved = np.minimum(proved, told)
    strict = zeros if swarm.uncertain else told
    return Gifts(strict, told, proved, pieces, n_peers, swarm.uncertain, 0)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece that one peer must have given: bytes, and who of the acquirers may have been first."""

    piece: int
    giver: int
    size: int
    first: IntArray


def _counted(swarm: SwarmSeen, others: BoolArray, slack_us: int, edges: BoolArray | None) -> list[_Piece]:
    rows = np.flatnonzero(others & (swarm.sole[swarm.acquired.piece] >= 0))
    rows = rows[np.argsort(swarm.acquired.piece[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(swarm.acquired.piece[rows], prepend=-1))
    counted = []
    for of_piece in np.split(rows, starts[1:]) if rows.size else []:
        piece = int(swarm.acquired.piece[of_piece[0]])
        giver = int(swarm.sole[piece])
        copies = 1.0 if edges is None else _copies(swarm, of_piece, giver, slack_us, edges)
        size = int(copies * int(swarm.piece_bytes[piece]) + 1e-6)
        first = _may_be_first(swarm.acquired, of_piece, slack_us)
        counted.append(_Piece(piece, giver, size, swarm.acquired.peer[first]))
    return counted


def _may_be_first(acquired: Acquired, rows: IntArray, slack_us: int) -> IntArray:
    """Rows of those who may have been the first to complete the piece."""
    earliest = int(acquired.until_us[rows].min())
    return rows[acquired.since_us[rows] < earliest + slack_us + 1]


def _copies(swarm: SwarmSeen, rows: IntArray, giver: int, slack_us: int, edges: BoolArray) -> float:
    """Copies that the giver must have sent, by who could have fed whom.

    Whoever is not known to have acquired the piece may have done so unseen and passed it on: a relay.
    """
    peers, since, until = (
        column[rows] for column in (swarm.acquired.peer, swarm.acquired.since_us, swarm.acquired.until_us)
    )
    feeds = edges.copy()
    feeds[np.ix_(peers, peers)] &= since[:, None] < until[None, :] + slack_us + 1
    np.fill_diagonal(feeds, False)
    feeds[giver, :] = feeds[:, giver] = False
    return least_copies(feeds, edges[giver], peers)


def _less_in_work(swarm: SwarmSeen, counted: list[_Piece], n_peers: int, in_work: int) -> IntArray:
    """Bytes per giver, less the largest pieces that acquirers may have begun before we came."""
    total = np.zeros(n_peers, dtype=np.int64)
    begun: dict[int, dict[int, list[int]]] = {}
    for piece in counted:
        total[piece.giver] += piece.size
        if swarm.piece_bytes[piece.piece] <= BLOCK_BYTES:
            continue
        for peer in piece.first[swarm.at_work[piece.first]].tolist():
            begun.setdefault(piece.giver, {}).setdefault(peer, []).append(piece.size)
    for giver, by_peer in begun.items():
        for sizes in by_peer.values():
            total[giver] -= sum(sorted(sizes, reverse=True)[:in_work])
    return np.maximum(total, 0)
