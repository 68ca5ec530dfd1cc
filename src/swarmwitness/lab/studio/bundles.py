# SPDX-License-Identifier: Apache-2.0
"""Sightings of bundles: some say which pieces were claimed, and so which works; most do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio.catalogue import Catalogue
from swarmwitness.lab.studio.plan import DAY_US, END_US
from swarmwitness.lab.studio.population import Population
from swarmwitness.lab.studio.torrentfiles import Bundle

Ints = npt.NDArray[np.int64]
_PER_BUNDLE = 36


@dataclass(frozen=True, slots=True)
class BundleRows:
    """Equal-length arrays; `torrent` counts on behind the catalogue's torrents, `pieces` is hex or None."""

    actor: Ints
    torrent: Ints
    at_us: Ints
    rung: Ints
    progress: npt.NDArray[np.float64]
    pieces: npt.NDArray[np.object_]


def make_bundle_rows(people: Population, catalogue: Catalogue, rng: np.random.Generator) -> BundleRows:
    """People, hidden addresses (with pieces, of works that the sets have anyway) and corporate ones.

    No corporate row names pieces: whoever counts a whole bundle for a peer that was merely seen in its
    swarm gets more than the 157 works.
    """
    actors: list[int] = []
    torrents: list[int] = []
    times: list[int] = []
    rungs: list[int] = []
    shares: list[float] = []
    pieces: list[str | None] = []
    for number, bundle in enumerate(catalogue.bundles):
        for actor in _visitors(people, bundle, rng):
            corporate = people.actors[actor].group == "corporate"
            rung = int(rng.choice((0, 2, 3, 4), p=(0.3, 0.2, 0.3, 0.2)))
            tells = rung >= 3 and not corporate and rng.random() < 0.7
            share, claim = _claim(bundle, rng) if tells else (round(float(rng.uniform(0.2, 0.8)), 4), None)
            actors.append(actor)
            torrents.append(len(catalogue.torrents) + number)
            times.append(_moment(people, actor, bundle, rng))
            rungs.append(rung)
            shares.append(share if rung >= 3 else float("nan"))
            pieces.append(claim)
    held = np.empty(len(pieces), dtype=np.object_)
    held[:] = pieces
    return BundleRows(
        np.array(actors), np.array(torrents), np.array(times), np.array(rungs), np.array(shares), held
    )


def _visitors(people: Population, bundle: Bundle, rng: np.random.Generator) -> list[int]:
    """Actors that are there for a month after the bundle came out: 30 ordinary, 2 corporate, 4 hidden."""
    month = 30 * DAY_US
    there = [
        number for number, actor in enumerate(people.actors)
        if actor.since_us <= bundle.released_us and actor.until_us >= bundle.released_us + month
    ]  # fmt: skip
    ordinary = [n for n in there if not people.actors[n].group]
    corporate = [n for n in there if people.actors[n].group == "corporate"]
    hidden = [n for n in there if people.actors[n].group.startswith("hidden")]
    drawn: list[int] = []
    for pool, count in ((ordinary, _PER_BUNDLE - 6), (corporate, 2), (hidden, 4)):
        drawn += rng.choice(pool, min(count, len(pool)), replace=False).tolist() if pool else []
    return drawn


def _moment(people: Population, actor: int, bundle: Bundle, rng: np.random.Generator) -> int:
    until = min(people.actors[actor].until_us, END_US, bundle.released_us + 30 * DAY_US)
    return bundle.released_us + int(rng.random() * (until - bundle.released_us))


def _claim(bundle: Bundle, rng: np.random.Generator) -> tuple[float, str]:
    """Some of one to three works of the bundle: (share of all pieces, bitfield as hex)."""
    held = np.zeros(bundle.n_pieces, dtype=np.uint8)
    for work in rng.choice(len(bundle.works), int(rng.integers(1, 4)), replace=False).tolist():
        first, end = bundle.pieces_of[work]
        held[first : first + 1 + int(rng.integers(end - first))] = 1
    return round(float(held.mean()), 4), np.packbits(held).tobytes().hex()


def claimed_works(bundle: Bundle, claim: str) -> list[int]:
    """The works of which the bitfield names at least one piece."""
    held = np.unpackbits(np.frombuffer(bytes.fromhex(claim), dtype=np.uint8))
    return [
        work
        for work, (first, end) in zip(bundle.works, bundle.pieces_of, strict=True)
        if held[first:end].any()
    ]
