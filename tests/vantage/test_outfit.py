# SPDX-License-Identifier: Apache-2.0
"""What all swarms share: ways out, our own endpoints, our canaries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from ipaddress import ip_address

import pytest

from swarmwitness.swarm.mse import EncryptedDialogue
from swarmwitness.swarm.way import Way
from swarmwitness.terms import Endpoint, InfoHash
from swarmwitness.vantage import Entropy, Target, WatchSettings
from swarmwitness.vantage.dial import PeerLink
from swarmwitness.vantage.outfit import MOST_TOLD, outfit_of
from swarmwitness.vantage.utp import UtpHub, UtpLink

PEER = Endpoint.of("127.0.3.1", 6881)
OURS = ip_address("203.0.114.9")


@pytest.fixture
def outfit(station, conduct):
    async def made():
        return outfit_of(station.recorder, conduct, WatchSettings(), Entropy())

    return asyncio.run(made())


def ignore(*_: object) -> None:
    """Nobody is told."""


@pytest.mark.parametrize(
    ("way", "link", "encrypted", "punching"),
    [
        (Way("tcp"), PeerLink, False, None),
        (Way("tcp", mse=True), PeerLink, True, None),
        (Way("utp"), UtpLink, False, False),
        (Way("utp", mse=True), UtpLink, True, False),
        (Way("utp", relay=PEER), UtpLink, False, True),
    ],
    ids=lambda value: value.name if isinstance(value, Way) else "",
)
def test_every_way_has_its_link(outfit, target, way, link, encrypted, punching) -> None:
    outfit.hub = UtpHub(outfit.recorder, outfit.conduct, outfit.entropy)
    made, _ = outfit.attempt(target().torrent, PEER, way, ignore, ignore)
    assert isinstance(made, link)
    assert isinstance(made.dialogue, EncryptedDialogue) is encrypted
    assert getattr(made, "punching", None) is punching


def test_hole_punching_is_offered_where_a_socket_can_take_it(outfit) -> None:
    assert not outfit.offer().holepunch
    outfit.hub = UtpHub(outfit.recorder, outfit.conduct, outfit.entropy)
    outfit.port = 7000
    assert (outfit.offer().holepunch, outfit.offer().port) == (True, 7000)
    outfit.settings = replace(outfit.settings, holepunch=False, pex=False)
    assert (outfit.offer().holepunch, outfit.offer().pex) == (False, False)


def test_our_address_is_believed_when_two_agree(outfit, station) -> None:
    outfit.ports = (7000, 7001)
    outfit.known_as(OURS, "http://one:80")
    outfit.known_as(OURS, "http://one:80")
    assert outfit.shared.told == set()
    outfit.known_as(OURS, "udp://two:1")
    outfit.known_as(OURS, "udp://three:1")
    assert outfit.shared.told == {Endpoint(OURS, 7000), Endpoint(OURS, 7001)}
    assert outfit.shared.own == set(), "two trackers can be one, and hide a peer: it is met all the same"
    told = [json.loads(exhibit.payload) for _, exhibit in station.seen]
    assert told == [
        {"event": "listen", "external": f"{OURS}:{port}", "transport": "tcp"} for port in (7000, 7001)
    ]


def test_what_others_call_us_is_bounded(outfit) -> None:
    for number in range(10 * MOST_TOLD):
        outfit.known_as(ip_address(number + (1 << 30)), "http://liar:80")
    assert len(outfit._told) == MOST_TOLD


def test_a_canary_is_found_once_by_each_source(outfit) -> None:
    canary = Target(InfoHash(bytes(20)), control="canary", canary_port=7001)
    outfit.ports = (7000, 7001)
    outfit.owns(OURS)
    for source in ("tracker", "tracker", "dht"):
        outfit.found(Endpoint(OURS, 7001), source, canary)
    outfit.found(Endpoint(OURS, 7000), "pex", canary)
    outfit.found(Endpoint.of("203.0.114.1", 7001), "lsd", canary)
    assert dict(outfit.shared.tally.canaries_found) == {"tracker": 1, "dht": 1}
