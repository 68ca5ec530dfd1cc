# SPDX-License-Identifier: Apache-2.0
"""Our own networks tables (CSV or Parquet): known here by their columns, read by intake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from swarmwitness.attribution.sources.lines import first_lines
from swarmwitness.attribution.sources.record import Format, Record, Refused, Told

NAME = "networks"


def _read(path: Path, told: Told) -> Iterator[Record]:
    yield Refused(1, "a networks table is taken in as it is, not converted")


def _looks(head: bytes, name: str) -> bool:
    if head.startswith(b"PAR1"):
        return True
    header = [word.strip(' "') for word in (first_lines(head) or [""])[0].split(",")]
    return {"prefix", "org_id"} <= set(header)


def _as_of(path: Path) -> dt.date | None:
    return None


FORMAT = Format(NAME, "a networks table (CSV or Parquet)", "record", _looks, _read, _as_of)
