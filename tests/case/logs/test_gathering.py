# SPDX-License-Identifier: Apache-2.0
"""What is gathered beside rows, event by event, and that it stays bounded."""

from __future__ import annotations

import pytest

from swarmwitness.case.logs import gathering
from swarmwitness.case.logs.gathering import Gathered
from swarmwitness.observation.aside import Control, ControlSeen, How, Poll, Possession, Targeted, Watched
from swarmwitness.swarm.torrent import Torrent
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Instant, Rung
from swarmwitness.terms.sighting import Sighting
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.metainfo import Metainfo

OURS, DECOY, CANARY = (InfoHash(bytes([n]) * 20) for n in (1, 2, 3))
PEER = Endpoint.of("198.51.100.7", 6881)


def poll(info_hash, source="tracker", outcome="answered", control=None, method="announce") -> Poll:
    return Poll("here", info_hash, 5, outcome, source, method, control)


def row(info_hash, source="tracker", rung=Rung.LISTED, connection="o/4", ip=str(PEER.ip)) -> Sighting:
    return Sighting(
        5, ip, 6881, info_hash.to_text(), rung, source, f"log:{connection}", "here", connection_id=connection
    )


def test_polls_and_watches_bear_the_name_of_their_log() -> None:
    gathered = Gathered()
    for origin in ("a", "b"):
        gathered.next_log(origin)
        gathered(poll(OURS))
        gathered(poll(OURS, outcome="refused"))
        gathered(poll(OURS, method="scrape"))  # in no table, and no part of how often was asked
        gathered(Watched("here", OURS, 0, 10))
    assert [origin for origin, _ in gathered.polls] == ["a", "a", "b", "b"]
    assert [(origin, n) for origin, _, n in gathered.watched] == [("a", 2), ("b", 2)]


def test_decoys_are_counted_by_poll_and_canaries_by_source() -> None:
    gathered = Gathered()
    for kind, name in ((Control.DECOY, DECOY), (Control.CANARY, CANARY)):
        gathered(Targeted(Torrent.of(name), kind))
        gathered(Watched("here", name, 0, 10, kind))
        for source in ("tracker", "dht"):
            gathered(poll(name, source, control=kind))
            gathered(poll(name, source, "timeout", control=kind))
        gathered(poll(name, control=kind, method="scrape"))  # it could have named nobody
    gathered(ControlSeen(Control.DECOY, row(DECOY), ours=False))
    gathered(ControlSeen(Control.DECOY, row(DECOY, ip="198.51.100.8"), ours=False))
    gathered(ControlSeen(Control.DECOY, row(DECOY, "outbound", Rung.HANDSHAKEN), ours=False))
    gathered(ControlSeen(Control.CANARY, row(CANARY), ours=True))
    tally = gathered.controls
    assert gathered.polls == []
    assert gathered.watched == []
    assert tally.polls[Control.DECOY, "tracker"] == 1
    assert {source: len(polls) for source, polls in tally.polluted.items()} == {"tracker": 1}
    assert tally.met == {Control.DECOY: {(str(PEER.ip), 6881)}}
    assert tally.planted == {"tracker": {CANARY}, "dht": {CANARY}}
    assert tally.found == {"tracker": {CANARY}}


def test_addresses_remember_by_which_sources_they_were_named() -> None:
    gathered = Gathered()
    for source in ("tracker", "pex", "outbound"):
        gathered.row(row(OURS, source))
    assert gathered.addresses == {(OURS.on_wire, str(PEER.ip)): 0b101}


def hybrid() -> Metainfo:
    """One torrent under two names."""
    tree = {"f": {"": {"length": 16384, "pieces root": bytes([7]) * 32}}}
    info = {
        "name": "f", "piece length": 16384, "meta version": 2, "file tree": tree, "length": 16384,
        "pieces": bytes(20),
    }  # fmt: skip
    return Metainfo.from_wire(encode({"info": info}))


def test_both_names_of_a_hybrid_torrent_are_one_swarm() -> None:
    metainfo = hybrid()
    gathered = Gathered()
    for name in metainfo.info_hashes:
        gathered(Targeted(Torrent.of(name, metainfo)))
        endpoint = Endpoint(PEER.ip, name.digest[0])
        when = Instant(10**9, 10**9)
        full = Bitfield.full(1)
        gathered(Possession(1, endpoint, name, when, when, How.DECLARED, full))
    (swarm,) = gathered.swarms()
    assert len(swarm.holdings.told().peers) == 2


def test_what_is_unknown_has_no_holdings() -> None:
    gathered = Gathered()
    gathered(Targeted(Torrent.of(OURS)))
    gathered.row(row(OURS))
    gathered.row(row(DECOY))
    assert list(gathered.swarms()) == []


def test_memory_is_bounded_and_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MAX_POLLS", 3)
    monkeypatch.setattr(gathering, "MAX_ADDRESSES", 2)
    monkeypatch.setattr(gathering, "MAX_MET", 4)
    gathered = Gathered()
    for n in range(9):
        gathered(poll(OURS))
        gathered.row(row(OURS, ip=f"198.51.100.{n}"))
        gathered(ControlSeen(Control.DECOY, row(DECOY, ip=f"198.51.100.{n}"), ours=False))
    assert len(gathered.polls) == 3
    assert len(gathered.addresses) == 2
    assert len(gathered.controls.strangers[Control.DECOY, "tracker"]) == 4
    assert len(list(gathered.warnings())) == 2
