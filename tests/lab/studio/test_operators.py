# SPDX-License-Identifier: Apache-2.0
"""What the alleged sets fetch: the totals, the notice, and when an address was the company's."""

from __future__ import annotations

from typing import Any

import numpy as np

from swarmwitness.lab.studio import plan
from swarmwitness.lab.studio.population import LINKED_GROUPS


def test_totals_are_met_by_construction(cast: Any) -> None:
    corporate, home, *hidden, _ = cast.alleged
    assert len(np.unique(corporate.work)) == plan.CORPORATE_WORKS
    assert len(np.unique(corporate.actor)) == plan.CORPORATE_ADDRESSES
    assert len(np.unique(home.work)) == len(home) == plan.HOME_WORKS
    together = np.unique(np.concatenate([part.work for part in (corporate, home, *hidden)]))
    assert np.array_equal(together, cast.catalogue.registered)


def test_every_hidden_address_fetched_something(cast: Any) -> None:
    _, _, *hidden, _ = cast.alleged
    for number, part in enumerate(hidden, 1):
        assert set(part.actor.tolist()) == set(cast.people.of_group(f"hidden-{number}"))


def test_the_process_stops_on_the_notice_and_the_home_line_begins_after_it(cast: Any) -> None:
    _, home, *hidden, _ = cast.alleged
    for number, part in enumerate(hidden):
        after = (part.start_us >= plan.NOTICE_US).any()
        assert bool(after) == (number >= LINKED_GROUPS)
    hours = (home.start_us.min() - plan.NOTICE_US) / plan.HOUR_US
    assert 0 < hours < 24 * 30


def test_nothing_is_fetched_from_a_block_before_it_was_the_companys(cast: Any) -> None:
    corporate = cast.alleged[0]
    since = np.array([cast.people.actors[n].since_us for n in corporate.actor.tolist()])
    assert (corporate.start_us >= since).all()


def test_other_material_is_never_the_studios(cast: Any) -> None:
    other = cast.alleged[-1]
    assert len(other) > 1000
    assert not np.isin(other.work, cast.catalogue.registered).any()
