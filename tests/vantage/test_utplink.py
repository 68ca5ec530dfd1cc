# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address

import pytest

from swarmwitness.swarm import Limits, PeerDialogue, Torrent
from swarmwitness.swarm.commands import Send
from swarmwitness.terms import Endpoint
from swarmwitness.vantage import Entropy
from swarmwitness.vantage.dial import PeerLink
from swarmwitness.vantage.utp import UtpHub, UtpLink

THERE = Endpoint.of("127.0.6.32", 6881)


@pytest.fixture
def dialogue(target, conduct):
    watched = target()
    torrent = Torrent.of(watched.info_hash, watched.metainfo, watched.works, True)
    peer_id = conduct.peer_id(Entropy().draw(12))
    return PeerDialogue(torrent, peer_id=peer_id, conduct=conduct, limits=Limits())


def test_it_has_the_public_face_of_a_link_over_tcp() -> None:
    shared = {"remote", "dialogue", "received_bytes", "connected", "tick", "close", "failed", "perform"}
    for kind in (PeerLink, UtpLink):
        assert shared <= set(dir(kind)), kind


def test_an_attempt_that_never_began(station, conduct, dialogue) -> None:
    async def go():
        ended: list[str] = []
        hub = UtpHub(station.recorder, conduct, Entropy(), local=ip_address("127.0.6.31"))
        link = UtpLink(hub, THERE, dialogue, lambda _, outcome: ended.append(outcome))
        link.tick()
        link.close("nothing to close")
        link.perform([Send(b"nobody")], station.recorder.now())
        link.failed("no_punch")
        link.failed("twice told")
        assert not link.connected
        return ended

    assert asyncio.run(go()) == ["no_punch"]
    ((index, failed),) = station.seen
    assert failed.remote == THERE
    assert failed.connection == index + 1
    assert json.loads(failed.payload) == {
        "event": "fail",
        "info_hash": str(dialogue.torrent.info_hash),
        "outcome": "no_punch",
        "transport": "utp",
    }


def test_a_visitor_has_nothing_to_say_before_it_stands(station, conduct) -> None:
    async def go():
        hub = UtpHub(station.recorder, conduct, Entropy(), local=ip_address("127.0.6.31"))
        link = UtpLink(hub, THERE, None, lambda *_: None)
        assert link.inbound
        assert link.about == {"transport": "utp", "direction": "in"}
        with pytest.raises(ValueError, match="before the connection stands"):
            _ = link.dialogue

    asyncio.run(go())
