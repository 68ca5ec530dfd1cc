# SPDX-License-Identifier: Apache-2.0
"""What runs at each subscriber's: machines, their clients, versions, ports, and when they are on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.leasing.classes import Draw

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
FAMILIES = ("qB", "TR", "DE", "UT", "BW", "lt")
"""Codes of clients as peer ids give them (BEP 20)."""
_SHARES = (0.4, 0.15, 0.1, 0.25, 0.05, 0.05)
DEFAULT_PORTS = np.array((6881, 51413, 6881, 6881, 6881, 6881))
_FIRST_VERSION = 20


@dataclass(frozen=True, slots=True)
class Machines:
    """All arrays are n_days x n_machines but the first two.

    Attributes:
        subscriber: Whose each machine is.
        connectable: Whether it takes connections.
        on: Whether it runs that day.
        start: Number of the client's start: a new peer id, perhaps a new port.
        family: Index in `FAMILIES`.
        version: Grows with releases; a user may go back one.
        port: The port that it listens at, or says that it does.
    """

    subscriber: Ints
    connectable: Flags
    on: Flags
    start: Ints
    family: Ints
    version: Ints
    port: Ints


def machines(rng: np.random.Generator, world: Draw, n_subscribers: int, *, steady: bool) -> Machines:
    """The machines of that many subscribers, one or two each."""
    n_each = 1 + (rng.random(n_subscribers) < 0.25)
    subscriber = np.repeat(np.arange(n_subscribers), n_each)
    second = np.concatenate(([False], subscriber[1:] == subscriber[:-1]))
    shape = (world.n_days, len(subscriber))
    on = _on(rng, shape, steady=steady)
    started = on & (~np.vstack((np.zeros((1, shape[1]), bool), on[:-1])) | (rng.random(shape) < 0.3))
    start = np.cumsum(started, axis=0).astype(np.int64)
    switched = rng.random(shape) < world.switches
    switched[0] = True
    family = _held_since(switched, rng.choice(len(FAMILIES), size=shape, p=_SHARES))
    return Machines(
        subscriber,
        rng.random(shape[1]) < world.connectable,
        on,
        start,
        family,
        _versions(rng, world, switched),
        _ports(rng, _habits(rng, world, switched), start, DEFAULT_PORTS[family] + second),
    )


def _on(rng: np.random.Generator, shape: tuple[int, int], *, steady: bool) -> Flags:
    """Spells of use; how much each machine is used varies from daily to a few days in two months."""
    n_days, n = shape
    share = rng.uniform(0.7, 1.0, n) if steady else np.exp(rng.uniform(np.log(1 / 45), 0, n))
    leave = 1 / np.exp(rng.uniform(0, np.log(20), n))
    enter = np.minimum(leave * share / np.maximum(1 - share, 1e-3), 1)
    on = np.empty(shape, bool)
    now = rng.random(n) < share
    for day in range(n_days):
        now = np.where(now, rng.random(n) >= leave, rng.random(n) < enter)
        on[day] = now
    return on


def _held_since(changed: Flags, drawn: Ints) -> Ints:
    """The value drawn on the day of the last change."""
    days = np.arange(len(changed))[:, None]
    since = np.maximum.accumulate(np.where(changed, days, 0), axis=0)
    return np.take_along_axis(drawn, since, axis=0).astype(np.int64)


def _versions(rng: np.random.Generator, world: Draw, switched: Flags) -> Ints:
    """The newest at the last upgrade; a user is behind at first, and one day in 2,000 goes back one."""
    shape = switched.shape
    newest = _FIRST_VERSION + (np.arange(shape[0]) * world.releases).astype(np.int64)[:, None]
    behind = np.minimum(rng.geometric(min(world.upgrades / world.releases, 0.9), shape[1]), 15)
    upgraded = switched | (rng.random(shape) < world.upgrades)
    back = rng.random(shape) < 1 / 2000
    offered = np.broadcast_to(newest, shape).copy()
    offered[0] -= behind
    return _held_since(upgraded | back, offered - back)


@dataclass(frozen=True, slots=True)
class _Habits:
    """Per machine 0, its own port, 1, a new one per start, 2, the default; and its own port by day."""

    habit: Ints
    own: Ints


def _habits(rng: np.random.Generator, world: Draw, switched: Flags) -> _Habits:
    """Half of those who take another client take the port along (it is forwarded in their router)."""
    renewed = switched & (rng.random(switched.shape) < 0.5)
    renewed[0] = True
    own = _held_since(renewed, rng.integers(1024, 65536, switched.shape))
    habit: Ints = rng.choice(np.arange(3), size=switched.shape[1], p=world.ports)
    return _Habits(habit, own)


def _ports(rng: np.random.Generator, habits: _Habits, start: Ints, default: Ints) -> Ints:
    """The port of each machine on each day."""
    n = start.shape[1]
    fresh = rng.integers(1024, 65536, (int(start.max()) + 1, n))[start, np.arange(n)]
    return np.where(habits.habit == 0, habits.own, np.where(habits.habit == 1, fresh, default)).astype(
        np.int64
    )
