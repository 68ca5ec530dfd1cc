# SPDX-License-Identifier: Apache-2.0
"""Rows as an Arrow table: the columns of interchange, typed as intake types them."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from swarmwitness.terms.columns import SIGHTINGS
from swarmwitness.terms.rung import RungBasis
from swarmwitness.terms.sighting import Sighting

ARROW_TYPES = {
    "timestamp": pa.timestamp("us", "UTC"),
    "int": pa.int64(),
    "float": pa.float64(),
    "text": pa.string(),
    "ip": pa.string(),
    "hex": pa.string(),
    "bool": pa.bool_(),
}
SCHEMA = pa.schema(
    [
        *(pa.field(column.name, ARROW_TYPES[column.kind]) for column in SIGHTINGS),
        pa.field("rung_basis", pa.string()),
    ]
)


def to_table(rows: Iterable[Sighting]) -> pa.Table:
    """The rows in their order; every one is `replayed`: it came out of bytes that we sealed."""
    held = list(rows)
    columns = [
        pa.array([getattr(row, column.name) for row in held], ARROW_TYPES[column.kind])
        for column in SIGHTINGS
    ]
    basis = pa.array([RungBasis.REPLAYED.value] * len(held), pa.string())
    return pa.Table.from_arrays([*columns, basis], schema=SCHEMA)
