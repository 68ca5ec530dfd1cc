# SPDX-License-Identifier: Apache-2.0
"""Trackers and nodes that name whom they cannot know; and those that do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from swarmwitness.observation.aside import Control, ControlSeen, NodeSaid
from swarmwitness.observation.classes.kinds import Kind
from swarmwitness.observation.classes.sources import Sources, near_bits
from swarmwitness.terms import Endpoint, InfoHash, Instant, Rung
from swarmwitness.terms.sighting import Sighting

NAME = InfoHash(bytes(range(20)))
NODE = Endpoint.of("192.0.2.7", 6881)
ROW = Sighting(
    0,
    "198.51.100.1",
    6881,
    NAME.to_text(),
    Rung.LISTED,
    "tracker",
    "log:o/5",
    "here",
    said_by="http://t.example",
)
SEEN = ControlSeen(Control.DECOY, ROW, ours=False)
SAID = NodeSaid(Instant(0), NODE, NAME.digest, None, None, "get_peers", True, NAME, exhibit="log:o/9")


def test_who_names_somebody_in_a_swarm_that_does_not_exist() -> None:
    sources = Sources()
    sources.control(SEEN)
    sources.control(replace(SEEN, row=replace(ROW, source="dht", said_by=NODE.to_text())))
    tracker, node = sources.classed()
    assert (tracker.kind, tracker.subject) == (Kind.INJECTING_TRACKER, "http://t.example")
    assert (node.kind, node.subject) == (Kind.DHT_POLLUTER, NODE)
    assert tracker.evidence == ("log:o/5",)


@pytest.mark.parametrize(
    "seen",
    [
        replace(SEEN, ours=True),
        replace(SEEN, control=Control.CANARY),
        replace(SEEN, row=replace(ROW, rung=Rung.HANDSHAKEN)),
        replace(SEEN, row=replace(ROW, source="pex")),
    ],
    ids=["us", "canary", "met", "pex"],
)
def test_who_names_us_or_a_canary_is_in_no_class(seen: ControlSeen) -> None:
    sources = Sources()
    sources.control(seen)
    assert list(sources.classed()) == []


def near(target: InfoHash, last: int) -> bytes:
    return target.on_wire[:6] + bytes(13) + bytes([last])


def test_a_node_that_stands_next_to_whatever_is_asked_for() -> None:
    other = InfoHash(bytes(range(100, 120)))
    sources = Sources()
    sources.node(replace(SAID, node_id=near(NAME, 1)))
    assert list(sources.classed()) == []
    sources.node(replace(SAID, node_id=near(other, 1), info_hash=other))
    (found,) = sources.classed()
    assert (found.kind, found.subject, found.counts["stands"]) == (Kind.DHT_POLLUTER, NODE, 2)


def test_honest_nodes_are_far_away_or_did_not_answer_us() -> None:
    sources = Sources()
    for number in range(20):
        sources.node(replace(SAID, node_id=bytes([255 - number]) + bytes(19)))
        sources.node(replace(SAID, node_id=near(NAME, number), by_us=False))
        sources.node(replace(SAID, node_id=None))
    assert list(sources.classed()) == []


def test_near_bits() -> None:
    assert near_bits(NAME.digest, NAME) == 160
    assert near_bits(b"\xff" + NAME.digest[1:], NAME) == 0
    assert near_bits(NAME.digest[:5] + b"\xff" + NAME.digest[6:], NAME) == 40
