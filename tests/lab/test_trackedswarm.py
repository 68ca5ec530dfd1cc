# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.lab import trackedswarm as module
from swarmwitness.lab.trackedswarm import Announced, Swarm
from swarmwitness.terms import Endpoint


def told(port: int, *, left: int = 5, event: str | None = None) -> Announced:
    return Announced(b"n" * 20, "192.0.2.1", Endpoint.of("192.0.2.1", port), b"p" * 20, left, event, None)


def test_who_announces_is_in_until_it_stops() -> None:
    swarm = Swarm()
    for each in (told(1), told(2, left=0), told(0)):
        swarm.heard(each)
    assert ([peer.port for peer in swarm.peers], swarm.seeds) == ([1, 2], 1)
    swarm.heard(told(2, event="stopped"))
    swarm.heard(told(3, event="stopped"))
    assert ([peer.port for peer in swarm.peers], swarm.seeds) == ([1], 0)


def test_a_swarm_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PEERS", 2)
    swarm = Swarm()
    for port in (1, 2, 3, 2):
        swarm.heard(told(port, left=port - 2 if port > 1 else 1))
    assert [peer.port for peer in swarm.peers] == [1, 2]
