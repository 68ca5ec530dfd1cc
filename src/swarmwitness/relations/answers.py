# SPDX-License-Identifier: Apache-2.0
"""What of the answers to "who held this address that day" a case reads: chosen in the engine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import narwhals as nw
import pyarrow as pa

from swarmwitness.relations.engine import Engine, collect
from swarmwitness.relations.schema import schema

ANSWERS = schema(ip="text", day="date", org_id="text", org_kind="text", org_agreement="text")
_PAIRS = schema(ip="text", day="date")


def answers_naming(engine: Engine, attributed: Path, org_ids: Iterable[str]) -> pa.Table:
    """The answers that name one of these organisations, by ip and day.

    Args:
        attributed: As for `lease`.
    """
    wanted = sorted(set(org_ids))
    if not wanted:
        return ANSWERS.empty_table()
    named = engine.scan(attributed).filter(nw.col("org_id").is_in(wanted))
    return collect(engine, named, ANSWERS, _PAIRS.names)


def split_days(engine: Engine, attributed: Path) -> pa.Table:
    """The (ip, day) pairs on whose holder sources differ, in order."""
    split = engine.scan(attributed).filter(nw.col("org_agreement") == "split")
    return collect(engine, split, _PAIRS, _PAIRS.names)
