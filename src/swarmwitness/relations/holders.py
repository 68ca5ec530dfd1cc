# SPDX-License-Identifier: Apache-2.0
"""Who held the addresses of rows: one bucketed equi-join with disjoint holdings, on every engine.

Theory of operation. `holdings` are disjoint rectangles: a stretch of addresses times a stretch of days,
and a verdict. (1) The distinct (ip, day) of the rows get a key and a place. (2) The places that occur
are few beside rows; Python lays the stretches over them (cover.py). (3) Rows join the cover on the
place, and keep the stretch whose bounds hold the rest of their key. (4) They join the stretch's days on
its number, and keep the verdict whose days hold theirs. Both tables leave no gap, so each (ip, day)
meets exactly one row. Neither join multiplies without bound: a place with more than `FINEST` stretches
is joined by whole addresses, a stretch with more than `FINEST` changes by its months.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmwitness.relations.address import KEY4, KEY6, with_keys
from swarmwitness.relations.cover import PLACES, cover, exact
from swarmwitness.relations.engine import Engine, Frame, collect
from swarmwitness.relations.keys import keys_of
from swarmwitness.relations.reigns import Reigns
from swarmwitness.relations.schema import schema

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
    with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as folder:
        asked = Path(folder) / "asked.parquet"
        pairs = engine.scan(rows).select("ip", nw.col("observed_at").dt.date().alias("day")).unique()
        engine.store(_placed(pairs), asked)
        reigns = Reigns.of(holdings.select(HOLDINGS.names), FINEST)
        covered, dense = _cover(engine, asked, reigns)
        placed = _finer(engine, engine.scan(asked), dense)
        inside = (nw.col("low") <= nw.col("rest")) & (nw.col("rest") < nw.col("high"))
        held = placed.join(engine.table(covered), on="place", how="inner").filter(inside)
        engine.store(_dated(engine, asked, held, reigns, covered), into)


def _placed(pairs: Frame) -> Frame:
    """With the place and the rest of the key."""
    key = nw.col("key")
    four = key.str.len_chars() == KEY4
    place4, place6 = PLACES[KEY4], PLACES[KEY6]
    return with_keys(pairs).with_columns(
        place=nw.when(four).then(key.str.slice(0, place4)).otherwise(key.str.slice(0, place6)),
        rest=nw.when(four).then(key.str.slice(place4)).otherwise(key.str.slice(place6)),
    )


def _cover(engine: Engine, asked: Path, reigns: Reigns) -> tuple[pa.Table, pa.Table]:
    """`COVER` of everything that occurs, and the places that are joined by whole addresses."""
    seen = collect(engine, engine.scan(asked).select("place").unique(), _PLACE, ["place"]).column("place")
    covers, dense = [], [_PLACE.empty_table()]
    for width, place in PLACES.items():
        stretches = reigns.by_width[width]
        own = keys_of(seen.filter(pc.equal(pc.utf8_length(seen), pa.scalar(place))), place)
        covered, fine = cover(stretches, own, FINEST)
        covers.append(covered)
        if len(fine):
            finely = pa.table({"place": pa.array(fine, pa.binary()).cast(pa.string())})
            covers.append(exact(stretches, keys_of(_keys_in(engine, asked, finely), width)))
            dense.append(finely)
    return pa.concat_tables(covers).combine_chunks(), pa.concat_tables(dense).combine_chunks()


def _keys_in(engine: Engine, asked: Path, places: pa.Table) -> pa.ChunkedArray[pa.StringScalar]:
    keys = engine.scan(asked).join(engine.table(places), on="place", how="semi").select("key").unique()
    return collect(engine, keys, schema(key="text"), ["key"]).column("key")


def _finer(engine: Engine, asked: Frame, dense: pa.Table) -> Frame:
    """Rows of dense places are placed by their whole key."""
    if not dense.num_rows:
        return asked
    marked = dense.append_column("fine", pa.array([True] * dense.num_rows))
    whole = nw.when(nw.col("fine").is_null()).then(nw.col("place")).otherwise(nw.col("key"))
    return asked.join(engine.table(marked), on="place", how="left").with_columns(place=whole)


def _dated(engine: Engine, asked: Path, held: Frame, reigns: Reigns, covered: pa.Table) -> Frame:
    """The verdict of the stretch on the day."""
    stretches = covered.column("held").to_numpy()
    year, month = nw.col("day").dt.year().cast(nw.Int64), nw.col("day").dt.month().cast(nw.Int64)
    zero, months = nw.lit(0).cast(nw.Int64), np.empty(0, np.int64)
    held = held.with_columns(month=zero)
    if len(reigns.restless):
        occurring = engine.scan(asked).select((year * 12 + month).alias("month")).unique()
        months = collect(engine, occurring, schema(month="int"), ["month"]).column("month").to_numpy()
        often = pa.table({"held": reigns.restless, "restless": [True] * len(reigns.restless)})
        held = held.join(engine.table(often), on="held", how="left").with_columns(
            month=nw.when(nw.col("restless").is_null()).then(zero).otherwise(year * 12 + month)
        )
    ruled = (nw.col("from_day") <= nw.col("day")) & (nw.col("day") <= nw.col("last_day"))
    reigned = engine.table(reigns.over(stretches, months))
    return held.join(reigned, on=["held", "month"], how="inner").filter(ruled).select(*ATTRIBUTED.names)
