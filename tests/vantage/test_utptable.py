# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from swarmwitness.swarm.utp import UtpConnection
from swarmwitness.terms import Endpoint, Instant
from swarmwitness.vantage import Entropy
from swarmwitness.vantage.utplink import UtpLink
from swarmwitness.vantage.utptable import LinkTable
from swarmwitness.wire.utp import Packet, PacketType

WHERE, ELSEWHERE = ("192.0.2.7", 6881), ("192.0.2.8", 6881)
AT = Instant(0)
DIALOGUE = object()


def link(number: int, *, inbound: bool = False, punching: bool = False) -> UtpLink:
    made = UtpLink(
        None, Endpoint.of(*WHERE), None if inbound else DIALOGUE, lambda *_: None, punching=punching
    )
    made.where = WHERE
    syn = Packet(PacketType.SYN, number, 1, 0)
    made.connection = UtpConnection.accept(syn, 5, AT) if inbound else UtpConnection.dial(number, 5, AT)
    return made


def packet(kind: PacketType, number: int) -> Packet:
    return Packet(kind, number, 1, 1)


@pytest.fixture
def table() -> LinkTable:
    return LinkTable()


def test_a_packet_finds_its_connection_by_place_and_number(table) -> None:
    ours, visitor = link(65_535), link(20, inbound=True)
    table.enter(ours)
    table.enter(visitor)
    assert table.of(packet(PacketType.DATA, 65_535), WHERE) is ours
    assert table.of(packet(PacketType.DATA, 65_535), ELSEWHERE) is None
    assert table.of(packet(PacketType.DATA, 0), WHERE) is None
    assert table.of(packet(PacketType.SYN, 20), WHERE) is visitor, "its SYN again"
    assert table.of(packet(PacketType.DATA, 21), WHERE) is visitor
    assert len(table) == 2
    table.leave(ours)
    assert table.of(packet(PacketType.DATA, 65_535), WHERE) is None


@pytest.mark.parametrize(("inbound", "number"), [(False, 11), (True, 10)])
def test_a_reset_may_bear_the_number_that_we_wrote(table, inbound, number) -> None:
    held = link(10, inbound=inbound)
    table.enter(held)
    assert table.of(packet(PacketType.RESET, number), WHERE) is held
    assert table.of(packet(PacketType.RESET, 21 - number), WHERE) is held
    assert table.of(packet(PacketType.DATA, number), WHERE) is None
    assert table.of(packet(PacketType.RESET, 12), WHERE) is None


def test_visitors_count_until_they_prove_their_address(table) -> None:
    visitors = [link(number, inbound=True) for number in (10, 20, 30)]
    for visitor in visitors:
        table.enter(visitor)
    table.proved(visitors[0])
    table.leave(visitors[1])
    assert table.n_half_open == 1


def test_who_is_meant_by_a_refusal_and_by_a_call(table) -> None:
    plain, met = link(10), link(20, punching=True)
    for each in (plain, met, link(30, inbound=True)):
        table.enter(each)
    assert table.attempts_at(WHERE) == [plain]
    assert table.attempts_at(ELSEWHERE) == []
    assert table.punching(WHERE) is met
    table.leave(met)
    assert table.punching(WHERE) is None


def test_a_number_is_never_taken_twice(table) -> None:
    for number in range(0, 65_536, 2):
        if number not in (500, 502):
            table._links[WHERE, number] = link(number)
    assert table.free_number(ELSEWHERE, Entropy()) <= 0xFFFF
    for number in (500, 502):
        table._links[WHERE, number] = link(number)
    with pytest.raises(ValueError, match="no number"):
        table.free_number(WHERE, Entropy())
