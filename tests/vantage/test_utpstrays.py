# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address

from swarmwitness.evidence import Direction
from swarmwitness.terms import Endpoint
from swarmwitness.vantage.datagrams import Datagrams
from swarmwitness.vantage.utpstrays import Strays, endpoint_of
from swarmwitness.wire.utp import Packet, PacketType

WHERE = ("127.0.6.22", 6881)


def test_a_zone_means_nothing_elsewhere() -> None:
    assert endpoint_of(("fe80::1%eth0", 5)) == Endpoint.of("fe80::1", 5)


def test_kept_within_limits_and_counted_beyond(station, conduct) -> None:
    async def go():
        socket = Datagrams(ip_address("127.0.6.21"), 0, lambda *_: None, lambda *_: None)
        strays = Strays(station.recorder, conduct)
        kept = sum(strays.keep(socket, b"?", WHERE) for _ in range(1000))
        beyond = strays.dropped
        strays.tell()
        strays.tell()
        socket.close()
        return kept, beyond, socket.local

    kept, beyond, local = asyncio.run(go())
    assert 0 < kept < 1000
    assert kept + beyond == 1000
    *datagrams, (_, note) = station.seen
    assert json.loads(note.payload) == {"datagrams": beyond, "event": "dropped", "transport": "utp"}
    assert len(datagrams) == kept
    _, exhibit = datagrams[0]
    assert (exhibit.kind, exhibit.connection, exhibit.local) == ("utp", 0, local)
    assert exhibit.remote == Endpoint.of(*WHERE)


def test_the_answer_is_recorded_and_no_longer_than_the_question(station, conduct) -> None:
    async def go():
        socket = Datagrams(ip_address("127.0.6.21"), 0, lambda *_: None, lambda *_: None)
        question = Packet(PacketType.DATA, 7, 500, 100)
        Strays(station.recorder, conduct).answer(socket, question, WHERE)
        Strays(station.recorder, conduct).answer(socket, question, ("127.0.6.22", 0))
        socket.close()
        return question

    question = asyncio.run(go())
    ((_, exhibit),) = station.seen
    assert exhibit.direction is Direction.OUT
    assert len(exhibit.payload) <= len(question.to_wire())
    assert Packet.from_wire(exhibit.payload).type is PacketType.RESET
