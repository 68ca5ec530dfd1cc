# SPDX-License-Identifier: Apache-2.0
"""The works and the torrents that carry them.

A torrent is one swarm, however many ways its info_hash is spelled: a hybrid one is seen under its v1
hash, its v2 hash and that cut to 20 bytes. A bundle carries several works and counts once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio import titles
from swarmwitness.lab.studio.plan import (
    DAY_US,
    EPISODE,
    FILM,
    HOUR_US,
    KINDS,
    REGISTERED_WORKS,
    START_US,
    WEEK_US,
)
from swarmwitness.lab.studio.titles import Title
from swarmwitness.lab.studio.torrentfiles import Bundle, Hybrid, make_bundle, make_hybrid

Ints = npt.NDArray[np.int64]

OTHER_WORKS = 2600
UNNAMED_WORKS = 380
HYBRIDS, V2_ONLY, BUNDLES = 12, 40, 6
WORKS_PER_BUNDLE = 6
_OTHER_MIX = (0.34, 0.22, 0.16, 0.1, 0.1, 0.05, 0.03)
_LAST_RELEASE_WEEK = 390
_TWICE_RELEASED = 0.12


@dataclass(frozen=True, slots=True)
class Work:
    """One work. `registered` = the studio's; `named` = it has a row in works.csv."""

    work_id: str
    title: Title
    kind: int
    registered: bool
    named: bool
    released_us: int
    size_bytes: int
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Torrent:
    """One swarm of one work: the spellings of its info_hash, the one of works.csv first."""

    work: int
    spellings: tuple[str, ...]
    title: str
    hybrid: Hybrid | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that travels. Arrays are by work: kind, release week (negative = before the period),
    popularity (relative)."""

    works: tuple[Work, ...]
    torrents: tuple[Torrent, ...]
    bundles: tuple[Bundle, ...]
    torrents_of: tuple[tuple[int, ...], ...]
    kind: Ints
    release_us: Ints
    popularity: npt.NDArray[np.float64]

    @property
    def registered(self) -> Ints:
        """Indices of the registered works."""
        return np.array([i for i, work in enumerate(self.works) if work.registered], dtype=np.int64)


def make_catalogue(seed: int, rng: np.random.Generator) -> Catalogue:
    """Draw works, torrents and bundles."""
    works = _registered(rng) + _others(rng) + _unnamed(seed, rng)
    torrents = _torrents(seed, rng, works)
    of: list[list[int]] = [[] for _ in works]
    for number, torrent in enumerate(torrents):
        of[torrent.work].append(number)
    return Catalogue(
        works=tuple(works),
        torrents=tuple(torrents),
        bundles=tuple(_bundles(seed, works)),
        torrents_of=tuple(tuple(numbers) for numbers in of),
        kind=np.array([work.kind for work in works], dtype=np.int64),
        release_us=np.array([work.released_us for work in works], dtype=np.int64),
        popularity=rng.lognormal(0.0, 1.3, len(works)),
    )


def _release_us(week: int, rng: np.random.Generator) -> int:
    """A weekday at 08:00 UTC; new titles come out from Tuesday to Friday."""
    return START_US + week * WEEK_US + int(rng.integers(1, 5)) * DAY_US + 8 * HOUR_US


def _year(released_us: int) -> int:
    return int(np.datetime64(released_us, "us").astype("datetime64[Y]").astype(int)) + 1970


def _size(rng: np.random.Generator, kind: int) -> int:
    middle = (1.9e9, 7e8, 6e6, 3e8, 1.2e9, 8e8, 5e8)[kind]
    return int(middle * rng.lognormal(0.0, 0.5))


def _work(rng: np.random.Generator, work_id: str, title: Title, kind: int, released_us: int, *,
          registered: bool = False, named: bool = True) -> Work:  # fmt: skip
    sensitive = registered and bool(rng.random() < 0.35)
    return Work(work_id, title, kind, registered, named, released_us, _size(rng, kind), sensitive)


def _registered(rng: np.random.Generator) -> list[Work]:
    """The studio's works: about six a week, a tenth of them older than the period."""
    weeks = np.sort(rng.integers(-45, _LAST_RELEASE_WEEK, REGISTERED_WORKS))
    works: list[Work] = []
    series, run = titles.series_name(rng), 0
    for number, week in enumerate(weeks.tolist()):
        released = _release_us(week, rng)
        work_id = f"STU-{number + 1:04d}"
        if rng.random() < 0.25:
            run += 1
            if run > 24:
                series, run = titles.series_name(rng), 1
            title = titles.episode(rng, series, 1 + (run - 1) // 8, 1 + (run - 1) % 8)
            works.append(_work(rng, work_id, title, EPISODE, released, registered=True))
        else:
            title = titles.film(rng, _year(released), int(rng.integers(1, 5)))
            works.append(_work(rng, work_id, title, FILM, released, registered=True))
    return works


def _others(rng: np.random.Generator) -> list[Work]:
    """Other people's works, which the monitor saw as well."""
    works = []
    for number in range(OTHER_WORKS):
        kind = int(rng.choice(len(KINDS), p=_OTHER_MIX))
        released = _release_us(int(rng.integers(-60, 412)), rng)
        title = _other_title(rng, kind, _year(released))
        works.append(_work(rng, f"OTH-{number + 1:04d}", title, kind, released))
    return works


def _other_title(rng: np.random.Generator, kind: int, year: int) -> Title:
    if kind == FILM:
        return titles.film(rng, year, int(rng.integers(1, 5)))
    if kind == EPISODE:
        series = titles.series_name(rng)
        return titles.episode(rng, series, int(rng.integers(1, 9)), int(rng.integers(1, 13)))
    return titles.other(rng, KINDS[kind], year)


def _unnamed(seed: int, rng: np.random.Generator) -> list[Work]:
    """Swarms of which nothing is known but the info_hash: each a work of its own."""
    other = KINDS.index("other")
    return [
        _work(rng, _digest(seed, f"unnamed/{n}"), Title("", "en"), other,
              _release_us(int(rng.integers(-10, 410)), rng), named=False)
        for n in range(UNNAMED_WORKS)
    ]  # fmt: skip


def _digest(seed: int, name: str) -> str:
    return hashlib.sha1(f"{seed}/{name}".encode(), usedforsecurity=False).hexdigest()


def _torrents(seed: int, rng: np.random.Generator, works: list[Work]) -> list[Torrent]:
    """One torrent a work, a second release of some; of the studio's some are hybrid or v2 only."""
    special = rng.choice(REGISTERED_WORKS, HYBRIDS + V2_ONLY, replace=False).tolist()
    hybrid, v2_only = set(special[:HYBRIDS]), set(special[HYBRIDS:])
    torrents = []
    for number, work in enumerate(works):
        if number in hybrid:
            made = make_hybrid(f"{seed}/{work.work_id}", work.title.text, work.size_bytes)
            torrents.append(Torrent(number, (made.v1, made.v2, made.v2[:40]), work.title.text, made))
        elif number in v2_only:
            v2 = hashlib.sha256(f"{seed}/{work.work_id}".encode()).hexdigest()
            torrents.append(Torrent(number, (v2, v2[:40]), work.title.text))
        else:
            v1 = _digest(seed, work.work_id) if work.named else work.work_id
            torrents.append(Torrent(number, (v1,), work.title.text))
        if work.named and rng.random() < _TWICE_RELEASED:
            again = work.title.text.replace("x264", "x265") + ".REPACK"
            torrents.append(Torrent(number, (_digest(seed, f"{work.work_id}/2"),), again))
    return torrents


def _bundles(seed: int, works: list[Work]) -> list[Bundle]:
    """Packs of registered works that came out one after another."""
    bundles = []
    for number in range(BUNDLES):
        first = 200 + 330 * number
        inside = tuple(range(first, first + WORKS_PER_BUNDLE))
        files = [(works[w].title.text + ".mkv", works[w].size_bytes) for w in inside]
        released = works[inside[-1]].released_us + 7 * DAY_US
        bundles.append(
            make_bundle(f"{seed}/bundle/{number}", f"Studio.Pack.{number + 1}", inside, files, released)
        )
    return bundles
