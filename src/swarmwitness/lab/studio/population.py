# SPDX-License-Identifier: Apache-2.0
"""Who is there: actors, each one operator at one address for one stretch of time.

An address may have two actors one after the other; that an address is not an operator is part of the
truth (a cloud address changes its tenant, a block its owner).
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio.plan import (
    AREAS,
    BLOCK_A,
    BLOCK_A_USED,
    BLOCK_B,
    BLOCK_B_USED,
    CLOUDS,
    CONTROLS,
    EARLIER,
    END_US,
    GUESTS,
    HIDDEN_PREFIXES,
    HOME_ADDRESS,
    NOTICE_US,
    START_US,
    TAKEOVER_US,
    TENANTS,
    WEEK_US,
    WEEKS,
    Area,
)

CLIENTS = (
    ("qBittorrent/4.5.2", "-qB4520-"),
    ("µTorrent 3.5.5", "-UT355W-"),
    ("Transmission 3.00", "-TR3000-"),
    ("libtorrent/2.0.9", "-LT2090-"),
    ("Deluge/2.1.1", "-DE211s-"),
    ("BitComet 1.96", "-BC0196-"),
)
LINKED_GROUPS = 5
"""Groups 1-5 are fed by the company's process; the sixth is an independent collector."""


@dataclass(frozen=True, slots=True)
class Actor:
    """One operator at one address, from `since_us` until `until_us` (half-open).

    Attributes:
        group: The alleged set that it is in: `corporate`, `hidden-1`… , `home`, or empty.
        users: People behind the address; 0 = an unattended process.
    """

    ip: str
    port: int
    client: int
    operator: str
    kind: str
    group: str
    since_us: int
    until_us: int
    users: int


@dataclass(slots=True)
class Population:
    """All actors; a number is an index into `actors`."""

    actors: list[Actor] = field(default_factory=list)
    volume: list[float] = field(default_factory=list)

    def add(self, actor: Actor, volume: float = 0.0) -> int:
        """Append one; `volume` is its mean number of ordinary downloads."""
        self.actors.append(actor)
        self.volume.append(volume)
        return len(self.actors) - 1

    def of_group(self, group: str) -> list[int]:
        """The actors of an alleged set."""
        return [number for number, actor in enumerate(self.actors) if actor.group == group]


def make_population(rng: np.random.Generator) -> Population:
    """The background, then the alleged sets."""
    people = Population()
    for area in AREAS + CONTROLS:
        _settle(people, area, rng, START_US, END_US)
    for tenant in TENANTS:
        _settle(people, tenant, rng, START_US, END_US)
    _settle(people, EARLIER, rng, START_US, TAKEOVER_US - WEEK_US)
    _settle(people, GUESTS, rng, START_US, END_US)
    _add_company(people, rng)
    return people


def _text(prefix: ipaddress.IPv4Network | ipaddress.IPv6Network, offset: int) -> str:
    return str(prefix[offset])


def _offsets(prefix: str, count: int, rng: np.random.Generator) -> list[str]:
    """Up to `count` addresses of a prefix, drawn without the first and last; IPv6 ones a /64 apart.

    The home line's address is nobody else's.
    """
    network = ipaddress.ip_network(prefix)
    if network.version == 6:
        return [
            _text(network, (int(n) << 64) + 2 + int(n) % 97) for n in rng.choice(60_000, count, replace=False)
        ]
    room = min(network.num_addresses - 2, 60_000)
    drawn = [_text(network, 1 + int(n)) for n in np.sort(rng.choice(room, count, replace=False))]
    return [ip for ip in drawn if ip != HOME_ADDRESS]


def _port(rng: np.random.Generator) -> int:
    return int(rng.choice((6881, 51413, 6889, 0))) or int(rng.integers(10_000, 65_000))


def _settle(people: Population, area: Area, rng: np.random.Generator, since: int, until: int) -> None:
    """Give each address of an area one actor for a stretch of about `stay_weeks`."""
    for ip in _offsets(area.prefix, area.addresses, rng):
        stay = int(max(2, rng.exponential(area.stay_weeks)) * WEEK_US)
        room = max(0, until - since - stay)
        start = since + int(rng.random() * room)
        start -= (start - START_US) % WEEK_US
        users = int(rng.integers(1, area.users + 1))
        client = int(rng.choice(len(CLIENTS), p=(0.34, 0.3, 0.14, 0.08, 0.09, 0.05)))
        actor = Actor(
            ip, _port(rng), client, f"{area.name}/{ip}", area.kind, "", start, min(until, start + stay), users
        )
        people.add(actor, area.volume)


def _add_company(people: Population, rng: np.random.Generator) -> None:
    """47 corporate addresses, six hidden groups and a home line.

    Two thirds of the corporate addresses are the process that also feeds hidden groups 1-5; the rest
    are offices with staff behind them.
    """
    block_a = _offsets(BLOCK_A, BLOCK_A_USED, rng)
    block_b = _offsets(BLOCK_B, BLOCK_B_USED, rng)
    earlier = [actor.ip for actor in people.actors if actor.operator.startswith(EARLIER.name)]
    block_b = list(dict.fromkeys(earlier[:3] + block_b))[:BLOCK_B_USED]
    for number, ip in enumerate(block_a + block_b):
        since = TAKEOVER_US if ip in block_b else START_US
        operator, users = ("op-1", 0) if number % 3 else (f"staff/{ip}", int(rng.integers(3, 40)))
        people.add(
            Actor(
                ip,
                _port(rng),
                0 if number % 3 else 1,
                operator,
                "corporate",
                "corporate",
                since,
                END_US,
                users,
            )
        )
    taken = {actor.ip for actor in people.actors}
    for group, prefix in enumerate(HIDDEN_PREFIXES):
        _add_hidden(people, group, prefix, taken, rng)
    people.add(Actor(HOME_ADDRESS, 51413, 2, "op-1", "residential", "home", NOTICE_US, END_US, 3))


def _add_hidden(
    people: Population, group: int, prefix: str, taken: set[str], rng: np.random.Generator
) -> None:
    linked = group < LINKED_GROUPS
    count = int(rng.normal(2500 / len(CLOUDS), 9))
    until = NOTICE_US if linked else END_US
    operator = "op-1" if linked else "op-2"
    free = [ip for ip in _offsets(prefix, 1000, rng) if ip not in taken][:count]
    for ip in free:
        people.add(
            Actor(ip, _port(rng), 3, operator, "datacentre", f"hidden-{group + 1}", START_US, until, 0)
        )


def week_span(actor: Actor) -> tuple[int, int]:
    """The weeks [first, end) in which the actor is there."""
    first = max(0, -(-(actor.since_us - START_US) // WEEK_US))
    return first, max(first + 1, min(WEEKS, (actor.until_us - START_US) // WEEK_US))


def as_array(values: list[int]) -> npt.NDArray[np.int64]:
    """A plain list as the arrays that the calendar works on."""
    return np.array(values, dtype=np.int64)
