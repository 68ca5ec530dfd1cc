# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import itertools

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.rules import V1, leases
from swarmwitness.lab.leasing.score import Score, score
from swarmwitness.lab.leasing.worlds import Sightings, world


def seen(at, subscriber, tenancy):
    none = np.zeros(len(at), np.int64)
    return Sightings(
        np.array(at), none, none, none, none, none, none, none, none,
        np.array(subscriber), np.array(tenancy), "unknown",
    )  # fmt: skip


def test_a_mixed_lease_and_a_cut_tenure():
    rows = seen([1, 2, 3, 4, 5], [7, 7, 8, 8, 8], [0, 0, 1, 1, 1])
    found = score(rows, np.array([1, 1, 1, 1, 2]))
    assert (found.n_leases, found.n_mixed, found.n_in_mixed, found.n_strange) == (2, 1, 4, 2)
    assert (found.n_pairs, found.n_wrong_pairs) == (6, 4)
    assert (found.n_steps, found.n_parted, found.n_tenures, found.n_cut) == (3, 1, 2, 1)


def test_a_subscriber_who_came_back_was_not_parted():
    rows = seen([1, 2, 3], [7, 7, 7], [0, 0, 1])
    assert score(rows, np.array([0, 0, 1])).n_parted == 0


def test_scores_add_up_and_none_is_none():
    rows = seen([1, 2], [7, 8], [0, 1])
    one = score(rows, np.array([0, 0]))
    assert (one + one).n_wrong_pairs == 2
    assert one + Score() == one
    assert Score().mixed == Score().parted == 0


@pytest.mark.parametrize("number", range(3))
def test_pairs_are_what_counting_each_gives(number):
    rng = np.random.default_rng(number)
    rows = world(rng, CLASSES[4], draw(rng, CLASSES[4]))
    lease = leases(rows, V1)
    pairs = [
        rows.subscriber[a] != rows.subscriber[b]
        for a, b in itertools.combinations(range(len(rows)), 2)
        if lease[a] == lease[b]
    ]
    found = score(rows, lease)
    assert (found.n_pairs, found.n_wrong_pairs) == (len(pairs), sum(pairs))
