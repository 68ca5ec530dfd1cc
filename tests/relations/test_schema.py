# SPDX-License-Identifier: Apache-2.0
"""Schemas by kinds."""

from __future__ import annotations

import pyarrow as pa
import pytest

from swarmwitness.relations.schema import schema


def test_kinds() -> None:
    made = schema(a="text", b="int", c="bool", d="date", e="timestamp", f="texts")
    assert made.types == [
        pa.string(),
        pa.int64(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", "UTC"),
        pa.list_(pa.string()),
    ]
    with pytest.raises(KeyError):
        schema(a="float")
