# SPDX-License-Identifier: Apache-2.0
from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest

from swarmwitness.swarm import facts


def test_facts_are_values() -> None:
    one, same = facts.BlockSeen(1, 0, 16384), facts.BlockSeen(1, 0, 16384)
    assert one == same
    assert hash(one) == hash(same)
    with pytest.raises(FrozenInstanceError):
        one.piece = 2  # type: ignore[misc]


def test_every_fact_is_in_the_union_and_slotted() -> None:
    kinds = get_args(facts.Fact)
    assert facts.PieceVerified in kinds
    assert facts.Listed in kinds
    for kind in kinds:
        assert hasattr(kind, "__slots__")
        assert kind.__doc__
        assert set(kind.__slots__) == {each.name for each in fields(kind)}
