# SPDX-License-Identifier: Apache-2.0
"""Oddities are kept up to a number, and the rest is counted."""

from swarmwitness.terms import Anomaly
from swarmwitness.wire.oddities import Oddities


def test_the_rest_is_counted() -> None:
    seen = Oddities(2)
    assert seen.found() == ()
    for number in range(5):
        seen.odd("kind", str(number))
    assert seen.found() == (Anomaly("kind", "0"), Anomaly("kind", "1"), Anomaly("more", "3 further oddities"))
