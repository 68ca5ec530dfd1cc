# SPDX-License-Identifier: Apache-2.0
"""All sources of one watch, set up together."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address

import pytest

from swarmwitness.swarm.facts import DhtPortSeen
from swarmwitness.terms import Endpoint, InfoHash, InputError
from swarmwitness.vantage import Entropy, Target, WatchSettings
from swarmwitness.vantage.doors import Doors
from swarmwitness.vantage.hearsay import Hearsay
from swarmwitness.vantage.outfit import outfit_of
from swarmwitness.vantage.swarmwatch import SwarmWatch

HERE = ip_address("127.0.4.1")
NOWHERE = ip_address("192.0.2.77")


class Nobody:
    """Nothing is watched by those who come."""

    def torrent(self, on_wire):
        return None

    def torrents(self):
        return iter(())

    def host(self, on_wire):
        raise KeyError(on_wire)


@pytest.fixture
def heard(station, conduct):
    """The hearsay of these targets, after all that is due at once has ended."""

    def run(targets, **settings):
        async def ask():
            said = WatchSettings(**{"local": HERE} | settings)
            outfit = outfit_of(station.recorder, conduct, said, Entropy())
            doors = Doors(outfit, Nobody())
            await doors.open()
            swarms = [SwarmWatch(target, outfit) for target in targets]
            hearsay = Hearsay(outfit, Nobody())
            at = station.recorder.now()
            await hearsay.open(swarms, at)
            planned = [(s.target.control, announce) for r in hearsay._lookups for *_, s, announce in r._heap]
            await asyncio.gather(*hearsay.due(at))
            swarms[0].learn(Endpoint.of("127.0.4.9", 1), DhtPortSeen(2), at)
            nodes = [node.n_nodes for node in hearsay._nodes]
            listening = len(hearsay._local)
            hearsay.close()
            doors.close()
            return outfit, planned, nodes, listening

        return asyncio.run(ask())

    return run


def targets(*trackers: str) -> list[Target]:
    return [
        Target(InfoHash(bytes([1]) * 20), trackers=trackers),
        Target(InfoHash(bytes([2]) * 20), trackers=trackers, control="decoy"),
        Target(InfoHash(bytes([3]) * 20), trackers=trackers, control="canary", canary_port=9),
    ]


def test_trackers_are_asked_about_everything(heard) -> None:
    outfit, planned, *_ = heard(targets("http://127.0.0.1:1/announce"))
    assert dict(outfit.shared.tally.announces) == {"refused": 3}
    assert planned == []


def test_the_dht_is_told_of_no_decoy_and_of_a_canary_by_a_node_of_its_own(heard, free_port) -> None:
    outfit, planned, nodes, _ = heard(targets(), dht=True, listen_port=free_port)
    assert planned == [("", True), ("decoy", False), ("canary", False), ("canary", True)]
    assert outfit.shared.tally.lookups == {"no_nodes": 4}
    assert len(nodes) == 2


def test_local_announcements_are_listened_to_at_our_address(heard) -> None:
    assert heard(targets(), lsd=True)[3] == 1
    assert heard(targets())[3] == 0


def test_an_address_that_hears_nothing_does_not_end_discovery_on_the_others(heard, station) -> None:
    outfit, _, _, listening = heard(targets(), lsd=True, utp=False, local=NOWHERE, local6=ip_address("::1"))
    assert listening == 1
    assert outfit.shared.tally.oddities == {"lsd_unheard": 1}
    ((note, local),) = unheard(station)
    assert note == {"event": "unheard", "transport": "lsd", "outcome": note["outcome"]}
    assert note["outcome"] in ("no_local_address", "unreachable", "os_error")
    assert local == Endpoint(NOWHERE, 0)


def test_where_no_address_hears_anything_the_watch_says_so(heard, station) -> None:
    with pytest.raises(InputError, match="cannot be joined"):
        heard(targets(), lsd=True, utp=False, local=NOWHERE)
    assert len(unheard(station)) == 1


def unheard(station):
    notes = [(json.loads(e.payload), e.local) for _, e in station.seen if e.kind == "net"]
    return [each for each in notes if each[0]["event"] == "unheard"]
