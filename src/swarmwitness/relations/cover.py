# SPDX-License-Identifier: Apache-2.0
"""Stretches of addresses laid over the places where addresses were seen: what the equi-join joins with.

Theory of operation. A place is the front of a key (address.py): a /24 or a /48; or a whole key, where
a block is divided too finely to be compared stretch by stretch. Only places that occur are covered, so
a stretch as wide as ::/0 costs no more than what was seen in it. A place is covered whole, gaps
included, so that every address finds exactly one row. Bounds are half-open text, of the part of the key
behind the place: `255!` stands behind `255` and before whatever is greater, so no bound need be counted
up; '' is before and `~` behind everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from swarmwitness.relations.address import KEY4, KEY6
from swarmwitness.relations.keys import Ints, Keys, numbers_of, rest_of, text_of
from swarmwitness.relations.schema import schema

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
PLACES = {KEY4: 9, KEY6: 12}
"""Characters of a key -> of a place: /24, /48."""
NOBODY = -1
COVER = schema(place="text", low="text", high="text", held="int")
_BEFORE, _BEHIND, _NEXT = b"", b"~", b"!"
_HIGHEST = {KEY4: b"255", KEY6: b"f" * (KEY6 - PLACES[KEY6])}
_LOWEST = {width: b"0" * (width - place) for width, place in PLACES.items()}


@dataclass(frozen=True, slots=True)
class Stretches:
    """Disjoint stretches of the addresses of one version, in order.

    Attributes:
        first, last: Keys, inclusive, shape (n_stretches,).
        held: The number by which each is known, shape (n_stretches,).
    """

    first: Keys
    last: Keys
    held: Ints

    def __post_init__(self) -> None:
        if (self.first > self.last).any() or (self.first[1:] <= self.last[:-1]).any():
            raise ValueError("stretches overlap or are out of order")

    def at(self, keys: Keys) -> Ints:
        """Which stretch holds each address, `NOBODY` where none does; shape as `keys`."""
        if not len(self.first):
            return np.full(len(keys), NOBODY)
        at = np.maximum(np.searchsorted(self.first, keys, "right") - 1, 0)
        return np.where((self.first[at] <= keys) & (keys <= self.last[at]), self.held[at], NOBODY)

    def within(self, places: Keys) -> tuple[Ints, Ints]:
        """The half-open range of stretches that touch each place."""
        # Padding sorts before digits, `~` behind them.
        low = np.searchsorted(self.last, places.astype(self.first.dtype), "left")
        high = np.searchsorted(self.first, np.strings.add(places, _BEHIND), "right")
        return low, np.maximum(high, low)


def cover(stretches: Stretches, places: Keys, finest: int) -> tuple[pa.Table, Keys]:
    """Stretches over places.

    Args:
        stretches: Of one version.
        places: Those that occur, of that version.
        finest: Into how many stretches a place may be divided.

    Returns:
        `COVER`, and the places that are divided more finely: these are left out.
    """
    low, high = stretches.within(places)
    fine = high - low > finest
    dense, places, n, low = places[fine], places[~fine], (high - low)[~fine], low[~fine]
    of = np.repeat(np.arange(len(n)), n)
    at = np.arange(len(of)) - np.repeat(np.cumsum(n) - n - low, n)
    pieces = _Pieces(of, *_bounds(stretches, at, places[of]), _apart(stretches)[at])
    parts = [
        _table(places[of], pieces.begins, pieces.ends, stretches.held[at]),
        *(pieces.gaps(places) if len(of) else ()),
        _whole(places[n == 0], NOBODY),
    ]
    return pa.concat_tables(parts), dense


def exact(stretches: Stretches, keys: Keys) -> pa.Table:
    """`COVER` of places that are whole keys."""
    return _whole(keys, stretches.at(keys))


def _bounds(stretches: Stretches, at: Ints, own: Keys) -> tuple[Keys, Keys]:
    """Where each piece begins and ends in its place."""
    place, width = own.itemsize, stretches.first.itemsize
    first, last = stretches.first[at], stretches.last[at]
    begins = np.where(first.astype(f"S{place}") < own, _BEFORE, rest_of(first, place))
    rest = rest_of(last, place)
    through = (last.astype(f"S{place}") > own) | (rest == _HIGHEST[width])
    begins = np.where(begins == _LOWEST[width], _BEFORE, begins)
    return begins, np.where(through, _BEHIND, np.strings.add(rest, _NEXT))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Parts of stretches in places: of which place, from where, until where, and whether the stretch
    that follows in the place begins later."""

    of: Ints
    begins: Keys
    ends: Keys
    apart: Mask

    def gaps(self, places: Keys) -> Iterator[pa.Table]:
        """What nobody holds before, between and behind the pieces of each place."""
        changes = self.of[1:] != self.of[:-1]
        opens, closes = np.concatenate([[True], changes]), np.concatenate([changes, [True]])
        before = np.flatnonzero(opens & (self.begins != _BEFORE))
        behind = np.flatnonzero(closes & (self.ends != _BEHIND))
        between = np.flatnonzero(~closes & self.apart)
        for at, low, high in (
            (before, np.full(len(before), _BEFORE), self.begins[before]),
            (behind, self.ends[behind], np.full(len(behind), _BEHIND)),
            (between, self.ends[between], self.begins[between + 1]),
        ):
            yield _table(places[self.of[at]], low, high, np.full(len(at), NOBODY))


def _apart(stretches: Stretches) -> Mask:
    """Whether there is a gap behind each stretch; behind the last one there is none to speak of."""
    (high, low), (next_high, next_low) = numbers_of(stretches.last[:-1]), numbers_of(stretches.first[1:])
    carried = low == np.uint64(2**64 - 1)
    touches = (next_low == low + np.uint64(1)) & (next_high == high + carried.astype(np.uint64))
    return np.concatenate([~touches, [False]])


def _whole(places: Keys, held: Ints | int) -> pa.Table:
    n = len(places)
    return _table(places, np.full(n, _BEFORE), np.full(n, _BEHIND), np.full(n, held, np.int64))


def _table(places: Keys, low: Keys, high: Keys, held: Ints) -> pa.Table:
    columns: list[pa.Array[Any]] = [text_of(places), text_of(low), text_of(high), pa.array(held, pa.int64())]
    return pa.Table.from_arrays(columns, schema=COVER)
