# SPDX-License-Identifier: Apache-2.0
"""Peers that come to us: over TCP and uTP, plain and encrypted; each finds its swarm, once."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager
from dataclasses import replace
from ipaddress import ip_address

import pytest

from swarmwitness.swarm.conduct import Conduct
from swarmwitness.swarm.way import Way
from swarmwitness.terms import Endpoint, InputError, Rung
from swarmwitness.vantage import Entropy, WatchSettings
from swarmwitness.vantage.doors import Doors, own_addresses
from swarmwitness.vantage.outfit import outfit_of
from swarmwitness.vantage.swarmwatch import SwarmWatch

HERE = ip_address("127.0.4.1")


class Hosts:
    """One swarm."""

    def __init__(self, swarm: SwarmWatch | None = None) -> None:
        self.swarm = swarm

    def torrent(self, on_wire):
        known = self.swarm is not None and on_wire == self.swarm.torrent.info_hash.on_wire
        return self.swarm.torrent if known else None

    def torrents(self):
        return iter(() if self.swarm is None else (self.swarm.torrent,))

    def host(self, on_wire):
        return self.swarm


@pytest.fixture
def house(station, target, conduct, free_port):
    """A swarm with its doors open, looked at every 20 ms."""

    @asynccontextmanager
    async def opened(**settings):
        said = replace(WatchSettings(local=HERE, listen_port=free_port), **settings)
        outfit = outfit_of(station.recorder, conduct, said, Entropy())
        hosts = Hosts()
        doors = Doors(outfit, hosts)
        await doors.open()
        hosts.swarm = SwarmWatch(target(), outfit)
        task = asyncio.ensure_future(look(doors, station.recorder))
        try:
            yield hosts.swarm, outfit, doors
        finally:
            task.cancel()
            hosts.swarm.hang_up()
            doors.close()
            await asyncio.sleep(0.05)

    async def look(doors, recorder):
        while True:
            await asyncio.sleep(0.02)
            doors.step(recorder.now())
            doors.tick(recorder.now())

    return opened


async def until(done, seconds: float = 5) -> bool:
    for _ in range(int(seconds / 0.02)):
        if done():
            return True
        await asyncio.sleep(0.02)
    return False


@pytest.mark.parametrize(
    "way",
    [Way("tcp"), Way("tcp", mse=True), Way("utp"), Way("utp", mse=True)],
    ids=lambda way: way.name,
)
def test_by_every_way_a_visitor_joins_its_swarm(house, station, target, way) -> None:
    """The visitor is an observer of our own at another address; it has nothing and says so."""

    async def run():
        another = Conduct(private_networks=True)
        caller = outfit_of(station.recorder, another, WatchSettings(local=ip_address("127.0.4.2")), Entropy())
        calls = Doors(caller, Hosts())
        await calls.open()
        async with house() as (swarm, outfit, _):
            there = Endpoint(HERE, outfit.port)
            link, dial = caller.attempt(target().torrent, there, way, lambda *_: None, lambda *_: None)
            await dial()
            assert await until(lambda: swarm.links)
            (held,) = swarm.links.values()
            assert await until(lambda: held.top is Rung.HANDSHAKEN)
            assert (held.inbound, held.way.transport) == (True, way.transport)
            assert await until(lambda: link.dialogue.ladder.top is Rung.HANDSHAKEN)
            link.close("we_closed")
            assert await until(lambda: not swarm.links)
            calls.close()
            return outfit

    outfit = asyncio.run(run())
    assert not outfit.held
    assert outfit.shared.tally.by_source["inbound"] == 1
    opened = [json.loads(e.payload) for _, e in station.seen if e.kind == "net"]
    assert [note for note in opened if note["event"] == "open" and note.get("direction") == "in"]


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not_bittorrent"),
        (b"\x13BitTorrent protocol" + bytes(8) + b"x" * 40, "unwatched"),
    ],
)
def test_who_wants_nothing_that_we_watch_belongs_nowhere(house, first, outcome) -> None:
    async def run():
        async with house() as (swarm, outfit, doors):
            reader, writer = await asyncio.open_connection(str(HERE), outfit.port)
            writer.write(first)
            assert await reader.read() == b"", "nothing is said"
            writer.close()
            assert await until(lambda: outfit.shared.tally.outcomes[outcome])
            assert doors._visitors == {}
            return swarm

    assert asyncio.run(run()).links == {}


def test_who_says_nothing_is_left(house) -> None:
    limits = replace(WatchSettings().limits, handshake_ns=200_000_000)

    async def run():
        async with house(limits=limits) as (_, outfit, __):
            reader, writer = await asyncio.open_connection(str(HERE), outfit.port)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
            assert await until(lambda: outfit.shared.tally.outcomes["handshake_timeout"])

    asyncio.run(run())


def test_canaries_have_a_port_of_their_own_and_both_are_ours(house) -> None:
    async def run():
        async with house(canaries=1, external=ip_address("203.0.114.9")) as (_, outfit, __):
            return outfit.port, outfit.ports, outfit.shared.own

    port, ports, own = asyncio.run(run())
    assert ports == (port, port + 1)
    assert own == {Endpoint(ip, each) for ip in (HERE, ip_address("203.0.114.9")) for each in ports}


def test_without_a_port_nobody_comes_in_and_utp_goes_out(house) -> None:
    async def run():
        async with house(listen_port=0) as (_, outfit, doors):
            return outfit.port, outfit.ports, outfit.hub is not None, doors._listeners

    assert asyncio.run(run()) == (0, (), True, [])


def test_a_port_that_is_taken_is_named(house) -> None:
    async def run():
        with socket.socket() as taken:
            taken.bind((str(HERE), 0))
            taken.listen()
            async with house(listen_port=taken.getsockname()[1]):
                pass

    with pytest.raises(InputError, match="cannot listen on port") as refused:
        asyncio.run(run())
    assert refused.value.field == "observe.listen"


def test_an_address_that_is_not_ours_is_named_as_such(house) -> None:
    async def run():
        async with house(listen_port=0, local=ip_address("203.0.113.77")):
            pass

    with pytest.raises(InputError, match="no address of this machine") as refused:
        asyncio.run(run())
    assert refused.value.field.startswith("observe.address")


def test_the_machine_knows_from_where_it_goes_out() -> None:
    found = [ip_address(text) for text in own_addresses()]
    assert len(found) <= 2
    assert not any(address.is_unspecified for address in found)
