# SPDX-License-Identifier: Apache-2.0
"""Info_hashes of our own: asked for like any other, and of nobody who should not see them."""

from __future__ import annotations

import json

from swarmwitness.terms import InfoHash
from swarmwitness.vantage import Entropy, Target
from swarmwitness.vantage.controls import MAX_TRACKERS, controls, trackers_of
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo


def private(url: str) -> Target:
    info = {"name": "a", "piece length": 16384, "pieces": bytes(20), "length": 1, "private": 1}
    raw = encode({"info": info})
    metainfo = Metainfo.from_wire(raw)
    return Target(metainfo.info_hashes[0], metainfo, (url,), torrent_bytes=raw)


def test_decoys_and_canaries_are_ours_and_say_so(station) -> None:
    public = Target(InfoHash(bytes(20)), trackers=("http://t/a", "udp://t:1"))
    made = list(controls([public], 3, 2, 7001, Entropy()))
    assert [(t.control, t.canary_port) for t in made] == [("decoy", 0)] * 3 + [("canary", 7001)] * 2
    assert len({t.info_hash for t in made}) == 5
    assert {t.trackers for t in made} == {public.trackers}
    assert not any(t.pieces_allowed or t.works for t in made)
    for target in made:
        target.record(station.recorder)
    told = [json.loads(exhibit.payload) for _, exhibit in station.seen]
    assert [note["control"] for note in told] == ["decoy"] * 3 + ["canary"] * 2
    assert [note.get("port") for note in told] == [None] * 3 + [7001] * 2


def test_the_trackers_of_private_torrents_are_left_alone() -> None:
    assert trackers_of([private("http://t/passkey")]) == ()
    assert all(not t.trackers for t in controls([private("http://t/passkey")], 1, 1, 2, Entropy()))


def test_the_trackers_of_most_swarms_come_first_and_are_bounded() -> None:
    many = [Target(InfoHash(bytes([n]) * 20), trackers=(f"udp://t{n}:1", "udp://all:1")) for n in range(99)]
    found = trackers_of(many)
    assert found[0] == "udp://all:1"
    assert len(found) == MAX_TRACKERS
