# SPDX-License-Identifier: Apache-2.0
"""Lives under each condition are drawn by a seed, and a segment's beginning is aimed at where one begins."""

from __future__ import annotations

from collections import Counter

from swarmwitness.lab.lives import lives
from swarmwitness.lab.victim import AIMS, SPREAD_S


def test_each_four_have_every_condition_once() -> None:
    drawn = list(lives(40, 1))
    for first in range(0, 40, 4):
        assert len({life.kind for life in drawn[first : first + 4]}) == 4
    assert Counter(life.rows for life in drawn) == {True: 20, False: 20}
    assert [life.number for life in drawn] == list(range(40))


def test_only_small_segments_are_waited_for() -> None:
    drawn = list(lives(200, 1))
    rolls = [life for life in drawn if life.aim == "roll"]
    assert len(rolls) > 10
    assert all(life.small for life in rolls)
    assert {life.aim for life in drawn} == {*AIMS, "roll"} == set(SPREAD_S)


def test_a_seed_draws_the_same_lives() -> None:
    assert list(lives(9, 7)) == list(lives(9, 7)) != list(lives(9, 8))
