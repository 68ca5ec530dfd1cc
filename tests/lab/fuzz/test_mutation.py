# SPDX-License-Identifier: Apache-2.0
"""The n-th input is the same whenever it is made, and the inputs differ."""

from __future__ import annotations

from swarmwitness.lab.fuzz import Mutator
from swarmwitness.lab.fuzz.mutation import MAX_INPUT_BYTES

SEEDS = (b"d3:fooi42ee", b"l4:spame")


def test_an_input_is_made_again_from_its_number() -> None:
    once = [Mutator("bencode", SEEDS).input(number) for number in range(500)]
    again = [Mutator("bencode", SEEDS).input(number) for number in reversed(range(500))]
    assert once == again[::-1]


def test_the_seeds_come_first_and_then_hardly_one_twice() -> None:
    made = [Mutator("bencode", SEEDS).input(number) for number in range(1000)]
    assert tuple(made[:2]) == SEEDS
    assert len(set(made)) > 850
    assert max(map(len, made)) <= MAX_INPUT_BYTES


def test_another_seed_or_target_makes_other_inputs() -> None:
    one = [Mutator("bencode", SEEDS).input(number) for number in range(2, 100)]
    assert one != [Mutator("bencode", SEEDS, seed=1).input(number) for number in range(2, 100)]
    assert one != [Mutator("krpc", SEEDS).input(number) for number in range(2, 100)]
