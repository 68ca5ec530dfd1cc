# SPDX-License-Identifier: Apache-2.0
"""A world: what a lossy monitor would have seen of its subscribers, and whose each sighting is.

Theory of operation. Machines run on some days, poll trackers and take connections; each that runs is
seen a Poisson number of times, at instants of its own hours. A sighting bears the address that the
subscriber held at that instant, the port, and the client where it came of a connection. Beside it
stands the truth: subscriber, and the uninterrupted holding of the address ("tenancy"). All is arrays
of whole numbers, sorted by endpoint and time; `rows.py` makes of them what a case would hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.leasing.classes import Draw, WorldClass
from swarmwitness.lab.leasing.holding import held, tenancies
from swarmwitness.lab.leasing.machines import Machines, machines

Ints = npt.NDArray[np.int64]
DAY_US = 86_400_000_000
UNKNOWN = -1
_SELDOM = 0.02


@dataclass(frozen=True, slots=True)
class Sightings:
    """One entry per sighting in each array, by address, port cluster, time.

    Attributes:
        at: µs since the first midnight.
        address: Number of the address (IPv4) or the subscriber's /64.
        port: Listening port, or 0 where the sighting was inbound.
        family: Of the client, `UNKNOWN` where only a tracker named the address.
        version: Of the client, `UNKNOWN` likewise.
        start: Of the client, for its peer id.
        machine: Truth: which machine.
        work: Which of the works watched.
        org: What attribution says that day: 0, or 1 once it knows that the block was handed over.
        kind: As attribution says of all addresses of the world.
        subscriber: Truth.
        tenancy: Truth: unlike for each uninterrupted holding of an address.
    """

    at: Ints
    address: Ints
    port: Ints
    family: Ints
    version: Ints
    start: Ints
    machine: Ints
    work: Ints
    org: Ints
    subscriber: Ints
    tenancy: Ints
    kind: str

    def __len__(self) -> int:
        return len(self.at)


def world(rng: np.random.Generator, of: WorldClass, drawn: Draw) -> Sightings:
    """The sightings of one world."""
    where = held(rng, drawn, shared=of.shared)
    tenancy = tenancies(where)
    n_subscribers = drawn.n_subscribers
    if of.handed_over:
        # Those who come after hold the addresses as others did, each in another's steps.
        order = rng.permutation(n_subscribers)
        where, tenancy = np.hstack((where, where[:, order])), np.hstack((tenancy, tenancy[:, order]))
        n_subscribers *= 2
    there = machines(rng, drawn, n_subscribers, steady=of.steady)
    handed = int(drawn.n_days * rng.uniform(0.3, 0.7)) if of.handed_over else drawn.n_days * 2
    day, machine, at = _when(rng, drawn, there, of)
    subscriber = there.subscriber[machine]
    held_day = day + (at >= drawn.moved_at)
    if of.handed_over:
        present = (held_day < handed) == (subscriber < drawn.n_subscribers)
        day, machine, at = day[present], machine[present], at[present]
        subscriber, held_day = subscriber[present], held_day[present]
    seen = _seen(rng, drawn, there, day, machine)
    tenancy_of = tenancy[held_day, subscriber] + subscriber * (drawn.n_days + 2)
    columns = {
        "at": ((day + at) * DAY_US).astype(np.int64),
        "address": where[held_day, subscriber],
        **seen,
        "start": there.start[day, machine],
        "machine": machine,
        "work": _works(rng, drawn, there, day, machine),
        "org": (day >= handed + drawn.told_late).astype(np.int64),
        "subscriber": subscriber,
        "tenancy": tenancy_of,
    }
    order = np.lexsort((machine, columns["at"], columns["port"], columns["address"]))
    kind = of.kind if drawn.kind_known else "unknown"
    return Sightings(kind=kind, **{name: column[order] for name, column in columns.items()})


def _when(
    rng: np.random.Generator, drawn: Draw, there: Machines, of: WorldClass
) -> tuple[Ints, Ints, npt.NDArray[np.float64]]:
    """Day, machine and share of the day of each sighting that the monitor did not miss."""
    n = len(there.subscriber)
    polled = rng.uniform(1, 8, n) * (1 - drawn.missed) * (_SELDOM if of.seldom else 1.0)
    day, machine = np.nonzero(there.on)
    n_each = rng.poisson(polled[machine])
    day, machine = np.repeat(day, n_each), np.repeat(machine, n_each)
    begin, hours = rng.uniform(0, 1, n), rng.uniform(2, 14, n) / 24
    spread = np.ones(n) if of.steady else hours
    at = (begin[machine] + rng.random(len(day)) * spread[machine]) % 1
    return day, machine, at


def _seen(
    rng: np.random.Generator, drawn: Draw, there: Machines, day: Ints, machine: Ints
) -> dict[str, Ints]:
    """Port, client and version of each sighting as the monitor knows them."""
    inbound = rng.random(len(day)) < drawn.inbound
    met = inbound | (there.connectable[machine] & (rng.random(len(day)) < drawn.by_connection))
    return {
        "port": np.where(inbound, 0, there.port[day, machine]),
        "family": np.where(met, there.family[day, machine], UNKNOWN),
        "version": np.where(met, there.version[day, machine], UNKNOWN),
    }


def _works(rng: np.random.Generator, drawn: Draw, there: Machines, day: Ints, machine: Ints) -> Ints:
    """One of the machine's latest works; popularity falls as 1/rank."""
    n = len(there.subscriber)
    appetite = np.exp(rng.uniform(np.log(0.1), np.log(3), n))
    taken = np.cumsum(there.on * rng.poisson(appetite, there.on.shape), axis=0)
    weights = 1 / np.arange(1, drawn.n_works + 1)
    ladder = np.cumsum(weights) / weights.sum()
    shelf = np.searchsorted(ladder, rng.random((n, int(taken.max()) + 1)))
    latest = taken[day, machine] - (rng.geometric(0.4, len(day)) - 1)
    shown: Ints = shelf[machine, np.maximum(latest, 0)]
    return np.minimum(shown, drawn.n_works - 1)
