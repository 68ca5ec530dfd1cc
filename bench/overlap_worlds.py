# SPDX-License-Identifier: Apache-2.0
"""Small worlds with known truth, on which the overlap statistic is measured. It was not tuned on them.

People pick a day, a kind by their taste, and a work of that kind by its appeal (log-normal, heavy tail) and
its age (power law from the day of release). Nothing here knows of weeks, which is the statistic's unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarmwitness.inference import Downloads

DAY_US = 86_400_000_000
FIRST_DAY = 17_532  # 2018-01-01, a Monday


@dataclass(frozen=True)
class World:
    """What a world is made of.

    Attributes:
        candidates, anchors, background: Numbers of addresses.
        mean: Mean downloads of an address; `tail` is the log-normal's sigma (0 = all alike).
        works, days, kinds: The catalogue and the time it is released over.
        decay: Exponent of the fall of appeal with age in days; `chaser_decay` that of chasers.
        chasers: Share of the addresses that chase releases.
        kind_taste: Dirichlet parameter of tastes by kind; small = each likes one kind.
        studios, studio_bias: Studios within a kind, and how much more an address likes its own.
        shared_studio, shared_chase, shared_weekday: Candidates and anchors, and they alone, share
            a favourite studio, chase releases, fetch on Tuesdays: the null's assumption is broken.
        self_copied: Share of candidates' downloads that copy another candidate's within days, and
        self_split: candidates never repeat each other's works: one operator of the candidates
            alone, who has nothing to do with the anchors.
        copied: Share of candidates' downloads that copy an anchor's within days (one operator).
        avoided: Chance that a candidate leaves out a work that an anchor has (one operator, split).
        pooled_weeks: Weeks put into one stratum; 1 is the method.
        anchor_factor: Downloads per anchor address, against those of others.
    """

    candidates: int = 300
    anchors: int = 20
    background: int = 1200
    mean: float = 4.0
    tail: float = 0.8
    works: int = 800
    days: int = 728
    kinds: int = 4
    decay: float = 1.2
    chaser_decay: float = 3.0
    chasers: float = 0.0
    kind_taste: float = 1.0
    studios: int = 1
    studio_bias: float = 1.0
    shared_studio: bool = False
    shared_chase: bool = False
    shared_weekday: bool = False
    self_copied: float = 0.0
    self_split: bool = False
    copied: float = 0.0
    avoided: float = 0.0
    pooled_weeks: int = 1
    anchor_factor: float = 1.0


@dataclass(frozen=True)
class Drawn:
    """One world: the downloads, and who is who."""

    downloads: Downloads
    candidates: NDArray[np.int64]
    anchors: NDArray[np.int64]


def draw(world: World, seed: int) -> Drawn:
    """Make one world; candidates are the first addresses, anchors the next."""
    rng = np.random.default_rng(seed)
    n = world.candidates + world.anchors + world.background
    linked = np.arange(n) < world.candidates + world.anchors
    is_anchor = linked & (np.arange(n) >= world.candidates)
    rows = _rows(world, n, linked, is_anchor, rng)
    rows = _operated(world, rows, is_anchor, rng)
    _, first = np.unique(rows[:, 0] * world.works + rows[:, 1], return_index=True)
    actor, work, kind, day = rows[first].T
    seen = (FIRST_DAY + day) * DAY_US + rng.integers(0, DAY_US, day.size)
    week = (seen // DAY_US + 3) // 7 // world.pooled_weeks
    downloads = Downloads(actor, work, week, kind, seen, np.full(day.size, 3))
    return Drawn(downloads, np.arange(world.candidates), np.flatnonzero(is_anchor))


def _rows(
    world: World, n: int, linked: NDArray[np.bool_], is_anchor: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """(actor, work, kind, day) of independent choices; pairs may stand twice."""
    kind_of, studio_of = (
        rng.integers(world.kinds, size=world.works),
        rng.integers(world.studios, size=world.works),
    )
    release, appeal = rng.integers(-200, world.days, world.works), rng.lognormal(0, 1.2, world.works)
    chases = rng.random(n) < world.chasers
    favourite = rng.integers(world.studios, size=n)
    if world.shared_chase:
        chases = linked
    if world.shared_studio:
        favourite[linked] = 0
    count = 1 + rng.poisson(
        np.maximum(world.mean * rng.lognormal(-(world.tail**2) / 2, world.tail, n) - 1, 0)
    )
    count = np.where(is_anchor, np.maximum(1, np.rint(count * world.anchor_factor)), count).astype(np.int64)
    actor = np.repeat(np.arange(n), count)
    day = rng.integers(world.days, size=actor.size)
    if world.shared_weekday:
        day = np.where(linked[actor], np.minimum(day // 7 * 7 + 1, world.days - 1), day)
    taste = rng.dirichlet(np.full(world.kinds, world.kind_taste), n)
    kind = (
        (rng.random((actor.size, 1)) > np.cumsum(taste[actor], axis=1)).sum(axis=1).clip(max=world.kinds - 1)
    )
    work = np.empty_like(actor)
    for chase in (False, True):
        for fav in range(world.studios):
            mask = (chases[actor] == chase) & (favourite[actor] == fav)
            if mask.any():
                pull = appeal * np.where(studio_of == fav, world.studio_bias, 1.0)
                power = world.chaser_decay if chase else world.decay
                work[mask] = _pick(day[mask], kind[mask], kind_of, release, pull, power, rng)
    kept = work >= 0
    return np.stack([actor, work, kind, day], axis=1)[kept]


def _pick(day, kind, kind_of, release, pull, power, rng):  # type: ignore[no-untyped-def]
    """A work for each (day, kind), by pull and age; -1 where nothing is out yet."""
    picked = np.full(day.size, -1, dtype=np.int64)
    days = np.arange(day.max() + 1)[:, None]
    for k in np.unique(kind):
        works = np.flatnonzero(kind_of == k)
        age = days - release[works]
        weight = np.where(age >= 0, pull[works] * (1.0 + np.maximum(age, 0)) ** -power, 0.0)
        running = np.cumsum(weight, axis=1)
        ours = np.flatnonzero((kind == k) & (running[day, -1] > 0))
        # One sorted line for all days: each day's running shares are shifted by the day's number.
        line = (running / np.maximum(running[:, -1:], 1e-300) + days).ravel()
        place = np.searchsorted(line, day[ours] + rng.random(ours.size), side="right")
        picked[ours] = works[np.minimum(place - day[ours] * works.size, works.size - 1)]
    return picked


def _operated(
    world: World, rows: NDArray[np.int64], is_anchor: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Let one operator copy or split the list; without one the rows stay as they are."""
    theirs = rows[is_anchor[rows[:, 0]]]
    ours = rows[:, 0] < world.candidates
    for share, models in ((world.copied, theirs), (world.self_copied, rows[ours])):
        if share:
            copies = np.flatnonzero(ours & (rng.random(len(rows)) < share))
            model = models[rng.integers(len(models), size=copies.size)]
            rows[copies, 1:3] = model[:, 1:3]
            rows[copies, 3] = np.minimum(model[:, 3] + rng.geometric(0.3, copies.size), world.days - 1)
    if world.self_split:
        first = np.zeros(len(rows), dtype=bool)
        first[np.flatnonzero(ours)[np.unique(rows[ours, 1], return_index=True)[1]]] = True
        return rows[~ours | first]
    if world.avoided:
        repeats = ours & np.isin(rows[:, 1], theirs[:, 1])
        rows = rows[~(repeats & (rng.random(len(rows)) < world.avoided))]
    return rows
