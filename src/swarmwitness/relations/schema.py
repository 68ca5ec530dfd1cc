# SPDX-License-Identifier: Apache-2.0
"""Schemas of tables by the kinds of their columns."""

from __future__ import annotations

import pyarrow as pa


def schema(**kinds: str) -> pa.Schema:
    """An Arrow schema from column = kind: text, int (64 bits), bool, date, timestamp (µs, UTC), texts."""
    types: dict[str, pa.DataType] = {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", "UTC"),
    }
    return pa.schema([pa.field(name, types[kind]) for name, kind in kinds.items()])
