# SPDX-License-Identifier: Apache-2.0
"""The engine seam for dissemination: what the peers of a swarm told becomes arrays; bounds come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmwitness.inference.dissemination import NOBODY, SEVERAL, Acquired, Gifts, SwarmSeen, bound_gifts
from swarmwitness.observation.holdings import Told
from swarmwitness.terms import Endpoint

IntArray = NDArray[np.int64]
SLACK_US = 1_000_000
"""Allowed for the error of two readings of a clock."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What one peer gave to others than us at least; the figures are those of `Gifts`.

    Attributes:
        counted_as: See `Held`.
    """

    endpoint: Endpoint
    counted_as: Endpoint
    bound_bytes: int
    if_told_true_bytes: int
    proved_bytes: int
    pieces: int


def bounds_of(told: Told, piece_bytes: IntArray) -> tuple[list[Bound], Gifts]:
    """The bounds of every peer of a swarm for which there is one, in the order in which they were met.

    Args:
        piece_bytes: Content of each piece, shape (n_pieces,).
    """
    gifts = bound_gifts(seen_of(told, piece_bytes), slack_us=SLACK_US)
    found = []
    for peer in np.flatnonzero(gifts.if_told_true_bytes).tolist():
        held = told.peers[peer]
        if not held.doubt:
            figures = (gifts.bound_bytes, gifts.if_told_true_bytes, gifts.proved_bytes, gifts.pieces)
            counted_as = held.counted_as or held.endpoint
            found.append(Bound(held.endpoint, counted_as, *(int(figure[peer]) for figure in figures)))
    return found, gifts


def seen_of(told: Told, piece_bytes: IntArray) -> SwarmSeen:
    """As inference wants it."""
    rows = [(a.peer, a.piece, a.since_us, a.until_us) for a in told.acquired]
    columns = np.asarray(rows, dtype=np.int64).reshape(-1, 4).T
    return SwarmSeen(
        piece_bytes=piece_bytes,
        sole=_sole(told),
        acquired=Acquired(*(np.ascontiguousarray(column) for column in columns)),
        at_work=np.asarray([held.first != 0 for held in told.peers], dtype=bool),
        uncertain=told.uncertain.total(),
        proved=_bits(told.proved, told.n_pieces),
    )


def _sole(told: Told) -> IntArray:
    """Per piece the one peer that may have held it all along."""
    sole = np.full(told.n_pieces, NOBODY, dtype=np.int64)
    for peer, held in enumerate(told.peers):
        has = _bits(held.first, told.n_pieces)
        sole[has & (sole != NOBODY)] = SEVERAL
        sole[has & (sole == NOBODY)] = peer
    return sole


def _bits(pieces: int, n_pieces: int) -> NDArray[np.bool_]:
    """A number whose bit p is piece p as a mask."""
    raw = np.frombuffer(pieces.to_bytes((n_pieces + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(raw, bitorder="little", count=n_pieces).astype(bool)
