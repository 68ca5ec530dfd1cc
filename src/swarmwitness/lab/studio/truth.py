# SPDX-License-Identifier: Apache-2.0
"""What is so in the synthetic case, kept outside its folder: operators, links, changes, every count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from swarmwitness.lab.studio.bundles import claimed_works
from swarmwitness.lab.studio.catalogue import Catalogue
from swarmwitness.lab.studio.plan import HIDDEN_GROUPS, NOTICE_US
from swarmwitness.lab.studio.population import LINKED_GROUPS, Population
from swarmwitness.lab.studio.sightings import Rows
from swarmwitness.terms.instant import micros_to_text

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
HIDDEN = tuple(f"hidden-{number + 1}" for number in range(HIDDEN_GROUPS))
RUNGS = range(8)


@dataclass(frozen=True, slots=True)
class Units:
    """What each row counts for: (row, unit) pairs. A unit is a work, or a bundle (behind the works)."""

    row: Ints
    unit: Ints
    registered: Mask


def units_of(rows: Rows, catalogue: Catalogue) -> Units:
    """A bundle counts as one unit, and for a registered work of it only where its pieces were claimed."""
    n_torrents, n_works = len(catalogue.torrents), len(catalogue.works)
    single = np.flatnonzero(rows.torrent < n_torrents)
    work = np.array([torrent.work for torrent in catalogue.torrents], dtype=np.int64)[rows.torrent[single]]
    row, unit = single.tolist(), work.tolist()
    for at in np.flatnonzero(rows.torrent >= n_torrents).tolist():
        bundle = int(rows.torrent[at]) - n_torrents
        claim = rows.pieces[at]
        inside = claimed_works(catalogue.bundles[bundle], claim) if claim else []
        row += [at] * (1 + len(inside))
        unit += [n_works + bundle, *inside]
    registered = np.array([w.registered for w in catalogue.works] + [False] * len(catalogue.bundles))
    units = np.array(unit, dtype=np.int64)
    return Units(np.array(row, dtype=np.int64), units, registered[units])


def members(people: Population) -> dict[str, list[str]]:
    """The address lists that the case hands over, by set."""
    lists = {
        name: [people.actors[n].ip for n in people.of_group(name)] for name in ("corporate", *HIDDEN, "home")
    }
    lists["hidden"] = [ip for name in HIDDEN for ip in lists[name]]
    lists["alleged"] = lists["corporate"] + lists["hidden"] + lists["home"]
    return lists


def counts(rows: Rows, people: Population, catalogue: Catalogue) -> list[dict[str, object]]:
    """Works, downloads, addresses and sightings of every set, scope and lowest rung.

    `corporate` is the company's while an address was the company's; the other sets are lists of
    addresses without dates, so a list also holds what an earlier owner of an address did.
    """
    units = units_of(rows, catalogue)
    numbers: dict[str, int] = {}
    address = np.array([numbers.setdefault(people.actors[a].ip, len(numbers)) for a in rows.actor.tolist()])
    lists = members(people)
    masks: dict[str, Mask] = {"everyone": np.ones(len(address), dtype=bool)}
    masks["corporate"] = np.isin(rows.actor, people.of_group("corporate"))
    for name in ("alleged", "hidden", *HIDDEN, "home"):
        masks[name] = np.isin(address, [numbers[ip] for ip in lists[name] if ip in numbers])
    # A rung that the vendor left empty counts as 0.
    rung = np.maximum(rows.rung, 0)[units.row]
    things = _things(units, address[units.row])
    lines: list[dict[str, object]] = []
    for name, mask in masks.items():
        for scope, in_scope in (("case", units.registered), ("all", np.ones(len(rung), dtype=bool))):
            keep = mask[units.row] & in_scope
            highest = {unit: _highest(thing[keep], rung[keep]) for unit, thing in things.items()}
            lines += [
                {"set": name, "scope": scope, "rung_min": low}
                | {unit: int((tops >= low).sum()) for unit, tops in highest.items()}
                for low in RUNGS
            ]
    return lines


def _things(units: Units, address: Ints) -> dict[str, Ints]:
    """What is counted in each unit: numbers from 0, one for each (row, unit) pair."""
    pair = np.unique(units.unit * 1_000_000 + address, return_inverse=True)[1].reshape(-1)
    return {"works": units.unit, "downloads": pair, "addresses": address, "sightings": units.row}


def _highest(thing: Ints, rung: Ints) -> Ints:
    """For each number its highest rung, -1 where it does not occur."""
    tops = np.full(int(thing.max(initial=-1)) + 1, -1, dtype=np.int64)
    np.maximum.at(tops, thing, rung)
    return tops


def operators(people: Population) -> Sequence[tuple[str, ...]]:
    """ip, valid_from, valid_to, operator_id, kind: one line an actor."""
    return [
        (a.ip, micros_to_text(a.since_us), micros_to_text(a.until_us), a.operator, a.kind)
        for a in people.actors
    ]


def users(people: Population) -> Sequence[tuple[str, ...]]:
    """ip, valid_from, valid_to, users; 0 = an unattended process."""
    return [
        (a.ip, micros_to_text(a.since_us), micros_to_text(a.until_us), str(a.users)) for a in people.actors
    ]


def links() -> Sequence[tuple[str, ...]]:
    """set, linked_to, linked. `hidden` has no line: five groups are linked, the sixth is not."""
    groups = [(name, "corporate", str(n < LINKED_GROUPS).lower()) for n, name in enumerate(HIDDEN)]
    return [*groups, ("home", "corporate", "true")]


def changes() -> Sequence[tuple[str, ...]]:
    """subject, date, kind."""
    day = micros_to_text(NOTICE_US)[:10]
    return [(name, day, "stop") for name in HIDDEN[:LINKED_GROUPS]] + [("home", day, "start")]
