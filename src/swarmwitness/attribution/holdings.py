# SPDX-License-Identifier: Apache-2.0
"""Whole tables of networks -> disjoint holdings: the rules of agreement.py for every address and day.

Theory of operation. (1) Rows that have a voice, each cut where what its organisation rolls up to
changes; a cut row answers as the whole one would. Ranges that no table may name are rows too, and
silence what they hold. (2) The distinct prefixes form a tree; between all their bounds the holders of
an address are the same (prefixtree.py). (3) The rows of a prefix and of those around it, with their
sources, organisations and days numbered within that prefix, are its shape; the rules are applied once
for each shape (shapes.py), and the answer written out with each prefix's own organisations and days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.attribution import shapes
from swarmwitness.attribution.agreement import UNKNOWN_KIND
from swarmwitness.attribution.organisations import Ties
from swarmwitness.attribution.prefixtree import NONE, PrefixTree
from swarmwitness.attribution.shapes import Reign, ShapeRow, reigns_of
from swarmwitness.attribution.special import MUTE
from swarmwitness.relations import engine_of
from swarmwitness.relations.address import KEY4, KEY6, with_keys
from swarmwitness.relations.engine import collect
from swarmwitness.relations.holders import HOLDINGS
from swarmwitness.relations.keys import Ints, Keys, keys_of, numbers_of, text_of
from swarmwitness.relations.schema import schema
from swarmwitness.terms import InputError

if TYPE_CHECKING:
    Text = pa.Array[pa.StringScalar]
_AT_ONCE = 1 << 17
"""Prefixes worked on at once: what bounds the memory."""
_FAR = np.int64(2**31 - 1)
_SAYS = {"organisation": shapes.ORGANISATION, "kind": shapes.KIND}


def holdings_of(networks: pa.Table, ties: Ties) -> pa.Table:
    """`HOLDINGS`, by address and day; where it is silent nothing is known."""
    rows = _Rows.of(networks, ties)
    parts = [part for version in (4, 6) for part in _version(rows, version)]
    return pa.concat_tables([HOLDINGS.empty_table(), *parts]).combine_chunks()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows with a voice: numbers in place of words; days since 1970-01-01, -_FAR and _FAR = unbounded."""

    prefix: pa.Array[pa.StringScalar]
    says: Ints
    kind: Ints
    source: Ints
    org: Ints
    begin: Ints
    end: Ints
    kinds: list[str]
    orgs: pa.Array[pa.StringScalar]

    @classmethod
    def of(cls, networks: pa.Table, ties: Ties) -> _Rows:
        says = _words(networks, "says", "organisation")
        spoken = pc.is_in(says, value_set=pa.array(list(_SAYS)))
        networks, says = networks.filter(spoken), says.filter(spoken)
        org = _words(networks, "org_id", "")
        at, org, begin, end = _cut(
            org, _days(networks, "valid_from", -_FAR), _days(networks, "valid_to", _FAR), ties
        )
        kinds, kind = _numbered(_words(networks, "kind", UNKNOWN_KIND))
        _, source = _numbered(_words(networks, "source", ""))
        orgs, number = _numbered(org)
        topic = np.asarray(pc.equal(says, pa.scalar("kind"))).astype(np.int64)
        n = len(MUTE)
        mute, ever = np.zeros(n, np.int64), np.full(n, _FAR)
        prefixes = [
            *_words(networks, "prefix", "").take(pa.array(at, pa.int64())).to_pylist(),
            *map(str, MUTE),
        ]
        return cls(
            pa.array(prefixes, pa.string()),
            np.concatenate([topic[at], mute + shapes.MUTE]),
            np.concatenate([kind[at], mute]),
            np.concatenate([source[at], mute]),
            np.concatenate([number, mute]),
            np.concatenate([begin, -ever]),
            np.concatenate([end, ever]),
            [*map(str, kinds.to_pylist()), UNKNOWN_KIND],
            pa.concat_arrays([orgs, pa.array([""])]),
        )


def _words(table: pa.Table, name: str, empty: str) -> pa.Array[pa.StringScalar]:
    """A column that need not be there."""
    if name not in table.column_names:
        return pa.array([empty] * table.num_rows, pa.string())
    words = pa.concat_arrays([pa.array([], pa.string()), *table.column(name).cast(pa.string()).chunks])
    filled = words.fill_null(empty)
    return cast("Text", pc.if_else(pc.equal(filled, pa.scalar("")), pa.scalar(empty), filled))


def _days(table: pa.Table, name: str, unbounded: np.int64) -> Ints:
    days = table.column(name).cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return np.asarray(pc.fill_null(days, pa.scalar(int(unbounded), pa.int64())), np.int64)


def _numbered(words: pa.Array[pa.StringScalar]) -> tuple[pa.Array[pa.StringScalar], Ints]:
    coded = words.dictionary_encode()
    return cast("Text", coded.dictionary), np.asarray(coded.indices, np.int64)


def _cut(
    org: pa.Array[pa.StringScalar], begin: Ints, end: Ints, ties: Ties
) -> tuple[Ints, pa.Array[pa.StringScalar], Ints, Ints]:
    """Rows rolled up, cut on the days on which that changes: the row that each is from, its
    organisation, its days."""
    tied = np.asarray(pc.is_in(org, value_set=pa.array(list(ties.of_member), pa.string())))
    plain, odd = np.flatnonzero(~tied), np.flatnonzero(tied)
    at, orgs, begins, ends = [], [], [], []
    known: dict[tuple[str, int, int], list[tuple[str, int, int]]] = {}
    for row, name in zip(odd.tolist(), org.take(pa.array(odd, pa.int64())).to_pylist(), strict=True):
        key = (str(name), int(begin[row]), int(end[row]))
        if key not in known:
            known[key] = list(_rolled(*key, ties))
        for rolled, first, last in known[key]:
            at.append(row)
            orgs.append(rolled)
            begins.append(first)
            ends.append(last)
    return (
        np.concatenate([plain, np.array(at, np.int64)]),
        pa.concat_arrays([org.take(pa.array(plain, pa.int64())), pa.array(orgs, pa.string())]),
        np.concatenate([begin[plain], np.array(begins, np.int64)]),
        np.concatenate([end[plain], np.array(ends, np.int64)]),
    )


def _rolled(org: str, begin: int, end: int, ties: Ties) -> Iterator[tuple[str, int, int]]:
    inner = [day for day in map(_number, ties.changes(org)) if begin < day < end]
    edges = [begin, *inner, end]
    for first, last in pairwise(edges):
        yield ties.roll_up(org, _date(first)).org_id, first, last


_EPOCH = dt.date(1970, 1, 1)


def _number(day: dt.date) -> int:
    return (day - _EPOCH).days


def _date(number: int) -> dt.date:
    return dt.date.min if number == -_FAR else _EPOCH + dt.timedelta(number)


def _version(rows: _Rows, version: int) -> Iterator[pa.Table]:
    """The holdings of one version of IP."""
    own = np.flatnonzero(np.asarray(pc.match_substring(rows.prefix, ":")) == (version == 6))
    prefixes, node = _numbered(rows.prefix.take(pa.array(own, pa.int64())))
    parts = pc.split_pattern(prefixes, "/")
    length = pc.list_element(parts, 1).cast(pa.int64()).to_numpy(zero_copy_only=False)
    tree = PrefixTree.of(numbers_of(_keys(cast("Text", pc.list_element(parts, 0)), version)), length, version)
    order = np.lexsort(
        (rows.end[own], rows.begin[own], rows.kind[own], rows.org[own], rows.source[own], node)
    )
    chains = _Chains(rows, own[order], node[order], tree.parent, len(prefixes), {})
    for start in range(0, len(tree.deepest), _AT_ONCE):
        at = slice(start, start + _AT_ONCE)
        yield from chains.holdings(tree.first[at], tree.last[at], tree.deepest[at])


def _keys(ips: pa.Array[pa.StringScalar], version: int) -> Keys:
    table = pa.table({"ip": ips, "n": np.arange(len(ips))})
    with closing(engine_of("duckdb")) as engine:
        keyed = collect(engine, with_keys(engine.table(table)), schema(key="text", n="int"), ["n"])
    return keys_of(keyed.column("key"), KEY4 if version == 4 else KEY6)


Shape = tuple[int, ...]
"""Packed rows: first what each says, then of whom and when."""
_BITS = {4: (2, 6, 40, 14), 3: (20, 21, 21)}


def _packed(columns: tuple[Ints, ...]) -> Ints:
    """Small numbers, -1 at least, side by side in one.

    Raises:
        InputError: one is too large; a table of so many rows for one prefix is beyond this.
    """
    code = np.zeros(len(columns[0]), np.int64)
    for column, bits in zip(columns, _BITS[len(columns)], strict=True):
        if column.max(initial=0) >= (1 << bits) - 1:
            raise InputError("too many rows, or rows of too many kinds, hold one prefix", field="prefix")
        code = code << bits | column + 1
    return code


def _unpacked(code: int, n: int) -> list[int]:
    found = []
    for bits in reversed(_BITS[n]):
        found.append((code & (1 << bits) - 1) - 1)
        code >>= bits
    return found[::-1]


@dataclass(frozen=True, slots=True)
class _Chains:
    """The rows of each prefix and of those around it; `row` in the order of `node`."""

    rows: _Rows
    row: Ints
    node: Ints
    parent: Ints
    n_nodes: int
    known: dict[Shape, list[Reign]]

    def holdings(self, first: Keys, last: Keys, deepest: Ints) -> Iterator[pa.Table]:
        """Of some stretches."""
        nodes, node_of = np.unique(deepest, return_inverse=True)
        of, row, depth = self._chains(nodes)
        rows = self.rows
        days, day_start, begin, end = _days_within(of, rows.begin[row], rows.end[row], len(nodes))
        orgs, org_start, org = _within(of, rows.org[row], len(nodes))
        codes = [
            _packed((rows.says[row], rows.kind[row], rows.source[row], depth)),
            _packed((org, begin, end)),
        ]
        wide, narrow = (code.tolist() for code in codes)
        bounds = np.searchsorted(of, np.arange(len(nodes) + 1)).tolist()
        reigns = [self._reigns((*wide[a:b], *narrow[a:b])) for a, b in pairwise(bounds)]
        n = np.array([len(each) for each in reigns])
        flat = [reign for each in reigns for reign in each]
        if not flat:
            return
        start = np.cumsum(n) - n
        many = n[node_of]
        stretch = np.repeat(np.arange(len(node_of)), many)
        at = np.arange(len(stretch)) - np.repeat(np.cumsum(many) - many - start[node_of], many)
        own = node_of[stretch]
        begins, ends, held = (np.array([reign[k] for reign in flat])[at] for k in range(3))
        kind, agreement = (
            pa.array([str(reign[k]) for reign in flat]).take(pa.array(at, pa.int64())) for k in (3, 4)
        )
        named = np.where(
            held == shapes.NOBODY, len(rows.orgs) - 1, orgs[org_start[own] + np.maximum(held, 0)]
        )
        yield pa.Table.from_arrays(
            [
                text_of(first[stretch]),
                text_of(last[stretch]),
                _dates(days, day_start[own], begins),
                _dates(days, day_start[own], ends),
                rows.orgs.take(pa.array(named, pa.int64())),
                kind,
                agreement,
            ],
            schema=HOLDINGS,
        )

    def _reigns(self, shape: Shape) -> list[Reign]:
        if shape not in self.known:
            n = len(shape) // 2
            rows = [ShapeRow(*_unpacked(shape[at], 4), *_unpacked(shape[n + at], 3)) for at in range(n)]
            self.known[shape] = reigns_of(rows, self.rows.kinds)
        return self.known[shape]

    def _chains(self, nodes: Ints) -> tuple[Ints, Ints, Ints]:
        """(node, row, depth) of each row that holds it, by node and depth."""
        start = np.searchsorted(self.node, np.arange(self.n_nodes + 1))
        of, at, depth, found = np.arange(len(nodes)), nodes, 0, []
        while len(at):
            n = start[at + 1] - start[at]
            row = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n - start[at], n)
            found.append((np.repeat(of, n), self.row[row], np.full(len(row), depth)))
            at = self.parent[at]
            of, at, depth = of[at != NONE], at[at != NONE], depth + 1
        columns = [np.concatenate(column) for column in zip(*found, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        return columns[0][order], columns[1][order], columns[2][order]


def _within(of: Ints, values: Ints, n: int) -> tuple[Ints, Ints, Ints]:
    """Values numbered within each owner, in their order: the distinct values, where each owner's begin,
    and the numbers."""
    low = values.min(initial=0)
    width = int(values.max(initial=0) - low) + 1
    distinct, number = np.unique(of * width + values - low, return_inverse=True)
    start = np.searchsorted(distinct, np.arange(n) * width)
    return distinct % width + low, start, number - start[of]


def _days_within(of: Ints, begin: Ints, end: Ints, n: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Days numbered within each owner; unbounded ones have no number."""
    bounded = (begin != -_FAR, end != _FAR)
    owners = np.concatenate([of[bounded[0]], of[bounded[1]]])
    days, start, number = _within(owners, np.concatenate([begin[bounded[0]], end[bounded[1]]]), n)
    first, last = np.full(len(of), shapes.ALWAYS), np.full(len(of), shapes.ALWAYS)
    cut = int(bounded[0].sum())
    first[bounded[0]], last[bounded[1]] = number[:cut], number[cut:]
    return days, start, first, last


def _dates(days: Ints, start: Ints, number: Ints) -> pa.Array[pa.Date32Scalar]:
    open_ = number == shapes.ALWAYS
    at = np.minimum(start + np.maximum(number, 0), max(len(days) - 1, 0))
    values = days[at] if len(days) else np.zeros(len(at), np.int64)
    return cast("pa.Array[pa.Date32Scalar]", pa.array(values.astype(np.int32), mask=open_).cast(pa.date32()))
