# SPDX-License-Identifier: Apache-2.0
"""Stretches of IPv4 as a trie that is walked by equi-joins: from a number to the few stretches around it.

Theory of operation. The address space is cut into places that few stretches touch: 65,536 at first; one
that more than `finest` touch is cut again, into about as many as there are stretches in it, and so on (the
level-compressed trie of Nilsson and Karlsson, IP-address lookup using LC-tries, 1999, with buckets). A
step of the walk is a join on the number of the place and tells how the place is cut; most numbers are
there after one. The size is a small multiple of the number of stretches, whatever their widths, and no
walk has more than five steps: a place of 2^16 numbers loses at least four bits at each. The trie knows
nothing of the rows: it is made once, and no row need be looked at before the join.

A place is numbered `base + number - number % span`, and each cut has numbers of its own: there is room
for 2^31 times the address space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from swarmwitness.relations.cover import NOBODY, Stretches
from swarmwitness.relations.engine import Engine, Frame
from swarmwitness.relations.keys import Ints, numbers_of
from swarmwitness.relations.schema import schema

CUT = schema(place="int", base="int", span="int")
"""A place that is cut: its parts are `span` numbers wide."""
LEAF = schema(place="int", low="int", high="int", held="int")
"""A stretch, or what lies between two, that touches a place: bounds inclusive."""
_FIRST = 1 << 16
_ALL = 1 << 32
_FINEST_POSSIBLE = 8
"""Else a cut could be into so few parts that the steps become many."""


@dataclass(frozen=True, slots=True)
class Trie:
    """The steps after the first, and where they end.

    Attributes:
        cuts: `CUT` of each step.
        leaves: `LEAF`; every number ends in one place, and in one row of it.
    """

    cuts: tuple[pa.Table, ...]
    leaves: pa.Table

    @classmethod
    def of(cls, stretches: Stretches, finest: int) -> Trie:
        """Of the stretches of IPv4; at most `finest` rows of `leaves` have one place."""
        pieces = _Pieces.of(stretches)
        finest = max(finest, _FINEST_POSSIBLE)
        low = np.arange(_ALL // _FIRST) * _FIRST
        parts = _Parts(low, low, np.full(len(low), _FIRST))
        cuts, leaves, base = [], [LEAF.empty_table()], _ALL
        while len(parts.low):
            at, n = pieces.touching(parts)
            done, many = parts.only(n <= finest), parts.only(n > finest)
            leaves.append(pieces.leaves(done, at[n <= finest], n[n <= finest]))
            parts, cut = many.cut(n[n > finest], base)
            base += int(many.size.sum())
            if cut.num_rows:
                cuts.append(cut)
        return cls(tuple(cuts), pa.concat_tables(leaves).combine_chunks())

    def walked(self, engine: Engine, rows: Frame) -> Frame:
        """Rows, which have a `number`, with the `held` of the stretch that it is in."""
        number = nw.col("number")
        rows = rows.with_columns(place=number - number % _FIRST)
        for cut in self.cuts:
            inner = nw.col("base") + number - number % nw.col("span")
            place = nw.when(nw.col("base").is_null()).then(nw.col("place")).otherwise(inner)
            rows = rows.join(engine.table(cut), on="place", how="left")
            rows = rows.with_columns(place=place).drop("base", "span")
        inside = (nw.col("low") <= number) & (number <= nw.col("high"))
        return rows.join(engine.table(self.leaves), on="place", how="inner").filter(inside)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Places: their numbers, first addresses and sizes."""

    place: Ints
    low: Ints
    size: Ints

    def only(self, which: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Parts:
        return _Parts(self.place[which], self.low[which], self.size[which])

    def cut(self, n: Ints, base: int) -> tuple[_Parts, pa.Table]:
        """Each cut into about n: the parts, numbered from `base` on, and `CUT`."""
        wanted = np.int64(1) << np.ceil(np.log2(np.maximum(n, 2))).astype(np.int64)
        n_parts = np.minimum(wanted, self.size)
        span = self.size // n_parts
        bases = base + np.cumsum(self.size) - self.size - self.low
        nth = np.arange(n_parts.sum()) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
        spans = np.repeat(span, n_parts)
        low = np.repeat(self.low, n_parts) + nth * spans
        return _Parts(low + np.repeat(bases, n_parts), low, spans), _table(CUT, self.place, bases, span)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The address space from 0 on without a gap: where each piece begins, and who holds it."""

    begins: Ints
    held: Ints

    @classmethod
    def of(cls, stretches: Stretches) -> _Pieces:
        first, last = (numbers_of(keys)[1].astype(np.int64) for keys in (stretches.first, stretches.last))
        behind = last + 1
        opens = np.append(first[1:], _ALL) > behind
        begins = np.concatenate([[0], first, behind[opens]])
        held = np.concatenate([[NOBODY], stretches.held, np.full(int(opens.sum()), NOBODY)])
        if len(first) and first[0] == 0:
            begins, held = begins[1:], held[1:]
        order = np.argsort(begins, kind="stable")
        return cls(begins[order], held[order])

    def touching(self, parts: _Parts) -> tuple[Ints, Ints]:
        """The first piece that touches each part, and how many do."""
        at = np.searchsorted(self.begins, parts.low, "right") - 1
        return at, np.searchsorted(self.begins, parts.low + parts.size, "left") - at

    def leaves(self, parts: _Parts, at: Ints, n: Ints) -> pa.Table:
        """`LEAF` of parts."""
        piece = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n - at, n)
        ends = np.append(self.begins[1:], _ALL) - 1
        return _table(LEAF, np.repeat(parts.place, n), self.begins[piece], ends[piece], self.held[piece])


def _table(columns: pa.Schema, *values: Ints) -> pa.Table:
    arrays: list[pa.Array[Any]] = [pa.array(each, pa.int64()) for each in values]
    return pa.Table.from_arrays(arrays, schema=columns)
