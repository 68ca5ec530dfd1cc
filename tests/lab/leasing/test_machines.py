# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.machines import DEFAULT_PORTS, FAMILIES, machines


def made(seed=1, **more):
    rng = np.random.default_rng(seed)
    return machines(rng, dataclasses.replace(draw(rng, CLASSES[0]), **more), 50, steady=False)


def test_every_subscriber_has_one_machine_or_two():
    counts = np.bincount(made().subscriber)
    assert set(counts.tolist()) == {1, 2}
    assert len(counts) == 50


def test_a_port_of_its_own_stays_while_the_client_does():
    there = made(ports=(1.0, 0.0, 0.0), switches=0.0)
    assert (there.port == there.port[0]).all()
    assert (there.family == there.family[0]).all()


def test_a_port_per_start_changes_with_starts_alone():
    there = made(ports=(0.0, 1.0, 0.0), switches=0.0)
    same = there.start[1:] == there.start[:-1]
    assert (there.port[1:] == there.port[:-1])[same].all()
    assert (there.port[1:] != there.port[:-1])[~same].mean() > 0.99


def test_the_default_port_is_the_clients_and_one_more_on_a_second_machine():
    there = made(ports=(0.0, 0.0, 1.0))
    beyond = there.port - DEFAULT_PORTS[there.family]
    assert set(beyond.ravel().tolist()) == {0, 1}
    first = np.unique(there.subscriber, return_index=True)[1]
    assert (beyond[:, first] == 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_versions_hardly_ever_go_back(seed):
    there = made(seed)
    same = there.family[1:] == there.family[:-1]
    back = (np.diff(there.version, axis=0) < 0) & same
    assert 0 <= back.mean() < 1 / 1000
    assert there.version.min() > 0
    assert there.family.max() < len(FAMILIES)


def test_steady_machines_run_most_days():
    rng = np.random.default_rng(1)
    world = draw(rng, CLASSES[0])
    assert machines(rng, world, 50, steady=True).on.mean() > 0.6 > made().on.mean()
