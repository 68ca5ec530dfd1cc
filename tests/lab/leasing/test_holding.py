# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.holding import held, tenancies


def drawn(seed, **more):
    return dataclasses.replace(draw(np.random.default_rng(seed), CLASSES[0]), **more)


@pytest.mark.parametrize("seed", range(10))
def test_an_address_that_is_not_shared_has_one_holder_at_a_time(seed):
    world = drawn(seed, n_subscribers=20, n_addresses=21, n_days=50)
    where = held(np.random.default_rng(seed), world, shared=False)
    assert where.shape == (51, 20)
    assert all(len(set(day)) == 20 for day in where.tolist())
    assert where.min() >= 0
    assert where.max() < 21


def test_a_shared_address_has_several():
    world = drawn(1, n_subscribers=40, n_addresses=3, n_days=5)
    where = held(np.random.default_rng(1), world, shared=True)
    assert set(where.ravel().tolist()) == {0, 1, 2}


def test_nobody_moves_where_the_rate_is_none():
    where = held(np.random.default_rng(1), drawn(1, moves=0.0), shared=False)
    assert (where == where[0]).all()
    assert (tenancies(where) == 0).all()


def test_a_tenancy_is_an_uninterrupted_holding():
    where = np.array([[5], [5], [6], [5], [5]])
    assert tenancies(where).ravel().tolist() == [0, 0, 1, 2, 2]
