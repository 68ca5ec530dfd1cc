# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.donthave import DontHave

BOTH_WAYS = [(0, "00000000"), (5, "00000005"), (0xFFFFFFFF, "ffffffff")]


@pytest.mark.parametrize(("piece", "raw"), BOTH_WAYS)
def test_both_ways(piece, raw) -> None:
    assert DontHave(piece).to_wire() == bytes.fromhex(raw)
    assert DontHave.from_wire(bytes.fromhex(raw)) == DontHave(piece)


@pytest.mark.parametrize("length", [0, 1, 2, 3, 5, 100])
def test_another_length_is_refused(length) -> None:
    with pytest.raises(MalformedMessage) as refused:
        DontHave.from_wire(bytes(length))
    assert refused.value.offset <= 4


@pytest.mark.parametrize("piece", [-1, 1 << 32])
def test_a_piece_that_does_not_fit_is_our_error(piece) -> None:
    with pytest.raises(ValueError, match="fit"):
        DontHave(piece).to_wire()
