# SPDX-License-Identifier: Apache-2.0
"""The rules of leases that were tried, over arrays; the one in use is in relations/leasedays.py too.

A rule looks at the days of one (address, port cluster) in order, as the kernel does, and says where
one lease ends and the next begins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.leasing.worlds import DAY_US, UNKNOWN, Sightings

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """When a lease ends.

    Attributes:
        name: As in the tables.
        silence: Days of silence that end it.
        family: Another client than on the last day with one known ends it.
        back: An older version of the same client ends it.
        by_kind: Days of silence for addresses of that kind, where it is not `silence`.
        shared_work: Silence between `silence` and this many days ends it only if the day after it
            shows no work that the endpoint was seen with before (0: not asked).
    """

    name: str
    silence: float
    family: bool = False
    back: bool = False
    by_kind: tuple[tuple[str, float], ...] = ()
    shared_work: float = 0


V0 = Rule("v0: 90 days", 90)
_BRIEF = (("mobile", 3.0), ("vpn", 3.0))
V1 = Rule("v1: 90 days (3 at mobile and vpn), client", 90, family=True, by_kind=_BRIEF)
TRIED = (
    V0,
    Rule("60 days", 60),
    Rule("30 days", 30),
    Rule("14 days", 14),
    Rule("90 days, client", 90, family=True),
    Rule("90 days, client, version", 90, family=True, back=True),
    Rule("30 days, client", 30, family=True),
    Rule("14 days or 90 with a work met before, client", 14, family=True, shared_work=90),
    V1,
)
"""What was compared on the tuning worlds; `V0` is the rule that stood before, `V1` the one chosen."""


def leases(seen: Sightings, rule: Rule) -> Ints:
    """The number of each sighting's lease, unlike across endpoints."""
    day = seen.at // DAY_US
    new_key = _changes(seen.address) | _changes(seen.port)
    new_day = new_key | _changes(day)
    first = np.flatnonzero(new_day)
    last = np.append(first[1:], len(day)) - 1
    opens = new_key[first]
    silence = dict(rule.by_kind).get(seen.kind, rule.silence)
    gap = np.concatenate(([0], seen.at[first[1:]] - seen.at[last[:-1]]))
    parted = gap > silence * DAY_US
    if rule.shared_work:
        parted &= ~_met_before(seen, first) | (gap > rule.shared_work * DAY_US)
    parted |= _moved(seen.org[first], opens)
    if rule.family or rule.back:
        parted |= _other_client(seen, first, opens, rule)
    number = np.cumsum(opens | parted)
    return np.repeat(number, np.diff(np.append(first, len(day)))).astype(np.int64)


def _changes(values: Ints) -> Flags:
    return np.concatenate(([True], values[1:] != values[:-1]))


def _moved(org: Ints, opens: Flags) -> Flags:
    return np.concatenate(([False], org[1:] != org[:-1])) & ~opens


def _other_client(seen: Sightings, first: Ints, opens: Flags, rule: Rule) -> Flags:
    """Days whose one client is another, or older, than that of the last day that had one."""
    key = np.cumsum(opens)
    code = np.where(seen.family == UNKNOWN, UNKNOWN, seen.family * 1_000_000 + seen.version)
    high = np.maximum.reduceat(code, first)
    low = np.minimum.reduceat(np.where(code == UNKNOWN, np.iinfo(np.int64).max, code), first)
    told = (high != UNKNOWN) & (low // 1_000_000 == high // 1_000_000)
    days = np.flatnonzero(told)
    same = key[days[1:]] == key[days[:-1]]
    parted = np.zeros(len(first), bool)
    other = high[days[1:]] // 1_000_000 != high[days[:-1]] // 1_000_000
    older = ~other & (high[days[1:]] < low[days[:-1]])
    parted[days[1:]] = same & ((other & rule.family) | (older & rule.back))
    return parted


def _met_before(seen: Sightings, first: Ints) -> Flags:
    """Whether a day shows a work that its endpoint was seen with on an earlier day."""
    order = np.lexsort((seen.at, seen.work, seen.port, seen.address))
    again = np.concatenate(([False], _same(seen, order) & _later_day(seen, order)))
    met = np.zeros(len(order), bool)
    met[order] = again
    return np.logical_or.reduceat(met, first)


def _same(seen: Sightings, order: Ints) -> Flags:
    same = np.ones(len(order) - 1, bool)
    for values in (seen.address[order], seen.port[order], seen.work[order]):
        same &= values[1:] == values[:-1]
    return same


def _later_day(seen: Sightings, order: Ints) -> Flags:
    day = (seen.at // DAY_US)[order]
    return np.asarray(day[1:] != day[:-1])
