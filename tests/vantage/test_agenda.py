# SPDX-License-Identifier: Apache-2.0
import time

import pytest

from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage.agenda import FAIR, Agenda, Errand, Urgency

TCP = ("tcp",)


def at(seconds: float) -> Instant:
    return Instant(0, int(seconds * 1e9))


def errand(owner: str, host: int, urgency: Urgency = Urgency.FRESH, transport: str = "tcp") -> Errand[str]:
    return Errand(owner, Endpoint.of(f"203.0.{host >> 8}.{host & 255}", 1), urgency, transport)


def nobody_crowds(_: Endpoint) -> bool:
    return False


@pytest.fixture
def agenda() -> Agenda[str]:
    return Agenda(pace_per_network=2)


def taken(agenda, n=1000, transports=TCP, crowded=nobody_crowds) -> list[Errand[str]]:
    found = []
    while len(found) < n and (one := agenda.take(transports, crowded)) is not None:
        found.append(one)
    return found


def test_nothing_is_taken_before_it_is_due(agenda) -> None:
    agenda.put(errand("a", 1), int(5e9))
    agenda.wake(at(4.9))
    assert agenda.take(TCP, nobody_crowds) is None
    agenda.wake(at(5))
    assert taken(agenda) == [errand("a", 1)]
    assert len(agenda) == 0


def test_swarms_take_turns(agenda) -> None:
    for host in range(50):
        agenda.put(errand("crowd", host), 0)
    agenda.put(errand("small", 99), 0)
    agenda.wake(at(1))
    assert [one.owner for one in taken(agenda, 3)] == ["crowd", "small", "crowd"]


def test_the_urgent_go_first_and_nobody_starves(agenda) -> None:
    for host in range(40):
        agenda.put(errand("a", host, Urgency.LIVE), 0)
    agenda.put(errand("a", 99, Urgency.SILENT), 0)
    agenda.wake(at(1))
    order = [one.urgency for one in taken(agenda)]
    assert order[: FAIR - 1] == [Urgency.LIVE] * (FAIR - 1)
    assert order[FAIR - 1] is Urgency.SILENT


def test_a_transport_without_room_is_passed_over(agenda) -> None:
    agenda.put(errand("a", 1), 0)
    agenda.put(errand("a", 2, transport="utp"), 0)
    agenda.wake(at(1))
    assert [one.transport for one in taken(agenda, transports=("utp",))] == ["utp"]
    assert agenda.waits(Urgency.FRESH, "tcp")
    assert not agenda.waits(Urgency.FRESH, "utp")
    assert taken(agenda, transports=()) == []


def test_a_crowded_network_is_parked_and_comes_back_at_its_pace(agenda) -> None:
    crowded = {203 << 16}

    def crowds(endpoint: Endpoint) -> bool:
        return int(endpoint.ip) >> 8 in crowded

    for host in range(6):
        agenda.put(errand("a", host), 0)
    agenda.put(errand("a", 256), 0)
    agenda.wake(at(1))
    assert [int(one.endpoint.ip) & 0xFFFF for one in taken(agenda, crowded=crowds)] == [256]
    assert len(agenda) == 6
    crowded.clear()
    agenda.wake(at(1.5))
    assert taken(agenda) == [], "the second is not over"
    counts = []
    for second in (2, 3, 4, 5):
        agenda.wake(at(second))
        counts.append(len(taken(agenda)))
    assert counts == [2, 2, 2, 0]


def test_a_look_costs_the_same_however_many_wait() -> None:
    """Ten thousand swarms with a dead endpoint each, none due: a look does not pass over them."""
    agenda: Agenda[str] = Agenda(10)
    for number in range(10_000):
        agenda.put(errand(str(number), number), int(1e12))
    begun = time.perf_counter()
    for _ in range(1000):
        agenda.wake(at(1))
        assert agenda.take(TCP, nobody_crowds) is None
    assert time.perf_counter() - begun < 0.5
