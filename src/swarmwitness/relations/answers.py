# SPDX-License-Identifier: Apache-2.0
"""What of the answers to "who held this address that day" a case reads: chosen and counted in the engine.

What is handed over is of the size of what is shown, or of the stretches of days of one organisation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.engines.files import removed
from swarmwitness.relations.holders import attribute
from swarmwitness.relations.schema import schema

SURE = ("unanimous", "majority")
"""Agreements on which an address is counted as an organisation's. A stale or split answer names nobody."""
RUNS = schema(ip="text", first="date", last="date")
"""Days that follow each other, both inclusive."""
PAIRS = schema(ip="text", day="date")
_UNSURE = schema(org_agreement="text", n="int")
_N = schema(n="int")
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """What an organisation held.

    Attributes:
        runs: `RUNS`: the days on which the sources agree on it, by ip and first.
        unsure: By agreement: addresses that it is said to hold, but not surely, on some day.
        named: Whether any answer names it, on whatever day.
    """

    runs: pa.Table
    unsure: dict[str, int]
    named: bool


def held_by(
    engine: Engine,
    attributed: Path,
    org_id: str,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Held:
    """What an organisation held within half-open days; None = unbounded.

    Args:
        attributed: As for `lease`.
    """
    own = engine.scan(attributed).filter(nw.col("org_id") == org_id)
    n_named = _count(engine, own)
    if not n_named:
        return Held(RUNS.empty_table(), {}, False)
    inside = _within(own, valid_from, valid_to)
    sure = nw.col("org_agreement").is_in(SURE)
    apart = inside.filter(~sure).select("ip", "org_agreement").unique()
    unsure = apart.group_by("org_agreement").agg(nw.len().cast(nw.Int64).alias("n"))
    counts = collect(engine, unsure, _UNSURE, ["org_agreement"]).to_pylist()
    runs = collect(engine, _runs(inside.filter(sure)), RUNS, ["ip", "first"])
    return Held(runs, {row["org_agreement"]: row["n"] for row in counts}, True)


def first_splits(engine: Engine, attributed: Path, n: int) -> pa.Table:
    """The first n addresses, in text order, on whose holder sources differ, each with its first such day."""
    split = engine.scan(attributed).filter(nw.col("org_agreement") == "split")
    first = split.group_by("ip").agg(nw.col("day").min()).sort("ip").head(n)
    return collect(engine, first, PAIRS, ["ip"])


def n_splits_claimed(
    engine: Engine,
    attributed: Path,
    claims: pa.Table,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> int:
    """How many addresses are split on some day on which a claim holds.

    Args:
        attributed: As for `lease`; files whose names begin with its own come and go beside it.
        claims: `relations.holders.HOLDINGS`, with an org_id wherever somebody claims the address.
    """
    if not claims.num_rows:
        return 0
    asked, answered = (attributed.with_name(attributed.name + name) for name in (".split", ".claimed"))
    split = engine.scan(attributed).filter(nw.col("org_agreement") == "split")
    at = nw.col("day").cast(nw.Datetime("us"))
    try:
        dated = _within(split, valid_from, valid_to).select("ip", at.alias("observed_at"))
        engine.store(dated, asked)
        attribute(engine, asked, claims, answered)
        claimed = engine.scan(answered).filter(nw.col("org_id") != "")
        return _count(engine, claimed.select("ip").unique())
    finally:
        removed(asked)
        removed(answered)


def _within(answers: Frame, valid_from: dt.date | None, valid_to: dt.date | None) -> Frame:
    if valid_from is not None:
        answers = answers.filter(nw.col("day") >= nw.lit(valid_from))
    return answers if valid_to is None else answers.filter(nw.col("day") < nw.lit(valid_to))


def _runs(pairs: Frame) -> Frame:
    """Neighbouring days of each address as one row."""
    at = nw.col("at")
    dated = pairs.select("ip", "day").with_columns(at=nw.col("day").cast(nw.Datetime("us")))
    dated = dated.with_columns(before=at.shift(1).over("ip", order_by="day"))
    dated = dated.with_columns(parted=(at - nw.col("before") > _DAY).fill_null(False).cast(nw.Int64))
    numbered = dated.with_columns(run=nw.col("parted").cum_sum().over("ip", order_by="day"))
    return numbered.group_by("ip", "run").agg(
        nw.col("day").min().alias("first"), nw.col("day").max().alias("last")
    )


def _count(engine: Engine, frame: Frame) -> int:
    counted = collect(engine, frame.select(nw.len().cast(nw.Int64).alias("n")), _N, ["n"])
    return cast("int", counted.column("n").to_pylist()[0])
