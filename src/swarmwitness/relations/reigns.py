# SPDX-License-Identifier: Apache-2.0
"""Disjoint holdings as stretches of addresses, and the days of each without a gap: who reigned when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.relations.address import KEY4, KEY6
from swarmwitness.relations.cover import NOBODY, Stretches
from swarmwitness.relations.keys import Ints, keys_of
from swarmwitness.relations.schema import schema

EARLIEST, LATEST = -719_162, 2_932_896
"""0001-01-01 and 9999-12-31 in days since 1970-01-01."""
_VERDICT = ("org_id", "org_kind", "org_agreement")
_UNKNOWN = pa.table({"org_id": [""], "org_kind": ["unknown"], "org_agreement": ["unknown"]})
REIGNS = schema(held="int", month="int", from_day="date", last_day="date", verdict="int")
"""Days inclusive; `month` = 12 * year + month where the stretch is restless, else 0."""
VERDICTS = schema(verdict="int", **dict.fromkeys(_VERDICT, "text"))
_EPOCH_MONTH = 1970 * 12 + 1


@dataclass(frozen=True, slots=True)
class Reigns:
    """Holdings in the order of version, address and day.

    Attributes:
        four, six: The stretches of IPv4 and IPv6.
        held, begin, end: For each reign its stretch and its days, inclusive; a stretch's reigns leave
            no gap and don't overlap. Shape (n_reigns,).
        verdict: For each reign its number in `verdicts`.
        verdicts: `VERDICTS`, distinct.
        restless: Numbers of the stretches that changed hands more often than is joined day by day.
    """

    four: Stretches
    six: Stretches
    held: Ints
    begin: Ints
    end: Ints
    verdict: Ints
    verdicts: pa.Table
    restless: Ints

    @classmethod
    def of(cls, holdings: pa.Table, finest: int) -> Reigns:
        """From `HOLDINGS` in any order.

        Raises:
            ValueError: two of them hold one address on one day, or a stretch of days is empty.
        """
        table = _in_order(holdings)
        four, six, held = _stretches(table)
        begin, end = (
            _days(table, "from_day", EARLIEST).to_numpy(),
            _days(table, "to_day", LATEST + 1).to_numpy(),
        )
        number, verdicts = _verdicts(table)
        held, begin, end, row = _gapless(held, begin, end)
        n = np.bincount(held + 1, minlength=1)[1:]
        return cls(four, six, held, begin, end, number[row], verdicts, np.flatnonzero(n > finest))

    def over(self, held: Ints, months: Ints) -> pa.Table:
        """`REIGNS` of these stretches (numbers, `NOBODY` too), the restless ones in these months only."""
        wanted = np.zeros(self.held.max(initial=NOBODY) + 2, np.bool_)
        wanted[held + 1] = True
        rows = np.flatnonzero(wanted[self.held + 1])
        often = np.isin(self.held[rows], self.restless)
        calm, rows = rows[~often], rows[often]
        low = np.searchsorted(months, _month(self.begin[rows]), "left")
        n = np.maximum(np.searchsorted(months, _month(self.end[rows]), "right") - low, 0)
        at = np.repeat(rows, n)
        month = months[np.arange(len(at)) - np.repeat(np.cumsum(n) - n - low, n)]
        return self._table(np.concatenate([calm, at]), np.concatenate([np.zeros(len(calm), np.int64), month]))

    def _table(self, rows: Ints, month: Ints) -> pa.Table:
        days = [
            pa.array(values[rows].astype(np.int32)).cast(pa.date32()) for values in (self.begin, self.end)
        ]
        held, at, verdict = (
            pa.array(each, pa.int64()) for each in (self.held[rows], month, self.verdict[rows])
        )
        return pa.Table.from_arrays([held, at, *days, verdict], schema=REIGNS)


def _verdicts(table: pa.Table) -> tuple[Ints, pa.Table]:
    """The number of each holding's verdict, behind them that of unknown; and `VERDICTS`."""
    words = pa.concat_tables([table.select(_VERDICT).cast(_UNKNOWN.schema), _UNKNOWN]).combine_chunks()
    number = np.zeros(words.num_rows, np.int64)
    for name in _VERDICT:
        coded: Any = pc.dictionary_encode(words.column(name)).combine_chunks()
        number = number * len(coded.dictionary) + coded.indices.to_numpy()
    _, first, number = np.unique(number, return_index=True, return_inverse=True)
    distinct = words.take(pa.array(first, pa.int64()))
    columns: list[Any] = [pa.array(np.arange(len(first))), *distinct.columns]
    return number, pa.Table.from_arrays(columns, schema=VERDICTS).combine_chunks()


def _in_order(holdings: pa.Table) -> pa.Table:
    """By version, first address and first day; sorting text is dear, and most tables are in order."""
    first: Any = holdings.column("first").combine_chunks()
    width, day = pc.utf8_length(first), _days(holdings, "from_day", EARLIEST).combine_chunks()
    before, behind = slice(None, -1), slice(1, None)
    wider, longer = (np.diff(np.asarray(each)) for each in (width, day))
    same, later = (np.asarray(compare(first[behind], first[before])) for compare in (pc.equal, pc.greater))
    if ((wider > 0) | ((wider == 0) & (later | (same & (longer >= 0))))).all():
        return holdings
    keys = pa.table({"width": width, "first": first, "day": day})
    return holdings.take(pc.sort_indices(keys, sort_keys=[(name, "ascending") for name in keys.column_names]))


def _month(days: Ints) -> Ints:
    """12 * year + month of days since 1970-01-01."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64) + _EPOCH_MONTH


def _days(table: pa.Table, name: str, unbounded: int) -> pa.ChunkedArray[pa.Int64Scalar]:
    days: Any = table.column(name).cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    return cast("pa.ChunkedArray[pa.Int64Scalar]", pc.fill_null(days, pa.scalar(unbounded, pa.int64())))


def _stretches(table: pa.Table) -> tuple[Stretches, Stretches, Ints]:
    """The distinct stretches of IPv4 and IPv6, numbered through, and the number of each row's."""
    lengths = pc.utf8_length(table.column("first"))
    four, fours = _numbered(table.filter(pc.equal(lengths, pa.scalar(KEY4))), KEY4, 0)
    six, sixes = _numbered(table.filter(pc.equal(lengths, pa.scalar(KEY6))), KEY6, len(four.first))
    every = np.concatenate([fours, sixes])
    if len(every) != table.num_rows:
        raise ValueError(f"a key is neither {KEY4} nor {KEY6} characters wide")
    return four, six, every


def _numbered(own: pa.Table, width: int, start: int) -> tuple[Stretches, Ints]:
    first, last = (keys_of(own.column(name), width) for name in ("first", "last"))
    new = np.concatenate([[True], (first[1:] != first[:-1]) | (last[1:] != last[:-1])])[: len(first)]
    numbers = np.cumsum(new) - 1 + start
    return Stretches(first[new], last[new], numbers[new]), numbers


def _gapless(held: Ints, begin: Ints, behind: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """held, first day, last day and verdict of the reigns and of what lies between; `NOBODY` has one."""
    opens = np.concatenate([[True], held[1:] != held[:-1]])[: len(held)]
    closes = np.concatenate([opens[1:], [True]])[: len(held)]
    before = np.where(opens, EARLIEST, np.concatenate([[EARLIEST], behind[:-1]])[: len(held)])
    if (begin < before).any() or (begin >= behind).any():
        raise ValueError("holdings overlap, or one holds no day")
    gap, tail = np.flatnonzero(begin > before), np.flatnonzero(closes & (behind <= LATEST))
    none = np.full(len(gap) + len(tail) + 1, len(held))
    return (
        np.concatenate([held, held[gap], held[tail], [NOBODY]]),
        np.concatenate([begin, before[gap], behind[tail], [EARLIEST]]),
        np.concatenate([behind - 1, begin[gap] - 1, np.full(len(tail) + 1, LATEST)]),
        np.concatenate([np.arange(len(held)), none]),
    )
