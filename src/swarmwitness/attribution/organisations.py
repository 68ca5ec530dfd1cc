# SPDX-License-Identifier: Apache-2.0
"""Which organisation another one belongs to, or is a former or other name of, on a day.

Theory of operation. Rows of `organisations` tie a member to a parent for some days. An identifier rolls
up link by link. A link is followed only if it is the one link of that day, and doesn't lead back: a
member with two parents on one day, or in a circle, stays what it is, and that is said. So does a chain
of more than `LONGEST` links. Ties are dated, and a tie that does not hold on the day is no tie.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pyarrow as pa

LONGEST = 16
Tie = tuple[dt.date, dt.date, str, str]
"""From, to (half-open), parent, its name."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What an identifier rolls up to.

    Attributes:
        org_id: Itself where nothing is known or nothing can be said.
        org_name: The parent's, where the table names it.
        why_not: Why a link was not followed; '' = none was left.
    """

    org_id: str
    org_name: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Ties:
    """The dated ties of each member."""

    of_member: Mapping[str, tuple[Tie, ...]]

    @classmethod
    def of(cls, table: pa.Table | None) -> Ties:
        """From `organisations` rows as intake returns them."""
        found: dict[str, set[Tie]] = {}
        names = ("member_id", "org_id", "org_name", "valid_from", "valid_to")
        columns = [table.column(name).to_pylist() for name in names] if table is not None else []
        for member, org, name, begin, end in zip(*columns, strict=True):
            if member != org:
                days = (cast("dt.date", begin or dt.date.min), cast("dt.date", end or dt.date.max))
                found.setdefault(str(member), set()).add((*days, str(org), str(name or "")))
        return cls({member: tuple(sorted(ties)) for member, ties in found.items()})

    def roll_up(self, org_id: str, day: dt.date) -> Rolled:
        """What the identifier belongs to on a day."""
        at, seen = Rolled(org_id), [org_id]
        while parents := self._parents(at.org_id, day):
            if len(parents) > 1:
                return Rolled(
                    at.org_id, at.org_name, f"{at.org_id} belongs to {' and '.join(sorted(parents))}"
                )
            ((parent, name),) = parents.items()
            if self._circles(at.org_id, day):
                return Rolled(at.org_id, at.org_name, f"{at.org_id} belongs, in the end, to itself")
            seen.append(parent)
            if len(seen) > LONGEST + 1:
                return Rolled(org_id, "", f"{org_id} is tied by more than {LONGEST} links")
            at = Rolled(parent, name)
        return at

    def changes(self, org_id: str) -> tuple[dt.date, ...]:
        """The days on which what it rolls up to may change, in order."""
        days: set[dt.date] = set()
        seen, waiting = {org_id}, [org_id]
        while waiting:
            for begin, end, parent, _ in self.of_member.get(waiting.pop(), ()):
                days |= {begin, end}
                if parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        return tuple(sorted(days - {dt.date.min, dt.date.max}))

    def _parents(self, member: str, day: dt.date) -> dict[str, str]:
        held = [
            tie
            for tie in self.of_member.get(member, ())
            if tie[0] <= day < tie[1] or tie[1] == day == dt.date.max
        ]
        return {parent: name for _, _, parent, name in held}

    def _circles(self, member: str, day: dt.date) -> bool:
        """Whether following single links from it leads back to it."""
        at = member
        for _ in range(LONGEST + 1):
            parents = self._parents(at, day)
            if len(parents) != 1:
                return False
            at = next(iter(parents))
            if at == member:
                return True
        return False
