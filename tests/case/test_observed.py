# SPDX-License-Identifier: Apache-2.0
"""Rows counted as they come, in bounded memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.case import observed
from swarmwitness.case.observed import Live, told_beside
from swarmwitness.observation import Replayer
from swarmwitness.terms import Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.vantage import Progress

ROW = Sighting(0, "192.0.2.1", 1, "ab" * 20, Rung.LISTED, "tracker", "log:x/1", "here")


def test_each_peer_counts_once_at_its_highest_rung() -> None:
    seen: list[Sighting] = []
    live = Live(Replayer("x"), None, seen.append)
    live.count([ROW, replace(ROW, rung=Rung.CLAIMED), replace(ROW, port=2)])
    assert live.peers_by_rung == {Rung.LISTED: 1, Rung.CLAIMED: 1}
    assert (live.n_rows, len(seen)) == (3, 3)


def test_beyond_the_bound_peers_are_told_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observed, "MOST_PEERS_COUNTED", 2)
    live = Live(Replayer("x"), None, None)
    live.count([replace(ROW, port=port) for port in range(1, 6)] + [replace(ROW, port=1, rung=Rung.PIECE)])
    assert live.peers_by_rung == {Rung.LISTED: 1, Rung.PIECE: 1}
    assert live.uncounted == 3
    assert "3 rows" in next(told_beside(live))


def test_who_is_named_in_our_own_swarms_is_told() -> None:
    live = Live(Replayer("x"), None, None)
    assert list(told_beside(live)) == []
    live.tell(Progress(0, 0, 0, {}, 0, 0, 0.0, controls={"dht": 7, "pex": 0}))
    assert list(told_beside(live)) == ["endpoints named in swarms of our own, in which nobody is: 7 by dht"]
