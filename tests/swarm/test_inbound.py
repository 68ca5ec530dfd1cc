# SPDX-License-Identifier: Apache-2.0
"""Peers that come to us: what their first bytes decide, and that nothing is said too early."""

from __future__ import annotations

import pytest

from swarmwitness.swarm import Limits, PeerDialogue, Torrent
from swarmwitness.swarm.commands import Close, Remark, Send
from swarmwitness.swarm.facts import KeyedExchange
from swarmwitness.swarm.inbound import InboundDialogue, speaks_bittorrent, speaks_text
from swarmwitness.swarm.mse import Initiator
from swarmwitness.terms import InfoHash, Rung

OURS, THEIRS = b"o" * 20, b"t" * 20
PADS = bytes([1, 44]) + b"q" * 512
STRANGE = b"z" * 20


@pytest.fixture
def inbound(sample, conduct):
    """A conversation with a visitor; the sample and one more torrent are watched."""
    known = {
        each.info_hash.on_wire: each for each in (Torrent.of(InfoHash.from_text("ab" * 20)), sample.torrent)
    }

    def made(told=None, refuse=False, limits=None):
        limits = limits or Limits()

        def make(torrent):
            return (
                None
                if refuse
                else PeerDialogue(
                    torrent,
                    peer_id=conduct.peer_id(b"r" * 12),
                    conduct=conduct,
                    limits=limits,
                    listen_first=True,
                    on_fact=None if told is None else lambda fact, _: told.append(fact),
                )
            )

        return InboundDialogue(known.get, known.values, make, limits=limits, private=OURS, pads=PADS)

    return made


def feed(dialogue, data: bytes, at, cut: int = 10**6):
    """Everything that comes of it, until it hangs up."""
    commands = []
    for start in range(0, len(data), cut):
        commands += dialogue.received(data[start : start + cut], at)
        if any(isinstance(command, Close) for command in commands):
            break
    return commands


def sent(commands) -> bytes:
    return b"".join(command.data for command in commands if isinstance(command, Send))


@pytest.mark.parametrize("cut", [1, 48, 68, 10**6])
def test_a_plain_visitor(inbound, words, sample, at, cut) -> None:
    dialogue, on_wire = inbound(), sample.torrent.info_hash.on_wire
    assert dialogue.connected(at(0)) == []
    assert (dialogue.torrent, dialogue.ladder.top) == (None, Rung.REACHABLE)
    commands = feed(dialogue, words.shake(on_wire) + words.have_all, at(1), cut)
    assert all(isinstance(command, Send) for command in commands)
    assert sent(commands)[:68] == b"\x13BitTorrent protocol" + sent(commands)[20:28] + on_wire + (
        b"-SW0200-" + b"r" * 12
    )
    assert dialogue.torrent is sample.torrent
    assert dialogue.ladder.reached == {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED}
    assert dialogue.transcript.handshake.peer_id == b"-XX0001-abcdefghijkl"


def test_a_visitor_that_waits_with_its_peer_id_is_answered(inbound, words, sample, at) -> None:
    dialogue, shake = inbound(), words.shake(sample.torrent.info_hash.on_wire)
    dialogue.connected(at(0))
    assert dialogue.received(shake[:47], at(1)) == []
    assert len(sent(dialogue.received(shake[47:48], at(1)))) == 68


@pytest.mark.parametrize("cut", [1, 97, 10**6])
@pytest.mark.parametrize("plain_ok", [True, False])
def test_an_encrypted_visitor(inbound, words, sample, at, cut, plain_ok) -> None:
    told = []
    dialogue, on_wire = inbound(told), sample.torrent.info_hash.on_wire
    caller = Initiator(sample.torrent, THEIRS, PADS, plain_ok=plain_ok)
    caller.say(words.shake(on_wire) + words.have_all)
    dialogue.connected(at(0))
    commands = feed(dialogue, caller.begin(), at(1), cut)
    assert commands[0] == Remark({"event": "mse", "role": "responder", "private": OURS.hex()})
    assert dialogue.torrent is None
    out, _ = caller.hear(sent(commands))
    commands = feed(dialogue, out, at(2), cut)
    assert b"BitTorrent" not in sent(commands)
    _, plain = caller.hear(sent(commands))
    assert plain.startswith(b"\x13BitTorrent protocol")
    assert words.have_none in plain
    assert dialogue.torrent is sample.torrent
    assert told[0] == KeyedExchange()
    assert dialogue.ladder.reached == {Rung.REACHABLE, Rung.HANDSHAKEN, Rung.CLAIMED}
    _, plain = caller.hear(sent(feed(dialogue, caller.say(words.unchoke), at(3))))
    assert plain, "it asks for a piece"


def test_a_visitor_keyed_by_one_torrent_that_shakes_for_another(inbound, words, sample, at) -> None:
    dialogue = inbound()
    caller = Initiator(sample.torrent, THEIRS, PADS)
    caller.say(words.shake(bytes.fromhex("ab" * 20)))
    dialogue.connected(at(0))
    out, _ = caller.hear(sent(feed(dialogue, caller.begin(), at(1))))
    commands = feed(dialogue, out, at(2))
    assert commands[-1] == Close("wrong_info_hash")
    assert dialogue.torrent is sample.torrent


@pytest.mark.parametrize("cut", [1, 48, 10**6])
def test_what_is_not_watched_gets_no_answer_and_accuses_nobody(inbound, words, at, cut) -> None:
    dialogue = inbound()
    dialogue.connected(at(0))
    assert feed(dialogue, words.shake(STRANGE), at(1), cut) == [Close("unwatched")]
    assert dialogue.transcript.odd == {"unwatched_info_hash": 1}
    assert (dialogue.torrent, dialogue.ladder.top) == (None, Rung.REACHABLE)


def test_what_is_not_watched_is_met_by_our_key_alone(inbound, words, at) -> None:
    dialogue, strange = inbound(), Torrent.of(InfoHash.from_text(STRANGE.hex()))
    caller = Initiator(strange, THEIRS, PADS)
    dialogue.connected(at(0))
    out, _ = caller.hear(sent(feed(dialogue, caller.begin(), at(1))))
    assert feed(dialogue, out, at(2)) == [Close("unwatched")]
    assert dialogue.transcript.odd == {"unwatched_info_hash": 1}


def test_a_peer_that_is_not_wanted_now(inbound, words, sample, at) -> None:
    dialogue = inbound(refuse=True)
    dialogue.connected(at(0))
    assert feed(dialogue, words.shake(sample.torrent.info_hash.on_wire), at(1)) == [Close("twice")]


GARBAGE = [
    ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not_bittorrent"),
    ("SSH", b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "not_bittorrent"),
    ("zeros", bytes(700), "mse_bad_key"),
    ("a TLS hello and more", b"\x16\x03\x01" + bytes(range(256)) * 3, "mse_no_hash"),
    ("almost BitTorrent", b"\x13BitTorrent protocoL" + bytes(range(256)) * 3, "mse_no_hash"),
]


@pytest.mark.parametrize(("data", "outcome"), [row[1:] for row in GARBAGE], ids=[row[0] for row in GARBAGE])
@pytest.mark.parametrize("cut", [1, 10**6])
def test_garbage(inbound, at, data, outcome, cut) -> None:
    dialogue = inbound()
    dialogue.connected(at(0))
    commands = feed(dialogue, data, at(1), cut)
    assert commands[-1] == Close(outcome)
    assert dialogue.ladder.top is Rung.REACHABLE
    assert len(sent(commands)) <= 96 + 512


@pytest.mark.parametrize("said", [b"", b"\x13", b"\x13BitTorrent protocol", b"\x13Bit", b"\x80" * 95])
def test_a_visitor_that_does_not_say_what_it_wants(inbound, at, said) -> None:
    dialogue = inbound()
    dialogue.connected(at(0))
    if said:
        assert dialogue.received(said, at(19)) == []
    assert dialogue.tick(at(20)) == []
    assert dialogue.tick(at(20.5)) == [Close("handshake_timeout")]


def test_the_clock_of_a_slow_visitor_runs_from_when_it_came(inbound, words, sample, at) -> None:
    dialogue, shake = inbound(), words.shake(sample.torrent.info_hash.on_wire)
    dialogue.connected(at(0))
    feed(dialogue, shake[:60], at(15))
    assert dialogue.tick(at(19)) == []
    assert dialogue.tick(at(20.5)) == [Close("handshake_timeout")]


def test_what_first_bytes_tell() -> None:
    protocol = b"\x13BitTorrent protocol"
    assert [speaks_bittorrent(protocol[:n]) for n in (0, 1, 19, 20)] == [None, None, None, True]
    assert speaks_bittorrent(protocol[:19] + b"L") is False
    assert speaks_text(b"GET /announce HTTP/1.1")
    assert not speaks_text(b"GET /announce HTTP/")
    assert not speaks_text(b"GET /announce\0HTTP/1.1")
