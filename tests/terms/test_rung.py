# SPDX-License-Identifier: Apache-2.0
"""The ladder: numbers and names."""

import pytest

from swarmwitness.terms import Rung
from swarmwitness.terms.rung import described


@pytest.mark.parametrize(
    ("text", "rung"),
    [("", 0), ("0", 0), ("7", 7), ("piece", 7), ("THIRD_PARTY", 10), ("third-party", 10), ("11", 11)],
)
def test_text(text: str, rung: int) -> None:
    assert Rung.from_text(text) == rung


@pytest.mark.parametrize("text", ["12", "-1", "seven", "4.0", "²"])
def test_what_is_no_rung_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Rung.from_text(text)


def test_flags_stand_beside_the_ladder() -> None:
    assert [r.value for r in Rung if not r.on_ladder] == [10, 11]


def test_no_count_is_called_downloaded() -> None:
    rungs = (Rung.LISTED, Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED, Rung.PROGRESSED, Rung.PIECE)
    assert [described(r) for r in rungs] == [
        "listed",
        "listed",
        "seen in the swarm",
        "seen in the swarm",
        "acquiring or giving",
        "giving",
    ]
