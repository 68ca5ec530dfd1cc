# SPDX-License-Identifier: Apache-2.0
"""What one source says of an address on a day, with its dates, its exhibit and its known error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swarmwitness.attribution import Answer
from swarmwitness.attribution.kinderrors import measured_error


@dataclass(frozen=True, slots=True)
class Said:
    """One answer.

    Attributes:
        says: What the row speaks of: organisation, kind, authority, place.
        own_id, own_name: As the source names it; `org_id`, `org_name` as it rolls up on that day.
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
    own_name: str
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
            "own_name": self.own_name,
            "org_id": self.org_id, "org_name": self.org_name, "asn": list(self.asn), "kind": self.kind,
            "service": self.service, "kind_error": self.kind_error,
            "valid_from": str(self.first) if self.first else None,
            "valid_until": str(self.last) if self.last else None,
            "as_of": str(self.as_of) if self.as_of else None, "stale": self.stale, "age_days": self.age_days,
            "exhibit": self.exhibit, "derived_from": self.derived_from or None,
        }  # fmt: skip


def said_of(answer: Answer) -> Said:
    """An answer with everything that its row holds."""
    row = answer.row
    return Said(
        source=row.source,
        says=row.says,
        prefix=str(row.prefix),
        own_id=row.org_id,
        own_name=row.org_name,
        org_id=answer.org_id,
        org_name=answer.org_name,
        asn=tuple(sorted(row.asn)),
        kind=row.kind,
        service=row.service,
        kind_error="" if row.kind == "unknown" else measured_error(row.kind, row.service),
        first=row.valid_from,
        last=row.valid_to - dt.timedelta(1) if row.valid_to else None,
        as_of=row.as_of,
        stale=answer.stale,
        age_days=answer.age_days,
        exhibit=row.exhibit,
        derived_from=row.derived_from,
    )


def authority_of(said: Sequence[Said]) -> Iterator[str]:
    """What registries of authority (RPKI) say of the origins that the other sources name, in sentences."""
    origins = {number for one in said if one.voice and not one.stale for number in one.asn}
    for one in said:
        if one.says == "authority" and not one.stale:
            lets = f"{one.source} says that {_spelled(one.asn)} may announce {one.prefix}"
            if not origins:
                yield f"{lets}; no origin is named for this day"
            elif origins & set(one.asn):
                yield f"{lets}, which an origin named for this day is"
            else:
                yield f"{lets}; the origin named for this day is another: {_spelled(sorted(origins))}"


def _spelled(numbers: Sequence[int]) -> str:
    return ", ".join(f"AS{number}" for number in numbers) or "nobody"
