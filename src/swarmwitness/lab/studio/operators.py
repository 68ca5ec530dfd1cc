# SPDX-License-Identifier: Apache-2.0
"""What the alleged sets fetch. The published totals are met by construction, for every seed.

One process (op-1) works a queue of the studio's releases and deals them to rotating addresses of
hidden groups 1-5 and to part of the corporate ones; a second, independent collector is hidden group 6.
Staff in the company's offices fetch for themselves. On the notice op-1 leaves the data centres, and
some hours later a home line begins.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio.calendar import Downloads, Wishes, choose_works
from swarmwitness.lab.studio.catalogue import Catalogue
from swarmwitness.lab.studio.plan import (
    CORPORATE_WORKS,
    DAY_US,
    END_US,
    HIDDEN_GROUPS,
    HOME_WORKS,
    HOUR_US,
    KINDS,
    NOTICE_US,
    START_US,
    WEEK_US,
)
from swarmwitness.lab.studio.population import LINKED_GROUPS, Population, week_span

Ints = npt.NDArray[np.int64]

_CORPORATE_EXTRA = 46
_HIDDEN_DOWNLOADS = 5850
_BATCH = 60
"""Addresses of a group that are in use at the same time."""


def alleged_downloads(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> list[Downloads]:
    """Registered works first (they meet the totals), then what else the sets fetched."""
    corporate = _corporate(people, catalogue, rng)
    home = _home(people, catalogue, rng)
    hidden = _hidden(people, catalogue, np.union1d(corporate.work, home.work), rng)
    return [corporate, home, *hidden, _other_material(people, catalogue, rng)]


def _popular(works: Ints, count: int, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    weight = catalogue.popularity[works]
    return rng.choice(works, count, replace=False, p=weight / weight.sum())


def _latency(count: int, rng: np.random.Generator) -> Ints:
    """Release day for most, days for some, months for a few."""
    how = rng.choice(3, count, p=(0.55, 0.3, 0.15))
    days = np.choose(how, (rng.random(count), rng.exponential(5.0, count), rng.exponential(120.0, count)))
    return np.asarray((days * DAY_US).astype(np.int64) + HOUR_US)


def _queued(work: Ints, catalogue: Catalogue, until: int, rng: np.random.Generator) -> Ints:
    """When the process fetches: soon after release; works older than the period in its first year."""
    release = catalogue.release_us[work]
    start = np.where(release < START_US, START_US + (rng.random(len(work)) * 52 * WEEK_US).astype(np.int64),
                     release + _latency(len(work), rng))  # fmt: skip
    # What would come too late was fetched on release day instead.
    start = np.where(start >= until - DAY_US, release + 6 * HOUR_US, start)
    return np.asarray(start)


def _corporate(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> Downloads:
    works = _popular(catalogue.registered, CORPORATE_WORKS, catalogue, rng)
    work = np.concatenate([works, rng.choice(works, _CORPORATE_EXTRA)])
    start = _queued(work, catalogue, END_US, rng)
    return Downloads(_deal_to_each(people, start, rng), work, start)


def _deal_to_each(people: Population, start: Ints, rng: np.random.Generator) -> Ints:
    """Every corporate address gets at least one download, and none before it was the company's."""
    members = people.of_group("corporate")
    since = np.array([people.actors[m].since_us for m in members], dtype=np.int64)
    actor = np.full(len(start), -1, dtype=np.int64)
    free = set(range(len(start)))
    for at in np.argsort(-since, kind="stable").tolist():
        late = [d for d in sorted(free) if start[d] >= since[at]]
        mine = late[int(rng.integers(len(late)))]
        actor[mine] = members[at]
        free.discard(mine)
    for d in sorted(free):
        allowed = np.flatnonzero(since <= start[d])
        actor[d] = members[int(rng.choice(allowed))]
    return actor


def _home(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> Downloads:
    """97 works on one line, the first hours after the notice."""
    registered = catalogue.registered
    out = registered[catalogue.release_us[registered] < NOTICE_US + 60 * DAY_US]
    work = _popular(out, HOME_WORKS, catalogue, rng)
    evening = NOTICE_US + 19 * HOUR_US
    start = evening + (rng.beta(1.0, 2.5, len(work)) * (END_US - evening - 2 * DAY_US)).astype(np.int64)
    start = np.maximum(start, catalogue.release_us[work] + HOUR_US)
    start[0] = max(evening, int(catalogue.release_us[work[0]]) + HOUR_US)
    return Downloads(np.full(len(work), people.of_group("home")[0]), work, start)


def _hidden(
    people: Population, catalogue: Catalogue, elsewhere: Ints, rng: np.random.Generator
) -> list[Downloads]:
    """All registered works that no other set has, most of those it has, and repeats of popular ones."""
    registered = catalogue.registered
    alone = np.setdiff1d(registered, elsewhere)
    shared = elsewhere[rng.random(len(elsewhere)) < 0.7]
    base = np.concatenate([alone, shared])
    weight = catalogue.popularity[base] / catalogue.popularity[base].sum()
    work = np.concatenate([base, rng.choice(base, _HIDDEN_DOWNLOADS - len(base), p=weight)])
    group = _group_of(work, len(base), catalogue, rng)
    return [
        _deal_in_batches(people, g, work[group == g], catalogue, rng) for g in range(HIDDEN_GROUPS)
    ]  # fmt: skip


def _group_of(work: Ints, n_base: int, catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    """Session rotation: the process changes its group every eight release weeks; what came out too late
    for it, and a sixth of the rest, is the independent collector's."""
    week = np.maximum(0, (catalogue.release_us[work] - START_US) // WEEK_US)
    group = (week // 8) % LINKED_GROUPS
    repeats = np.arange(len(work)) >= n_base
    group = np.where(repeats, rng.integers(0, LINKED_GROUPS, len(work)), group)
    late = catalogue.release_us[work] >= NOTICE_US - 7 * DAY_US
    return np.where(late | (rng.random(len(work)) < 1 / HIDDEN_GROUPS), LINKED_GROUPS, group)


def _deal_in_batches(people: Population, group: int, work: Ints, catalogue: Catalogue,
                     rng: np.random.Generator) -> Downloads:  # fmt: skip
    """Deal downloads in order of time to the addresses then in use, so that each address gets some."""
    members = np.array(people.of_group(f"hidden-{group + 1}"), dtype=np.int64)
    until = NOTICE_US if group < LINKED_GROUPS else END_US
    start = _queued(work, catalogue, until, rng)
    order = np.argsort(start, kind="stable")
    work, start = work[order], start[order]
    batches = -(-len(members) // _BATCH)
    batch = (np.arange(len(work)) * batches) // len(work)
    actor = np.empty(len(work), dtype=np.int64)
    for number in range(batches):
        mine = np.flatnonzero(batch == number)
        pool = members[(len(members) * number) // batches : (len(members) * (number + 1)) // batches]
        actor[mine] = pool[np.arange(len(mine)) % len(pool)]
    return Downloads(actor, work, start)


def _other_material(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> Downloads:
    """Other people's works: software, books and image sets above all, as a data set would want them."""
    taste = (0.0, 0.0, 0.34, 0.1, 0.32, 0.2, 0.04)
    parts = []
    for number, actor in enumerate(people.actors):
        if actor.group:
            count = int(rng.poisson(5.0 if actor.group == "corporate" else 1.2))
            weeks = rng.integers(*week_span(actor), count)
            parts.append((number, weeks, rng.choice(len(KINDS), count, p=taste)))
    return choose_works(Wishes.of(parts), people, catalogue, rng)
