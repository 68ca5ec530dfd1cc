# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.worlds import DAY_US, UNKNOWN, world


def made(of, seed=3, **more):
    rng = np.random.default_rng(seed)
    return world(rng, of, dataclasses.replace(draw(rng, of), **more))


@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.name)
def test_a_world_is_sorted_and_the_same_again(of):
    seen, again = made(of), made(of)
    assert len(seen) > 20
    assert all(
        np.array_equal(getattr(seen, f), getattr(again, f)) for f in ("at", "address", "work", "tenancy")
    )
    keys = list(zip(seen.address.tolist(), seen.port.tolist(), seen.at.tolist(), strict=True))
    assert keys == sorted(keys)


def test_a_tenancy_is_of_one_subscriber_at_one_address():
    seen = made(CLASSES[1])
    told = {}
    for tenancy, subscriber, address in zip(
        seen.tenancy.tolist(), seen.subscriber.tolist(), seen.address.tolist(), strict=True
    ):
        assert told.setdefault(tenancy, (subscriber, address)) == (subscriber, address)


def test_where_addresses_are_not_shared_tenancies_do_not_overlap():
    seen = made(CLASSES[0])
    spans = {}
    for address, tenancy, at in zip(
        seen.address.tolist(), seen.tenancy.tolist(), seen.at.tolist(), strict=True
    ):
        begin, end = spans.get((address, tenancy), (at, at))
        spans[address, tenancy] = (min(begin, at), max(end, at))
    by_address = {}
    for (address, _), span in sorted(spans.items(), key=lambda each: (each[0][0], each[1])):
        assert by_address.get(address, -1) < span[0]
        by_address[address] = span[1]


def test_a_tracker_knows_no_client():
    seen = made(CLASSES[3], by_connection=0.0, inbound=0.0)
    assert (seen.family == UNKNOWN).all()
    assert (seen.version == UNKNOWN).all()


def test_who_calls_us_has_no_port_of_its_own_and_a_client():
    seen = made(CLASSES[3], inbound=0.3)
    called = seen.port == 0
    assert 0.2 < called.mean() < 0.4
    assert (seen.family[called] != UNKNOWN).all()


def test_a_block_handed_over_has_other_people_after():
    of = next(of for of in CLASSES if of.handed_over)
    seen = made(of, told_late=0, moved_at=1.0)
    before = set(seen.subscriber[seen.org == 0].tolist())
    after_day = int((seen.at[seen.org == 1] // DAY_US).min())
    after = set(seen.subscriber[seen.at // DAY_US > after_day].tolist())
    assert before
    assert after
    assert not before & after
