# SPDX-License-Identifier: Apache-2.0
"""Counts against a count of one's own, row by row, in plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmwitness.lab.studio import truth
from swarmwitness.lab.studio.bundles import claimed_works, make_bundle_rows
from swarmwitness.lab.studio.calendar import joined
from swarmwitness.lab.studio.sightings import make_rows


def test_counts_are_those_of_a_naive_loop(cast: Any) -> None:
    rng = np.random.default_rng(12)
    catalogue, people = cast.catalogue, cast.people
    fetched = joined([cast.alleged[0], cast.alleged[1]])
    rows = make_rows(fetched, make_bundle_rows(people, catalogue, rng), people, catalogue, rng)
    told = {(c["set"], c["scope"], c["rung_min"]): c for c in truth.counts(rows, people, catalogue)}
    lists = truth.members(people)
    for name in ("everyone", "corporate", "hidden-2", "alleged"):
        for scope in ("case", "all"):
            for low in (0, 3, 7):
                works, pairs, addresses, sightings = set(), set(), set(), 0
                for n in range(len(rows.actor)):
                    actor = people.actors[rows.actor[n]]
                    inside = actor.group == name if name == "corporate" else actor.ip in lists.get(name, ())
                    if rows.rung[n] < low and not (low == 0 and rows.rung[n] == -1):
                        continue
                    if name != "everyone" and not inside:
                        continue
                    units = units_of_row(rows, n, catalogue, scope)
                    works |= units
                    pairs |= {(unit, actor.ip) for unit in units}
                    addresses |= {actor.ip} if units else set()
                    sightings += bool(units)
                line = told[(name, scope, low)]
                found = (len(works), len(pairs), len(addresses), sightings)
                assert found == (line["works"], line["downloads"], line["addresses"], line["sightings"]), line


def units_of_row(rows: Any, n: int, catalogue: Any, scope: str) -> set[object]:
    """What one row counts for."""
    torrent = int(rows.torrent[n])
    if torrent < len(catalogue.torrents):
        work = catalogue.torrents[torrent].work
        return {work} if scope == "all" or catalogue.works[work].registered else set()
    bundle = catalogue.bundles[torrent - len(catalogue.torrents)]
    claimed: set[object] = set(claimed_works(bundle, rows.pieces[n])) if rows.pieces[n] else set()
    return claimed if scope == "case" else claimed | {bundle.name}


def test_links_and_changes_name_the_groups(cast: Any) -> None:
    assert {name: linked for name, _, linked in truth.links()}["hidden-6"] == "false"
    assert ("home", "2025-03-20", "start") in truth.changes()
    assert len(truth.operators(cast.people)) == len(truth.users(cast.people)) == len(cast.people.actors)
