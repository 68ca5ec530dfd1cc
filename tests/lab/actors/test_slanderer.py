# SPDX-License-Identifier: Apache-2.0
"""Liars lie as they are told: in handshakes, PEX and DHT answers that our own codecs read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from swarmwitness.lab.actors.slanderer import Slanderer, SlanderSpec, lie_by_pex
from swarmwitness.terms import Endpoint
from swarmwitness.wire import krpc, peerwire
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.pex import PexMessage

VICTIMS = [Endpoint.of(f"198.51.100.{n}", 6881) for n in range(1, 121)]


def test_a_spec_survives_its_file(tmp_path: Path) -> None:
    spec = SlanderSpec(("127.0.0.1:1",), ("192.0.2.1:6881",), "127.0.0.1:2", ("192.0.2.2:6881",))
    spec.write(tmp_path / "spec.json")
    assert SlanderSpec.read(tmp_path / "spec.json") == spec


async def visited() -> list[PexMessage]:
    server = await asyncio.start_server(lambda r, w: lie_by_pex(r, w, VICTIMS), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(peerwire.Handshake(bytes(5) + b"\x10\0\4", bytes(20), b"-SW0200-123456789012").to_wire())
    told = encode({b"m": {b"ut_pex": 9}})
    writer.write((2 + len(told)).to_bytes(4, "big") + b"\x14\0" + told)
    assert peerwire.Handshake.from_wire(await reader.readexactly(68)).info_hash == bytes(20)
    heard = []
    while sum(len(message.added) for message in heard) < len(VICTIMS):
        frame = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
        if frame[:2] == b"\x14\x09":
            heard.append(PexMessage.from_wire(frame[2:]))
    writer.close()
    server.close()
    return heard


def test_by_pex_every_victim_is_named_politely() -> None:
    heard = asyncio.run(asyncio.wait_for(visited(), 10))
    assert [peer.endpoint for message in heard for peer in message.added] == VICTIMS
    assert not any(message.anomalies for message in heard)


def test_dht_nodes_share_out_whom_they_name() -> None:
    nodes = [Endpoint.of(f"127.0.0.{n}", 6881) for n in (1, 2, 3)]
    liar = Slanderer(nodes, VICTIMS)
    query = krpc.Query(b"tt", "get_peers", bytes(20), bytes(20))
    named = set()
    for number in range(len(nodes)):
        ((by, data),) = list(liar._slander(query, number))
        answer = krpc.decode(data)
        assert by == number
        assert isinstance(answer, krpc.Response)
        named |= set(answer.values)
    assert named == set(VICTIMS)
