# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from swarmwitness.lab.leasing.classes import CLASSES, beyond, draw


@pytest.mark.parametrize("of", CLASSES, ids=lambda of: of.name)
def test_a_draw_stays_within_its_class(of):
    for seed in range(20):
        drawn = draw(np.random.default_rng(seed), of)
        assert of.moves[0] <= drawn.moves <= of.moves[1]
        assert 0.1 <= drawn.missed <= 0.9
        assert sum(drawn.ports) == pytest.approx(1)
        assert of.shared or drawn.n_addresses > drawn.n_subscribers


def test_outside_means_beyond_every_span():
    rng = np.random.default_rng(1)
    for _ in range(50):
        low, high = beyond(rng, (0.1, 0.2))
        assert high <= 0.1 or low >= 0.2
    static = next(of for of in CLASSES if of.name == "static")
    for seed in range(20):
        drawn = draw(np.random.default_rng(seed), static, outside=True)
        assert not static.moves[0] < drawn.moves < static.moves[1]
        assert not 50 < drawn.n_works < 5000


def test_classes_have_names_of_their_own():
    assert len({of.name for of in CLASSES}) == len(CLASSES)
