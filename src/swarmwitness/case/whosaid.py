# SPDX-License-Identifier: Apache-2.0
"""What one source says of an address on a day, with its dates, its exhibit and its known error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

from swarmwitness.attribution import Answer
from swarmwitness.attribution.kinderrors import measured_error

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer.

    Attributes:
        says: What the row speaks of: organisation, kind, authority, place.
        own_id: As the source names it; `org_id` as it rolls up on that day.
        asn: Origin ASes, all that the source gives.
        kind_error: How often such a kind is wrong, as measured, or that nobody knows.
        first, last: For which days the row speaks, inclusive; None = unbounded.
        as_of: The day of the snapshot.
        stale, age_days: Whether it speaks for an earlier time only; since when it is silent, or how old
            the snapshot was.
        exhibit, derived_from: The row; where it stood in the file as published.
    """

    source: str
    says: str
    prefix: str
    own_id: str
    org_id: str
    org_name: str
    asn: tuple[int, ...]
    kind: str
    service: str
    kind_error: str
    first: dt.date | None
    last: dt.date | None
    as_of: dt.date | None
    stale: bool
    age_days: int
    exhibit: str
    derived_from: str

    @property
    def voice(self) -> bool:
        """Whether it has one in whose the address is."""
        return self.says == "organisation"

    def to_json(self) -> dict[str, object]:
        """For machines."""
        return {
            "source": self.source, "says": self.says, "prefix": self.prefix, "own_id": self.own_id,
            "org_id": self.org_id, "org_name": self.org_name, "asn": list(self.asn), "kind": self.kind,
            "service": self.service, "kind_error": self.kind_error,
            "valid_from": str(self.first) if self.first else None,
            "valid_until": str(self.last) if self.last else None,
            "as_of": str(self.as_of) if self.as_of else None, "stale": self.stale, "age_days": self.age_days,
            "exhibit": self.exhibit, "derived_from": self.derived_from or None,
        }  # fmt: skip


def cells_of(rows: pa.Table) -> dict[str, Row]:
    """Rows by their exhibit."""
    return {str(row["exhibit"]): row for row in cast("list[Row]", rows.to_pylist())}


def said_of(answer: Answer, cells: Mapping[str, Row]) -> Said:
    """An answer with everything that its row holds."""
    row = cells[answer.row.exhibit]
    ends = cast("dt.date | None", row["valid_to"])
    kind, service = str(row["kind"] or "unknown"), str(row["service"] or "")
    own = str(row["org_id"])
    return Said(
        source=str(row["source"] or ""),
        says=str(row["says"] or "organisation"),
        prefix=str(row["prefix"]),
        own_id=own,
        org_id=own,
        org_name=str(row["org_name"] or ""),
        asn=tuple(int(number) for number in str(row["asn"] or "").split()),
        kind=kind,
        service=service,
        kind_error="" if kind == "unknown" else measured_error(kind, service),
        first=cast("dt.date | None", row["valid_from"]),
        last=ends - dt.timedelta(1) if ends else None,
        as_of=cast("dt.date | None", row["as_of"]),
        stale=answer.stale,
        age_days=answer.age_days,
        exhibit=answer.row.exhibit,
        derived_from=str(row["derived_from"] or ""),
    )
