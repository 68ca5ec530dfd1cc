# SPDX-License-Identifier: Apache-2.0
"""What crossed the network becomes the streams of both sides."""

from __future__ import annotations

import pytest

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.facts import KeyedExchange, Speaker
from swarmwitness.swarm.layers import Layers
from swarmwitness.swarm.mse import Initiator, Responder
from swarmwitness.swarm.mse.keys import among
from swarmwitness.terms import InfoHash


def test_plain_tcp_is_its_own_stream() -> None:
    layers = Layers("tcp")
    assert layers.feed(Speaker.PEER, b"one") == [(Speaker.PEER, b"one")]
    assert layers.feed(Speaker.US, b"two") == [(Speaker.US, b"two")]
    assert layers.name == "tcp"


HASH = "ab" * 20
TORRENT = Torrent.of(InfoHash.from_text(HASH))


def exchange(cut: int, torrent: Torrent = TORRENT):
    """A whole exchange with a few words in both directions: (raw portion, who sent it), in order."""
    caller = Initiator(torrent, b"a" * 20, bytes([0, 9]) + bytes(512))
    called = Responder(among(lambda: [torrent]), b"b" * 20, bytes([1, 9]) + bytes(512))
    caller.say(b"from the caller")
    called.say(b"from the called")
    said = [(caller.begin(), "caller")]
    out, _ = called.hear(said[0][0])
    said.append((out, "called"))
    out, _ = caller.hear(out)
    said.append((out, "caller"))
    out, _ = called.hear(out)
    said.append((out, "called"))
    return [(raw[at : at + cut], who) for raw, who in said for at in range(0, len(raw), cut)]


@pytest.mark.parametrize("cut", [1, 97, 10**6])
def test_an_outbound_exchange(cut) -> None:
    layers = Layers("tcp")
    assert layers.keyed("initiator", b"a" * 20, lambda: [TORRENT]) == []
    read, facts = {Speaker.US: b"", Speaker.PEER: b""}, []
    for raw, who in exchange(cut):
        portions = layers.feed(Speaker.US if who == "caller" else Speaker.PEER, raw)
        facts += layers.facts()
        assert facts or not any(speaker is Speaker.PEER for speaker, _ in portions)
        for speaker, plain in portions:
            read[speaker] += plain
    assert read == {Speaker.US: b"from the caller", Speaker.PEER: b"from the called"}
    assert (facts, layers.name, layers.torrent) == ([KeyedExchange()], "tcp+mse", TORRENT)


@pytest.mark.parametrize("cut", [1, 97, 10**6])
def test_an_inbound_exchange_whose_note_stands_behind_the_peers_key(cut) -> None:
    layers, noted, heard = Layers("tcp", inbound=True), False, 0
    read, facts = {Speaker.US: b"", Speaker.PEER: b""}, []
    for raw, who in exchange(cut):
        speaker = Speaker.PEER if who == "caller" else Speaker.US
        portions = layers.feed(speaker, raw)
        heard += len(raw)
        if not noted:
            assert portions == []
            assert layers.name == "tcp"
        if not noted and heard >= 96:
            noted = True
            portions += layers.keyed("responder", b"b" * 20, lambda: [TORRENT])
        facts += layers.facts()
        for said_by, plain in portions:
            read[said_by] += plain
    assert read == {Speaker.PEER: b"from the caller", Speaker.US: b"from the called"}
    assert (facts, layers.torrent, layers.unwatched) == ([KeyedExchange()], TORRENT, False)


def test_an_inbound_exchange_about_what_is_not_watched() -> None:
    layers = Layers("tcp", inbound=True)
    (hello, _), (_, _), (call, _), _ = exchange(10**6)
    layers.feed(Speaker.PEER, hello)
    layers.keyed("responder", b"b" * 20, list)
    assert layers.feed(Speaker.PEER, call) == []
    assert (layers.unwatched, layers.torrent, layers.facts()) == (True, None, [])


@pytest.mark.parametrize("cut", [1, 19, 20, 68])
def test_an_inbound_handshake_in_the_open(cut) -> None:
    layers, shake = Layers("tcp", inbound=True), b"\x13BitTorrent protocol" + bytes(48)
    read = [layers.feed(Speaker.PEER, shake[at : at + cut]) for at in range(0, len(shake), cut)]
    assert b"".join(plain for portions in read for _, plain in portions) == shake
    assert layers.feed(Speaker.PEER, b"more") == [(Speaker.PEER, b"more")]
    assert layers.feed(Speaker.US, b"ours") == [(Speaker.US, b"ours")]


def test_what_is_held_of_a_visitor_is_bounded() -> None:
    layers = Layers("tcp", inbound=True)
    for _ in range(40):
        assert layers.feed(Speaker.PEER, b"\x80" * (1 << 16)) == []
    assert len(layers._undecided) == 1 << 20
