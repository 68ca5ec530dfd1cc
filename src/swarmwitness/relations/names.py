# SPDX-License-Identifier: Apache-2.0
"""Names that only sightings have: full v2 ones beside their cut form (BEP 52)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.intake import WorkRegistry
from swarmwitness.intake.aliases import CUT_DIGITS
from swarmwitness.relations.engine import Engine, collect
from swarmwitness.relations.schema import schema

_NAMES = schema(info_hash="text")
_N = schema(n="int")


def full_names(engine: Engine, sightings: Sequence[Path], registry: WorkRegistry) -> list[str]:
    """The full v2 names that were seen and whose cut form was seen, too, or is in the register."""
    if not sightings:
        return []
    seen = nw.concat([engine.scan(file).select("info_hash") for file in sightings])
    digits = nw.col("info_hash").str.len_chars()
    n_full = (digits > CUT_DIGITS).cast(nw.Int64).sum().fill_null(0).cast(nw.Int64)
    (told,) = collect(engine, seen.select(n=n_full), _N, _N.names).to_pylist()
    if not told["n"]:  # as nearly always, and to see it costs a fraction of what follows
        return []
    known = [name for name in registry.aliases.torrent_of if len(name) == CUT_DIGITS]
    listed = engine.table(pa.table({"cut": pa.array(known, pa.string())}))
    cuts = nw.concat([seen.filter(digits == CUT_DIGITS).select(nw.col("info_hash").alias("cut")), listed])
    full = seen.filter(digits > CUT_DIGITS).unique()
    full = full.with_columns(cut=nw.col("info_hash").str.slice(0, CUT_DIGITS))
    found = full.join(cuts.unique(), on="cut", how="semi")
    return [str(name) for name in collect(engine, found, _NAMES, _NAMES.names).column(0).to_pylist()]
