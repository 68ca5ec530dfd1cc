# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.utp.sequence import ACK_BACK, ahead, plausible_ack


@pytest.mark.parametrize(
    ("number", "than", "far"),
    [
        (5, 5, 0),
        (6, 5, 1),
        (5, 6, -1),
        (0, 65_535, 1),
        (65_535, 0, -1),
        (32_767, 0, 32_767),
        (32_768, 0, -32_768),
    ],
)
def test_how_far_ahead(number: int, than: int, far: int) -> None:
    assert ahead(number, than) == far


@given(st.integers(0, 65_535), st.integers(-32_768, 32_767))
def test_wrapping_makes_no_difference(than: int, far: int) -> None:
    assert ahead((than + far) & 0xFFFF, than) == far


@pytest.mark.parametrize(
    ("ack", "lead", "true"),
    [(10, 0, True), (11, 0, False), (11, 1, True), (12, 1, False), (5, 0, True), (5 - ACK_BACK, 0, True),
     (4 - ACK_BACK, 0, False), (30_000, 0, False)],
)  # fmt: skip
def test_acks_that_can_be_true(ack: int, lead: int, true: bool) -> None:
    """Ten were sent, five are acked."""
    assert plausible_ack(ack & 0xFFFF, 5, 10, lead) is true
