# SPDX-License-Identifier: Apache-2.0
"""Who is where: the sets, the block that changed hands, nobody twice at once."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from itertools import pairwise
from typing import Any

from swarmwitness.lab.studio import plan
from swarmwitness.lab.studio.population import week_span


def test_the_alleged_sets_have_their_sizes(cast: Any) -> None:
    people = cast.people
    assert len({people.actors[n].ip for n in people.of_group("corporate")}) == plan.CORPORATE_ADDRESSES
    assert [people.actors[n].ip for n in people.of_group("home")] == [plan.HOME_ADDRESS]
    hidden = [people.of_group(f"hidden-{n}") for n in range(1, 7)]
    assert 2400 < sum(map(len, hidden)) < 2600


def test_nobody_shares_an_address_at_the_same_time(cast: Any) -> None:
    stays = defaultdict(list)
    for actor in cast.people.actors:
        stays[actor.ip].append((actor.since_us, actor.until_us))
    again = 0
    for spans in stays.values():
        spans.sort()
        again += len(spans) > 1
        assert all(until <= since for (_, until), (since, _) in pairwise(spans))
    # Some addresses of the block that changed its owner are used by both.
    assert again == 3


def test_groups_stay_inside_their_blocks(cast: Any) -> None:
    for number, prefix in enumerate(plan.HIDDEN_PREFIXES, 1):
        block = ipaddress.ip_network(prefix)
        members = [cast.people.actors[n] for n in cast.people.of_group(f"hidden-{number}")]
        assert all(ipaddress.ip_address(actor.ip) in block for actor in members)
    late = ipaddress.ip_network(plan.BLOCK_B)
    for n in cast.people.of_group("corporate"):
        actor = cast.people.actors[n]
        assert actor.since_us == (
            plan.TAKEOVER_US if ipaddress.ip_address(actor.ip) in late else plan.START_US
        )


def test_week_spans_lie_within_the_stay(cast: Any) -> None:
    for actor in cast.people.actors[::50]:
        first, end = week_span(actor)
        assert 0 <= first < end <= plan.WEEKS
        assert plan.START_US + first * plan.WEEK_US >= actor.since_us
