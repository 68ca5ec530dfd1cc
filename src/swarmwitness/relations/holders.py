# SPDX-License-Identifier: Apache-2.0
"""Who held the addresses of rows: equi-joins with disjoint holdings, on every engine.

Theory of operation. `holdings` are disjoint rectangles: a stretch of addresses times a stretch of days,
and a verdict. (1) The distinct (ip, day) of the rows. (2) IPv4: the address as a number walks a trie of
places (trie.py) to the few stretches around it. (3) IPv6 has no number in every engine: the addresses
get a key and a place; the places that occur are few beside rows; Python lays the stretches over them
(cover.py), and rows join the cover on the place. (4) Of what was met, rows keep the stretch whose bounds
hold them. (5) They join the stretch's days on its number, keep the verdict whose days hold theirs, and
last its words. All tables leave no gap, so each (ip, day) meets exactly one row. No join multiplies
without bound: a place with more than `FINEST` stretches is cut again (IPv4) or joined by whole addresses
(IPv6), a stretch with more than `FINEST` changes by its months.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa

from swarmwitness.relations.address import KEY6, fours, sixes
from swarmwitness.relations.cover import PLACES, Stretches, cover, exact
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.keys import Ints, keys_of
from swarmwitness.relations.reigns import Reigns
from swarmwitness.relations.schema import schema
from swarmwitness.relations.trie import Trie

HOLDINGS = schema(
    first="text",
    last="text",
    from_day="date",
    to_day="date",
    org_id="text",
    org_kind="text",
    org_agreement="text",
)
"""Disjoint rectangles: keys (address.py) inclusive, days half-open, null = unbounded."""
ATTRIBUTED = schema(ip="text", day="date", org_id="text", org_kind="text", org_agreement="text")
FINEST = 32
FEW = 8
"""Stretches in one place of IPv4: cutting again costs less than comparing."""
_HELD = ("ip", "day", "held")
_PLACE = schema(place="text")


def attribute(engine: Engine, rows: Path, holdings: pa.Table, into: Path) -> None:
    """Write who held each address of the rows on each day on which it was seen.

    Args:
        engine: Whichever.
        rows: With `ip` (canonical text) and `observed_at`.
        holdings: `HOLDINGS`. Where none holds, the answer is '', `unknown`, `unknown`.
        into: Parquet to write: `ATTRIBUTED`, one row for each distinct (ip, day), in no order.

    Raises:
        ValueError: holdings overlap.
    """
    reigns = Reigns.of(holdings.select(HOLDINGS.names), FINEST)
    trie = Trie.of(reigns.four, FEW)
    with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as folder:
        asked = Path(folder) / "six.parquet"
        seen = engine.scan(rows).select("ip", nw.col("observed_at").dt.date().alias("day"))
        # `unique` becomes a window that numbers the rows of each pair: slower than a grouping.
        pairs = seen.group_by("ip", "day").agg(n=nw.len()).select("ip", "day")
        engine.store(_placed(pairs), asked)
        held = trie.walked(engine, fours(pairs)).select(*_HELD)
        stretches = trie.leaves.column("held").to_numpy()
        if engine.n_rows(asked):
            covered, dense = _cover(engine, asked, reigns.six)
            held = nw.concat([held, _found(engine, engine.scan(asked), covered, dense)])
            stretches = np.concatenate([stretches, covered.column("held").to_numpy()])
        engine.store(_dated(engine, rows, held, reigns, stretches), into)


def _placed(pairs: Frame) -> Frame:
    """IPv6, with the place and the rest of the key."""
    front, key = PLACES[KEY6], nw.col("key")
    return sixes(pairs).with_columns(place=key.str.slice(0, front), rest=key.str.slice(front))


def _cover(engine: Engine, asked: Path, stretches: Stretches) -> tuple[pa.Table, pa.Table]:
    """`COVER` of everything that occurs, and the places that are joined by whole addresses."""
    seen = collect(engine, engine.scan(asked).select("place").unique(), _PLACE, ["place"]).column("place")
    covered, fine = cover(stretches, keys_of(seen, PLACES[KEY6]), FINEST)
    dense = pa.table({"place": pa.array(fine, pa.binary()).cast(pa.string())})
    if dense.num_rows:
        finely = exact(stretches, keys_of(_keys_in(engine, asked, dense), KEY6))
        covered = pa.concat_tables([covered, finely])
    return covered.combine_chunks(), dense


def _keys_in(engine: Engine, asked: Path, places: pa.Table) -> pa.ChunkedArray[pa.StringScalar]:
    keys = engine.scan(asked).join(engine.table(places), on="place", how="semi").select("key").unique()
    return collect(engine, keys, schema(key="text"), ["key"]).column("key")


def _found(engine: Engine, asked: Frame, covered: pa.Table, dense: pa.Table) -> Frame:
    """The stretch of each address; those in dense places are placed by their whole key."""
    if dense.num_rows:
        marked = dense.append_column("fine", pa.array([True] * dense.num_rows))
        whole = nw.when(nw.col("fine").is_null()).then(nw.col("place")).otherwise(nw.col("key"))
        asked = asked.join(engine.table(marked), on="place", how="left").with_columns(place=whole)
    inside = (nw.col("low") <= nw.col("rest")) & (nw.col("rest") < nw.col("high"))
    return asked.join(engine.table(covered), on="place", how="inner").filter(inside).select(*_HELD)


def _dated(engine: Engine, rows: Path, held: Frame, reigns: Reigns, stretches: Ints) -> Frame:
    """The verdict of the stretch on the day."""
    on, months = ["held"], np.empty(0, np.int64)
    if len(reigns.restless):
        months = _months(engine, rows)
        often = pa.table({"held": reigns.restless, "restless": [True] * len(reigns.restless)})
        month = nw.when(nw.col("restless").is_null()).then(nw.lit(0).cast(nw.Int64)).otherwise(_month())
        held = held.join(engine.table(often), on="held", how="left").with_columns(month=month)
        on = ["held", "month"]
    ruled = (nw.col("from_day") <= nw.col("day")) & (nw.col("day") <= nw.col("last_day"))
    found = held.join(engine.table(reigns.over(stretches, months)), on=on, how="inner").filter(ruled)
    named = found.select("ip", "day", "verdict").join(
        engine.table(reigns.verdicts), on="verdict", how="inner"
    )
    return named.select(*ATTRIBUTED.names)


def _month() -> nw.Expr:
    return nw.col("day").dt.year().cast(nw.Int64) * 12 + nw.col("day").dt.month().cast(nw.Int64)


def _months(engine: Engine, rows: Path) -> Ints:
    """Those that occur, in order."""
    days = engine.scan(rows).select(nw.col("observed_at").dt.date().alias("day"))
    occurring = days.select(_month().alias("month")).unique()
    return collect(engine, occurring, schema(month="int"), ["month"]).column("month").to_numpy()
