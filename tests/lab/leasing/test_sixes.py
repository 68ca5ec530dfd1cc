# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, draw
from swarmwitness.lab.leasing.rules import V1, leases
from swarmwitness.lab.leasing.score import score
from swarmwitness.lab.leasing.sixes import BLOCKS, counted_at, sixes, sixes_table
from swarmwitness.lab.leasing.worlds import DAY_US, world


@pytest.fixture(scope="module")
def seen():
    of = next(of for of in CLASSES if of.six)
    rng = np.random.default_rng(2)
    return world(rng, of, draw(rng, of))


def test_a_wider_block_has_fewer_addresses_and_parts_less(seen):
    counted = [counted_at(seen, length) for length in BLOCKS]
    n_blocks = [len(np.unique(each.address)) for each in counted]
    assert n_blocks == sorted(n_blocks, reverse=True)
    scores = [score(each, leases(each, V1)) for each in counted]
    assert scores[0].n_parted > scores[1].n_parted >= scores[2].n_parted
    assert scores[3].n_mixed >= scores[2].n_mixed
    assert len({each.n_steps for each in scores}) == 1


def test_at_128_an_address_is_of_one_machine_and_day(seen):
    counted = counted_at(seen, 128)
    told = {}
    for address, machine, at in zip(
        counted.address.tolist(), counted.machine.tolist(), counted.at.tolist(), strict=True
    ):
        assert told.setdefault(address, (machine, at // DAY_US)) == (machine, at // DAY_US)


def test_the_table_has_a_row_per_class_and_block():
    told = sixes_table(sixes(2, seed=4))
    assert all(told.count(f"| /{length} |") == 2 for length in BLOCKS)
