# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest

from swarmwitness.swarm import Conduct
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.vantage import Entropy, WatchSettings
from swarmwitness.vantage.swarmwatch import SwarmWatch

SETTINGS = WatchSettings(connect_timeout_s=1, announce_timeout_s=1)


@pytest.fixture
def swarm_of(station, target, conduct):
    def made(*trackers, conduct=conduct):
        return SwarmWatch(target(*trackers), station.recorder, conduct, SETTINGS, Entropy())

    return made


def test_listed_endpoints_are_dialled_and_hung_up(peers, words, station, swarm_of) -> None:
    async def run():
        async with peers.peer(words.seed()) as seed, peers.tracker(seed) as url:
            swarm = swarm_of(url)
            await swarm.ask(swarm.trackers[0])
            at = station.recorder.now()
            due = swarm.take_due(at)
            assert due is not None
            assert due[0] == seed
            assert swarm.take_due(at) is None
            await swarm.dial(*due)
            for _ in range(250):
                if swarm.rungs() == {Rung.PART: 1}:
                    break
                await asyncio.sleep(0.02)
            held = (dict(swarm.rungs()), swarm.received_bytes)
            swarm.hang_up()
            for _ in range(250):
                if not swarm.links:
                    break
                await asyncio.sleep(0.02)
            return swarm, held

    swarm, (rungs, received) = asyncio.run(run())
    assert rungs == {Rung.PART: 1}
    assert swarm.rungs() == {Rung.PART: 1}
    assert received == swarm.received_bytes > 1000, "the shortest piece has 1,000 bytes"
    assert (swarm.dials, dict(swarm.outcomes), dict(swarm.announces)) == (
        1,
        {"we_closed": 1},
        {"answered": 1},
    )
    assert swarm.links == {}


def test_manners_postpone(peers, words, station, swarm_of) -> None:
    conduct = Conduct(dials_per_network_per_s=1, private_networks=True)
    swarm = swarm_of(conduct=conduct)
    at = station.recorder.now()
    for port in (1, 2):
        swarm.roster.listed(Endpoint.of("127.0.0.1", port), at)
    assert swarm.take_due(at) is not None
    assert swarm.take_due(at) is None
    assert len(swarm.roster) == 2


def test_a_crowded_network_does_not_hold_up_the_others(station, swarm_of) -> None:
    swarm = swarm_of(conduct=Conduct(dials_per_network_per_s=1, private_networks=True))
    at = station.recorder.now()
    for n in range(50):
        swarm.roster.listed(Endpoint.of("127.0.0.1", n + 1), at)
    swarm.roster.listed(Endpoint.of("127.0.1.1", 1), at)
    assert [str(swarm.take_due(at)[0].ip) for _ in range(2)] == ["127.0.0.1", "127.0.1.1"]
    assert swarm.take_due(at) is None


def test_a_tracker_that_fails_is_counted(swarm_of) -> None:
    swarm = swarm_of("http://127.0.0.1:1/announce")
    asyncio.run(swarm.ask(swarm.trackers[0]))
    assert dict(swarm.announces) == {"refused": 1}
    assert not swarm.trackers[0].started
    assert swarm.busy == set()


def test_only_trackers_that_took_us_in_get_a_farewell(peers, swarm_of) -> None:
    asked = []

    async def run():
        async with peers.tracker(asked=asked) as url:
            swarm = swarm_of(url, "http://127.0.0.1:1/announce")
            for tracker in swarm.trackers:
                await swarm.ask(tracker)
            await swarm.farewell()

    asyncio.run(run())
    assert [request.event for request in asked] == ["started", "stopped"]


def test_a_tracker_named_twice_is_asked_once(swarm_of) -> None:
    assert len(swarm_of("http://t/a", "http://t/a", "http://t/b").trackers) == 2
