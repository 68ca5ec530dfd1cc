# SPDX-License-Identifier: Apache-2.0
"""When ordinary people fetch what: week by week, by kind, by popularity that decays since release."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio.catalogue import Catalogue
from swarmwitness.lab.studio.plan import DAY_US, HOUR_US, KINDS, START_US, WEEK_US, WEEKS
from swarmwitness.lab.studio.population import Actor, Population, week_span

Ints = npt.NDArray[np.int64]

# Share of a day's starts in each hour: people sleep at night, a process does not.
_PEOPLE_HOURS = np.array(
    [3, 2, 1, 1, 1, 1, 2, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 8, 9, 9, 8, 7, 5], dtype=np.float64
)
_TASTE = np.array((0.42, 0.22, 0.11, 0.08, 0.09, 0.04, 0.04))


@dataclass(frozen=True, slots=True)
class Downloads:
    """One (actor, work) download each: equal-length arrays.

    Attributes:
        actor, work: Indices.
        start_us: When it began.
    """

    actor: Ints
    work: Ints
    start_us: Ints

    def __len__(self) -> int:
        return len(self.actor)


@dataclass(frozen=True, slots=True)
class Wishes:
    """An actor wants something of a kind in a week: equal-length arrays."""

    actor: Ints
    week: Ints
    kind: Ints

    @classmethod
    def of(cls, parts: list[tuple[int, Ints, Ints]]) -> Wishes:
        """From (actor, weeks, kinds) of each actor."""
        actor = np.concatenate([np.full(len(weeks), number) for number, weeks, _ in parts])
        week = np.concatenate([weeks for _, weeks, _ in parts])
        return cls(actor, week, np.concatenate([kinds for _, _, kinds in parts]).astype(np.int64))


def joined(parts: list[Downloads]) -> Downloads:
    """All of them; of an (actor, work) pair that occurs twice the first is kept."""
    actor = np.concatenate([part.actor for part in parts])
    work = np.concatenate([part.work for part in parts])
    start = np.concatenate([part.start_us for part in parts])
    _, first = np.unique(actor * 1_000_000 + work, return_index=True)
    keep = np.sort(first)
    return Downloads(actor[keep], work[keep], start[keep])


def ordinary_downloads(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> Downloads:
    """What each actor with a `volume` fetches on its own account."""
    return choose_works(_wishes(people, rng), people, catalogue, rng)


def _wishes(people: Population, rng: np.random.Generator) -> Wishes:
    parts = []
    for number, (actor, volume) in enumerate(zip(people.actors, people.volume, strict=True)):
        if volume:
            count = 1 + int(rng.lognormal(np.log(volume) - 0.4, 0.9))
            weeks = rng.integers(*week_span(actor), count)
            parts.append((number, weeks, rng.choice(len(KINDS), count, p=rng.dirichlet(_TASTE * 5))))
    return Wishes.of(parts)


def choose_works(
    wishes: Wishes, people: Population, catalogue: Catalogue, rng: np.random.Generator
) -> Downloads:
    """Draw a work for each wish from what is out that week, by popularity and age."""
    work = np.full(len(wishes.actor), -1, dtype=np.int64)
    release_week = (catalogue.release_us - START_US) // WEEK_US
    by_kind = [np.flatnonzero(catalogue.kind == k) for k in range(len(KINDS))]
    for now in range(WEEKS):
        for k, candidates in enumerate(by_kind):
            these = np.flatnonzero((wishes.week == now) & (wishes.kind == k))
            if len(these):
                age = now - release_week[candidates]
                work[these] = _draw(candidates, age, catalogue.popularity[candidates], len(these), rng)
    keep = work >= 0
    actor, week, work = wishes.actor[keep], wishes.week[keep], work[keep]
    start = _moments(week, [people.actors[a] for a in actor.tolist()], rng)
    return Downloads(actor, work, np.maximum(start, _first_moment(work, catalogue, rng)))


def _draw(
    works: Ints, age: Ints, popularity: npt.NDArray[np.float64], count: int, rng: np.random.Generator
) -> Ints:
    """`count` works with probability popularity x decay; -1 where nothing is out yet."""
    decay = np.where(age >= 0, 0.12 * np.exp(-age / 90.0) + np.exp(-age / 5.0), 0.0)
    weight = np.cumsum(popularity * decay)
    if weight[-1] <= 0:
        return np.full(count, -1, dtype=np.int64)
    at = np.searchsorted(weight, rng.random(count) * weight[-1], side="right")
    return np.asarray(works[np.minimum(at, len(works) - 1)])


def _moments(week: Ints, actors: list[Actor], rng: np.random.Generator) -> Ints:
    """A day and an hour of the week: people in the evening, processes at any time."""
    people = np.array([actor.users > 0 for actor in actors], dtype=bool)
    share = _PEOPLE_HOURS / _PEOPLE_HOURS.sum()
    hour = np.where(people, rng.choice(24, len(week), p=share), rng.integers(0, 24, len(week)))
    within = rng.integers(0, HOUR_US, len(week))
    return np.asarray(
        START_US + week * WEEK_US + rng.integers(0, 7, len(week)) * DAY_US + hour * HOUR_US + within
    )


def _first_moment(work: Ints, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    """Some hours after the release; one in two hundred leaked before it."""
    wait = (rng.exponential(0.6, len(work)) * DAY_US).astype(np.int64)
    leaked = rng.random(len(work)) < 0.005
    return np.asarray(catalogue.release_us[work] + np.where(leaked, -3 * wait, wait))
