# SPDX-License-Identifier: Apache-2.0
"""The classes of worlds: how addresses are handed out, and by how much the parameters of a world vary.

Nobody has published how often each of these happens for users of BitTorrent; the ranges are wide on
purpose, and each world draws its own point in them. Rates are per day, spans in days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WorldClass:
    """One way in which addresses are given to people.

    Attributes:
        name: As in the tables.
        kind: `org_kind` of its addresses, where attribution knows it.
        moves: Chance per day that a subscriber is given another address, drawn log-uniformly.
        density: Subscribers with sightings per address of the pool, drawn log-uniformly.
        shared: Many hold one address at one time.
        steady: Machines that run all day, not people's.
        connectable: Chance that a client takes connections, so that its peer id is seen at its port.
        six: Addresses are IPv6, each subscriber a /56, each machine a new address per day.
        handed_over: On one day the pool goes to another organisation, with other subscribers.
        seldom: Seen a few times a year, as most addresses of a large table are.
    """

    name: str
    kind: str
    moves: Span
    density: Span
    shared: bool = False
    steady: bool = False
    connectable: Span = (0.4, 0.9)
    six: bool = False
    handed_over: bool = False
    seldom: bool = False


CLASSES = (
    WorldClass("DSL, new address daily", "residential", (0.8, 1.0), (0.01, 0.15)),
    WorldClass("dynamic, about weekly", "residential", (1 / 12, 1 / 4), (0.01, 0.15)),
    WorldClass("dynamic, about monthly", "residential", (1 / 60, 1 / 15), (0.01, 0.15)),
    WorldClass("static", "residential", (1 / 2000, 1 / 300), (0.01, 0.15)),
    WorldClass("static, seldom seen", "residential", (1 / 2000, 1 / 300), (0.01, 0.15), seldom=True),
    WorldClass("corporate, seldom seen", "corporate", (1 / 2000, 1 / 300), (0.05, 0.5), seldom=True),
    WorldClass("carrier NAT", "residential", (0.1, 1.0), (1, 30), shared=True, connectable=(0, 0.05)),
    WorldClass("mobile", "mobile", (0.7, 1.0), (0.3, 30), shared=True, connectable=(0, 0.02)),
    WorldClass("datacentre, let machines", "datacentre", (1 / 200, 1 / 20), (0.05, 0.6), steady=True),
    WorldClass("VPN exits", "vpn", (0.3, 1.0), (2, 40), shared=True, connectable=(0, 0.3)),
    WorldClass("IPv6, prefix stable", "residential", (1 / 2000, 1 / 300), (0.01, 0.15), six=True),
    WorldClass("IPv6, prefix rotated", "residential", (1 / 7, 1.0), (0.005, 0.05), six=True),
    WorldClass("block handed over", "residential", (1 / 400, 1 / 20), (0.05, 0.5), handed_over=True),
)


@dataclass(frozen=True, slots=True)
class Draw:
    """The parameters of one world.

    Attributes:
        n_subscribers: Who hold addresses at any one time.
        n_addresses: Of the pool.
        n_days: How long the monitor watched.
        moves: Chance per day of another address.
        moved_at: When in the day addresses change, as a share of the day.
        missed: Share of what could have been seen that the monitor missed.
        by_connection: Chance that a sighting comes of a connection where the client takes any.
        inbound: Share of sightings that came to us: their port is no port of the client.
        connectable: See `WorldClass`.
        ports: Shares of clients with a port of their own, a new one per start, the client's default.
        n_works: Works that the monitor watches.
        releases: New versions per day of a client.
        upgrades: Chance per day that a user takes the newest.
        switches: Chance per day that a user takes another client.
        kind_known: Whether attribution knows the kind.
        told_late: Days after which attribution hears that the block was handed over.
    """

    n_subscribers: int
    n_addresses: int
    n_days: int
    moves: float
    moved_at: float
    missed: float
    by_connection: float
    inbound: float
    connectable: float
    ports: tuple[float, float, float]
    n_works: int
    releases: float
    upgrades: float
    switches: float
    kind_known: bool
    told_late: int


def _log_uniform(rng: np.random.Generator, span: Span) -> float:
    return float(np.exp(rng.uniform(np.log(span[0]), np.log(span[1]))))


def beyond(rng: np.random.Generator, span: Span) -> Span:
    """A span that lies wholly outside: up to three times less, or up to three times more."""
    return (span[0] / 3, span[0]) if rng.random() < 0.5 else (span[1], span[1] * 3)


def draw(rng: np.random.Generator, of: WorldClass, *, outside: bool = False) -> Draw:
    """The parameters of a world of that class; `outside`, those beyond the spans that others draw from."""

    def within(span: Span) -> Span:
        return beyond(rng, span) if outside else span

    n = int(rng.integers(30, 90))
    own, fresh, default = rng.dirichlet((4, 1.5, 3))
    return Draw(
        n_subscribers=n,
        n_addresses=max(int(n / _log_uniform(rng, within(of.density))), 2 if of.shared else n + 1),
        n_days=int(rng.integers(120, 400)),
        moves=min(_log_uniform(rng, within(of.moves)), 1.0),
        moved_at=float(rng.uniform()),
        missed=float(rng.uniform(0.1, 0.9)),
        by_connection=float(rng.choice((0.0, rng.uniform(0.1, 1.0)), p=(0.25, 0.75))),
        inbound=float(rng.choice((0.0, rng.uniform(0.02, 0.3)))),
        connectable=float(rng.uniform(*of.connectable)),
        ports=(float(own), float(fresh), float(default)),
        n_works=int(_log_uniform(rng, within((50, 5000)))),
        releases=_log_uniform(rng, within((1 / 120, 1 / 15))),
        upgrades=_log_uniform(rng, within((1 / 200, 1 / 10))),
        switches=_log_uniform(rng, within((1 / 3000, 1 / 200))),
        kind_known=bool(rng.random() < 0.6),
        told_late=int(rng.integers(0, 30)),
    )
