# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.observation.early import MAX_CONNECTIONS, MAX_EACH, EarlyDatagrams
from swarmwitness.observation.rows import Cited
from swarmwitness.terms import Instant


def cited(index: int, connection: int) -> Cited:
    exhibit = Exhibit("utp", Direction.IN, Instant(index), "here", connection, None, None, b"x")
    return Cited(index, exhibit)


def test_what_waits_is_given_out_once_and_in_order() -> None:
    early = EarlyDatagrams()
    assert all(early.hold(cited(index, 7)) for index in (1, 2, 3))
    assert early.hold(cited(4, 8))
    assert [each.index for each in early.take(7)] == [1, 2, 3]
    assert early.take(7) == []
    assert len(early) == 1
    early.clear()
    assert early.take(8) == []


def test_a_stray_belongs_to_nobody() -> None:
    early = EarlyDatagrams()
    assert not early.hold(cited(1, 0))
    assert len(early) == 0


def test_memory_is_bounded_by_connections_and_by_datagrams() -> None:
    early = EarlyDatagrams()
    for connection in range(1, MAX_CONNECTIONS + 11):
        assert early.hold(cited(connection, connection))
    assert len(early) == MAX_CONNECTIONS
    assert early.take(10) == [], "the oldest goes"
    assert [early.hold(cited(index, 11)) for index in range(MAX_EACH)] == [True] * (MAX_EACH - 1) + [False]
