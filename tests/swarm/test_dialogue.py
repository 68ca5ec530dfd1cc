# SPDX-License-Identifier: Apache-2.0
"""Playbooks: what happens, and what we say to it."""

import random

import pytest

from swarmwitness.swarm import Limits, PeerDialogue
from swarmwitness.swarm.commands import Close, Send
from swarmwitness.swarm.patience import SECOND
from swarmwitness.terms import Bitfield, Rung
from swarmwitness.wire import peerwire as pw
from swarmwitness.wire.ltep import ExtensionHandshake

OUR_ID = b"-SW0200-123456789012"
B = 16384


@pytest.fixture
def start(sample, conduct, at):
    """A dialogue about the sample (or another torrent), with the commands as messages."""

    def started(torrent=sample.torrent, **given):
        limits = given.pop("limits", Limits())
        return Playbook(
            PeerDialogue(torrent, peer_id=OUR_ID, conduct=conduct, limits=limits, **given), at, torrent
        )

    return started


class Playbook:
    """Events in, commands out as messages and outcomes."""

    def __init__(self, dialogue, at, torrent) -> None:
        self.dialogue, self.at, self.torrent = dialogue, at, torrent
        self.shaken = False

    def connected(self, seconds=0.0):
        return self.read(self.dialogue.connected(self.at(seconds)))

    def heard(self, data, seconds=1.0):
        return self.read(self.dialogue.received(data, self.at(seconds)))

    def tick(self, seconds):
        return self.read(self.dialogue.tick(self.at(seconds)))

    def read(self, commands):
        said = []
        for command in commands:
            if isinstance(command, Close):
                said.append(command)
                continue
            assert isinstance(command, Send)
            data = command.data
            if not self.shaken:
                said.append(pw.Handshake.from_wire(data[:68]))
                self.shaken, data = True, data[68:]
            frames, consumed = pw.split(data)
            assert consumed == len(data)
            said += [pw.decode(frame) for frame in frames]
        return said


def test_a_seed_gives_a_piece(start, words, sample) -> None:
    play, on_wire, data = start(choice=1), sample.torrent.info_hash.on_wire, sample.piece(1)
    assert play.connected() == [pw.Handshake(bytes([0, 0, 0, 0, 0, 0x10, 0, 4]), on_wire, OUR_ID)]
    none, introduction = play.heard(words.shake(on_wire))
    assert none == pw.HaveNone()
    told = ExtensionHandshake.from_wire(introduction.payload)
    assert told.v is not None
    assert told.v.startswith("swarmwitness/")
    assert (told.m, told.p) == ({"ut_pex": 1, "ut_metadata": 2, "lt_donthave": 3}, None)
    assert (told.metadata_size, told.reqq) == (None, 1)
    assert play.heard(words.ltep(v="Seed 1") + words.have_all) == [pw.Interested()]
    assert play.heard(words.unchoke) == [pw.Request(1, 0, B), pw.Request(1, B, B)]
    assert play.heard(words.block(1, 0, data[:B])) == []
    assert play.heard(words.block(1, B, data[B:])) == [pw.NotInterested()]
    assert play.dialogue.ladder.reached == {
        Rung.REACHABLE,
        Rung.HANDSHAKEN,
        Rung.CLAIMED,
        Rung.BLOCK,
        Rung.PIECE,
        Rung.PART,
    }
    assert play.heard(words.have_all) == []


def test_a_leecher_is_held_and_grows(start, words, sample) -> None:
    play = start()
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire) + words.have_none)
    assert play.heard(words.have(2), 30) == [pw.Interested()]
    assert play.heard(words.have(3), 60) == []
    assert play.dialogue.ladder.top is Rung.PROGRESSED
    assert play.tick(131) == [pw.KeepAlive()]


def test_without_fast_and_extensions_only_the_handshake_is_said(start, words, sample, closed) -> None:
    play = start(closed.torrent)
    play.connected()
    assert play.heard(words.shake(sample.torrent.info_hash.on_wire, reserved=bytes(8))) == []
    assert play.heard(words.bitfield(Bitfield.full(5).raw) + words.unchoke) == []


def test_no_content_without_authority(start, words, closed) -> None:
    play = start(closed.torrent)
    play.connected()
    play.heard(words.shake(closed.torrent.info_hash.on_wire))
    assert play.heard(words.have_all + words.unchoke + words.numbers(17, 1)) == []


def test_an_allowed_fast_piece_while_choked(start, words, sample) -> None:
    play = start()
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire) + words.have_all)
    assert play.heard(words.numbers(17, 4)) == [pw.Request(4, 0, 1000)]
    assert play.heard(words.block(4, 0, sample.piece(4))) == [pw.NotInterested()]
    assert Rung.PART in play.dialogue.ladder.reached


def test_listening_first(start, words, sample) -> None:
    play = start(listen_first=True)
    assert play.connected() == []
    shake, *rest = play.heard(words.shake(sample.torrent.info_hash.on_wire))
    assert isinstance(shake, pw.Handshake)
    assert [type(word) for word in rest] == [pw.HaveNone, pw.Extended]


def test_listening_first_has_an_end(start) -> None:
    play = start(listen_first=True)
    play.connected()
    assert play.tick(1) == []
    (shake,) = play.tick(4)
    assert isinstance(shake, pw.Handshake)
    assert play.tick(5) == []


def test_a_peer_that_cheats_on_the_piece(start, words, sample) -> None:
    play = start(choice=4)
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire) + words.have_all)
    assert play.heard(words.unchoke) == [pw.Request(4, 0, 1000)]
    assert play.heard(words.block(4, 0, b"x" * 1000)) == [pw.NotInterested()]
    assert play.dialogue.ladder.top is Rung.BLOCK


LEFT = [
    ("wrong info_hash", lambda w, h: w.shake(b"z" * 20), "wrong_info_hash"),
    ("not BitTorrent", lambda w, h: b"HTTP/1.1 400 Bad Request\r\n", "not_bittorrent"),
    ("ourselves", lambda w, h: w.shake(h, OUR_ID), "self_connection"),
    ("a 2 GiB message", lambda w, h: w.shake(h) + b"\x80\0\0\0\x07", "framing"),
    ("a flood of messages", lambda w, h: w.shake(h) + w.have(1) * 6000, "flood"),
    ("a flood of bytes", lambda w, h: w.shake(h) + w.frame(99, bytes(100_000)) * 30, "flood"),
]


@pytest.mark.parametrize(("said", "outcome"), [row[1:] for row in LEFT], ids=[row[0] for row in LEFT])
def test_who_is_left_at_once(start, words, sample, said, outcome) -> None:
    play = start()
    play.connected()
    assert play.heard(said(words, sample.torrent.info_hash.on_wire))[-1] == Close(outcome)


def test_who_never_shakes_hands_is_left(start) -> None:
    play = start()
    play.connected()
    assert play.tick(19) == []
    assert play.tick(21) == [Close("handshake_timeout")]


def test_one_byte_a_second_is_left(start, words, sample) -> None:
    play = start(limits=Limits(frame_ns=5 * SECOND))
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire), 1)
    said = []
    for second, byte in enumerate(words.bitfield(bytes(100_000))[:30], 2):
        said += play.heard(bytes([byte]), second)
        said += play.tick(second + 0.5)
    assert said[0] == Close("drip")


def test_a_request_that_nobody_answers_is_taken_back_and_the_line_held(start, words, sample) -> None:
    play = start(choice=4)
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire) + words.have_all + words.unchoke, 1)
    assert play.tick(50) == []
    assert play.tick(62) == [pw.Cancel(4, 0, 1000), pw.NotInterested()]
    assert play.tick(63) == []


def test_silence_is_left(start, words, sample) -> None:
    play = start()
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire), 1)
    assert Close("idle") in play.tick(300)


def mutations(words, on_wire: bytes, seed: int) -> bytes:
    """A peer that speaks the protocol at random, with content of its own choice."""
    rng = random.Random(seed)
    said = words.shake(on_wire)
    for _ in range(rng.randrange(1, 40)):
        number = rng.choice((*range(24), 99, 255))
        said += words.frame(number, rng.randbytes(rng.choice((0, 1, 4, 8, 12, 12, 30, 500))))
        said += rng.choice(
            (b"", words.unchoke, words.have_all, words.numbers(17, rng.randrange(6)), words.ltep(reqq=3))
        )
        said += words.numbers(6, rng.randrange(6), 0, B) + words.frame(20, b"\x01d8:msg_typei0e5:piecei0ee")
    return said


@pytest.mark.parametrize("seed", range(200))
def test_whatever_a_peer_says_no_content_leaves(start, words, sample, seed) -> None:
    """Nothing with id 7, 21-23 or with metadata data; requests only for what may be asked for."""
    play, rng = start(choice=seed), random.Random(seed)
    said, seconds = play.connected(), 1.0
    data = mutations(words, sample.torrent.info_hash.on_wire, seed)
    while data:
        cut = rng.choice((1, 20, 68, 5000))
        said += play.heard(data[:cut], seconds)
        said += play.tick(seconds + 1)
        data, seconds = data[cut:], seconds + 0.01
    allowed = (pw.Handshake, pw.HaveNone, pw.Extended, pw.Interested, pw.NotInterested, pw.Request, pw.Cancel)
    for message in said:
        assert isinstance(message, (*allowed, pw.KeepAlive, Close))
        assert not isinstance(message, pw.Extended) or message.number == 0
        assert not isinstance(message, pw.Request) or message.index in sample.torrent.askable
