# SPDX-License-Identifier: Apache-2.0
"""The days of which a case tells: against them the age of a table of networks means something."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pyarrow.compute as pc
import pyarrow.parquet as pq

from swarmwitness.case.config import read_config
from swarmwitness.case.folder import CaseFolder
from swarmwitness.evidence.custody.scan import plain_in
from swarmwitness.intake import take_sightings
from swarmwitness.terms.instant import EPOCH


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day (UTC), both inclusive."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1


def period_of(case_dir: Path) -> Period | None:
    """From the first to the last sighting of the foreign tables, and over the watches of the sealed logs.

    Raises:
        InputError: a table of sightings is unfit.
        VerificationError: a log can't be read.
    """
    folder = CaseFolder.at(case_dir)
    days = [*_foreign(folder), *_watched(folder)]
    return Period(min(days), max(days)) if days else None


def _foreign(folder: CaseFolder) -> Iterator[dt.date]:
    files = folder.tables("sightings")
    if not files:
        return
    with tempfile.TemporaryDirectory(prefix="swarmwitness-") as scratch:
        into = Path(scratch) / "sightings.parquet"
        take_sightings(files, into, mapping=read_config(folder.root).intake, root=folder.root)
        at = pq.read_table(into, columns=["observed_at"]).column("observed_at")
        bounds = cast("dict[str, dt.datetime | None]", pc.min_max(at).as_py())
    for moment in bounds.values():
        if moment is not None:
            yield moment.date()


def _watched(folder: CaseFolder) -> Iterator[dt.date]:
    """Days of the watches' own acts: they begin before, and end behind, whatever is seen."""
    for log in folder.logs:
        if log.observes and log.path.is_dir():
            for _, exhibit in plain_in(log.path):
                if b'"act":"observe-' in exhibit.payload:
                    yield (EPOCH + dt.timedelta(microseconds=exhibit.at.utc_us)).date()
