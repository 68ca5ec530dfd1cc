# SPDX-License-Identifier: Apache-2.0
"""How the sources stand to all addresses and days of a case, counted in the engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

from swarmwitness.relations.blocks import n_leases_by_block
from swarmwitness.relations.engine import Engine, collect
from swarmwitness.relations.schema import schema

_DAYS = schema(org_agreement="text", n_days="int")
_ADDRESSES = schema(org_agreement="text", n_addresses="int")
_SIX = schema(n="int")


@dataclass(frozen=True, slots=True)
class Standing:
    """What is told of all addresses and leases.

    Attributes:
        days: By agreement: distinct pairs of an address and a day.
        addresses: By agreement: addresses with any such day; one address can stand at several.
        kinds: By kind: leases.
        blocks: As `n_leases_by_block` tells; empty = there is no IPv6.
    """

    days: dict[str, int]
    addresses: dict[str, int]
    kinds: dict[str, int]
    blocks: tuple[dict[str, int], ...]


def standing(engine: Engine, rows: Path, attributed: Path, leases: Path) -> Standing:
    """Count them.

    Args:
        rows, attributed: As for `lease`.
        leases: Parquet file that `lease` wrote.
    """
    answers = engine.scan(attributed)
    days = answers.group_by("org_agreement").agg(nw.len().cast(nw.Int64).alias("n_days"))
    apart = answers.select("ip", "org_agreement").unique()
    addresses = apart.group_by("org_agreement").agg(nw.len().cast(nw.Int64).alias("n_addresses"))
    six = answers.filter(nw.col("ip").str.contains(":", literal=True))
    n_six = collect(engine, six.select(nw.len().cast(nw.Int64).alias("n")), _SIX, ["n"])
    return Standing(
        _counts(collect(engine, days, _DAYS, ["org_agreement"])),
        _counts(collect(engine, addresses, _ADDRESSES, ["org_agreement"])),
        _kinds(leases),
        _blocks(engine, rows) if n_six.column("n").to_pylist()[0] else (),
    )


def _counts(table: pa.Table) -> dict[str, int]:
    words, counts = (column.to_pylist() for column in table.columns)
    return dict(zip(cast("list[str]", words), cast("list[int]", counts), strict=True))


def _kinds(leases: Path) -> dict[str, int]:
    """Leases are a plain file, whichever engine runs; it is read in parts."""
    counts: Counter[str] = Counter()
    for batch in pq.ParquetFile(leases).iter_batches(columns=["org_kind"]):
        grouped = pa.Table.from_batches([batch]).group_by("org_kind").aggregate([([], "count_all")])
        counts.update(_counts(grouped.select(["org_kind", "count_all"])))
    return dict(sorted(counts.items()))


def _blocks(engine: Engine, rows: Path) -> tuple[dict[str, int], ...]:
    return tuple(cast("list[dict[str, int]]", n_leases_by_block(engine, engine.scan(rows)).to_pylist()))
