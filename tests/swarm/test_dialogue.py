# SPDX-License-Identifier: Apache-2.0
"""Playbooks: what happens, and what we say to it."""

import random
from dataclasses import replace
from hashlib import sha1

import pytest

from swarmwitness.swarm import Limits, PeerDialogue, Torrent
from swarmwitness.swarm.challenge import request_for
from swarmwitness.swarm.commands import Close, Send
from swarmwitness.swarm.dialogue import MAX_ANSWERS, TOLD
from swarmwitness.swarm.extensions import Rendezvous
from swarmwitness.swarm.facts import (
    ChallengeMet,
    ChallengeRefused,
    DhtPortSeen,
    KeyedExchange,
    MetadataSeen,
    PexPeer,
    PexSeen,
    PunchSeen,
    Speaker,
)
from swarmwitness.swarm.offer import Offer
from swarmwitness.swarm.patience import SECOND
from swarmwitness.swarm.transcript import PeerTranscript
from swarmwitness.terms import Bitfield, Endpoint, InfoHash, Rung
from swarmwitness.wire import metadata
from swarmwitness.wire import peerwire as pw
from swarmwitness.wire.bencode import encode as bencode
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


END_NS = 1_700_000_100_000_000_000
"""A hundred seconds after the beginning of time here."""


def test_no_content_after_the_authority_ended(start, words, sample, conduct) -> None:
    """A watch of months outlives its authority: what was not asked for by then is not asked for any more."""
    conduct.content_until_ns = END_NS
    late = start(choice=1)
    late.connected(99)
    late.heard(words.shake(sample.torrent.info_hash.on_wire), 99)
    assert late.heard(words.have_all + words.unchoke, 100) == []


def test_the_authority_may_end_in_the_midst_of_a_piece(start, words, sample, conduct) -> None:
    conduct.content_until_ns = END_NS
    play = start(choice=1)
    play.connected()
    play.heard(words.shake(sample.torrent.info_hash.on_wire) + words.ltep(reqq=1))
    assert play.heard(words.have_all + words.unchoke, 99) == [pw.Interested(), pw.Request(1, 0, B)]
    assert play.heard(words.block(1, 0, sample.piece(1)[:B]), 100) == []
    assert not [word for word in play.tick(500) if isinstance(word, pw.Request)]


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


def mutations(words, torrent, seed: int) -> bytes:
    """A peer that speaks the protocol at random, with content of its own choice."""
    rng = random.Random(seed)
    said = words.shake(torrent.info_hash.on_wire)
    root = next(iter(torrent.trees), bytes(32))
    for _ in range(rng.randrange(1, 40)):
        number = rng.choice((*range(24), 99, 255))
        said += words.frame(number, rng.randbytes(rng.choice((0, 1, 4, 8, 12, 12, 30, 48, 500))))
        said += rng.choice(
            (b"", words.unchoke, words.have_all, words.numbers(17, rng.randrange(6)), words.ltep(reqq=3))
        )
        said += words.numbers(6, rng.randrange(6), 0, B) + words.frame(20, b"\x02d8:msg_typei0e5:piecei0ee")
        said += words.frame(21, root + rng.randbytes(3) + bytes(13))
        offered = {
            "m": {"ut_metadata": rng.randrange(5), "ut_holepunch": 4},
            "metadata_size": rng.randrange(50_000),
        }
        said += words.frame(20, b"\0" + bencode(offered)) if rng.random() < 0.3 else b""
    return said


@pytest.mark.parametrize("seed", range(300))
def test_whatever_a_peer_says_no_content_leaves(start, words, sample, v2_sample, seed) -> None:
    """Nothing with id 7, no hashes, no metadata data; requests only for what may be asked for."""
    unknown = Torrent.of(InfoHash(bytes(20)))
    torrent = (sample.torrent, v2_sample.torrent, unknown)[seed % 3]
    play, rng = start(torrent, choice=seed), random.Random(seed)
    said, seconds = play.connected(), 1.0
    data = mutations(words, torrent, seed)
    while data:
        cut = rng.choice((1, 20, 68, 5000))
        said += play.heard(data[:cut], seconds)
        said += play.tick(seconds + 1)
        data, seconds = data[cut:], seconds + 0.01
    allowed = (pw.Handshake, pw.HaveNone, pw.Extended, pw.Interested, pw.NotInterested, pw.Request, pw.Cancel)
    for message in said:
        assert isinstance(message, (*allowed, pw.HashRequest, pw.HashReject, pw.KeepAlive, Close))
        if isinstance(message, pw.Extended) and message.number:
            assert metadata.decode(message.payload) in (
                *(metadata.MetadataRequest(piece) for piece in range(4 * (torrent is unknown))),
                metadata.MetadataReject(0),
            )
        assert not isinstance(message, pw.Request) or message.index in torrent.askable
        assert not isinstance(message, pw.HashRequest) or message.root in torrent.trees


@pytest.mark.parametrize("seed", range(300))
def test_what_was_recorded_reads_as_what_was_heard(sample, v2_sample, conduct, at, words, seed) -> None:
    """A reader that sees both sides' bytes alone comes to what the dialogue came to."""
    torrent = (sample.torrent, v2_sample.torrent, Torrent.of(InfoHash(bytes(20))))[seed % 3]
    told, again, rng = [], [], random.Random(seed)
    live = PeerDialogue(
        torrent,
        peer_id=OUR_ID,
        conduct=conduct,
        limits=Limits(),
        choice=seed,
        offer=Offer(holepunch=True),
        on_fact=lambda fact, _: told.append(fact),
    )
    replayed = PeerTranscript(lambda asked: torrent if asked == torrent.info_hash.on_wire else None)
    data, seconds = mutations(words, torrent, seed), 1.0

    def record(commands):
        for command in commands:
            if isinstance(command, Send):
                again.extend(replayed.feed(Speaker.US, command.data))

    record(live.connected(at(0)))
    while data and live.transcript.broken is None:
        cut = rng.choice((1, 20, 68, 5000))
        again.extend(replayed.feed(Speaker.PEER, data[:cut]))
        record(live.received(data[:cut], at(seconds)))
        record(live.tick(at(seconds + 0.005)))
        data, seconds = data[cut:], seconds + 0.01
    assert [fact for fact in again if isinstance(fact, TOLD)] == told
    assert replayed.odd == live.transcript.odd
    assert replayed.claims.bitfield == live.transcript.claims.bitfield
    assert replayed.first_messages == live.transcript.first_messages
    assert (replayed.verified, replayed.outstanding) == (
        live.transcript.verified,
        live.transcript.outstanding,
    )


# Extensions


@pytest.fixture
def met(start, words):
    """A playbook after both handshakes and the peer's extension handshake, and the facts that were told."""

    def made(torrent, said=b"", **given):
        facts = []
        play = start(torrent, on_fact=lambda fact, at: facts.append(fact), **given)
        play.facts = facts
        play.connected()
        play.heard(words.shake(torrent.info_hash.on_wire))
        play.answered = play.heard(said)
        return play

    return made


def offered(**more) -> bytes:
    told = {"m": {"ut_metadata": 9, "ut_holepunch": 8, "ut_pex": 7}, **more}
    return b"\0" + bencode(told)


def extended(number, message) -> pw.Extended:
    return pw.Extended(number, message.to_wire())


def test_the_description_is_asked_for_where_it_is_unknown(met, words) -> None:
    info = bytes(range(250)) * 100
    unknown = Torrent.of(InfoHash(sha1(info).digest()))
    play = met(unknown, words.frame(20, offered(metadata_size=len(info))))
    assert play.answered == [extended(9, metadata.MetadataRequest(piece)) for piece in range(2)]
    for piece in range(2):
        head = bencode({"msg_type": 1, "piece": piece, "total_size": len(info)})
        assert play.heard(words.frame(20, b"\x02" + head + info[piece * B : (piece + 1) * B])) == []
    assert play.facts == [MetadataSeen(info)]
    assert play.dialogue.torrent is unknown


@pytest.mark.parametrize(
    ("told", "given"),
    [
        (offered(), {}),
        (offered(metadata_size=17 << 20), {}),
        (offered(metadata_size=100), {"offer": Offer(metadata=False)}),
        (b"\0" + bencode({"m": {}, "metadata_size": 100}), {}),
    ],
    ids=["no size", "too large", "not offered", "not spoken"],
)
def test_where_the_description_is_not_asked_for(met, words, told, given) -> None:
    assert met(Torrent.of(InfoHash(bytes(20))), words.frame(20, told), **given).answered == []


def test_a_known_description_is_not_asked_for(met, words, closed) -> None:
    assert met(closed.torrent, words.frame(20, offered(metadata_size=100))).answered == []


def test_a_refused_description_is_asked_for_again_later(met, words) -> None:
    play = met(Torrent.of(InfoHash(bytes(20))), words.frame(20, offered(metadata_size=100)))
    assert play.heard(words.frame(20, b"\x02d8:msg_typei2e5:piecei0ee"), 2) == []
    assert play.tick(10) == []
    assert play.tick(20) == [extended(9, metadata.MetadataRequest(0))]


def test_wrong_descriptions_end_the_asking(met, words) -> None:
    play = met(Torrent.of(InfoHash(bytes(20))), words.frame(20, offered(metadata_size=100)))
    head = bencode({"msg_type": 1, "piece": 0, "total_size": 100})
    assert play.heard(words.frame(20, b"\x02" + head + bytes(100)), 2) == []
    assert play.tick(30) == []
    assert play.facts == []


def test_metadata_that_was_asked_for_is_no_flood_and_other_is(met, words) -> None:
    info = bytes(range(256)) * 256 * 60  # 3.9 MB, more than the burst
    play = met(Torrent.of(InfoHash(sha1(info).digest())), words.frame(20, offered(metadata_size=len(info))))
    waiting = list(play.answered)
    while waiting:
        piece = metadata.decode(waiting.pop(0).payload).piece
        head = bencode({"msg_type": 1, "piece": piece, "total_size": len(info)})
        waiting += play.heard(words.frame(20, b"\x02" + head + info[piece * B : (piece + 1) * B]), 2)
    assert play.facts == [MetadataSeen(info)]
    unasked = words.frame(20, b"\x02" + bencode({"msg_type": 1, "piece": 0, "total_size": B}) + bytes(B))
    assert play.heard(unasked * 200, 3)[-1] == Close("flood")


def test_who_asks_us_is_refused_in_words_a_bounded_number_of_times(met, words, closed) -> None:
    play = met(closed.torrent, words.frame(20, offered()))
    asked = words.frame(20, b"\x02d8:msg_typei0e5:piecei5ee") + words.frame(21, bytes(48))
    answer = [extended(9, metadata.MetadataReject(5)), pw.HashReject(bytes(32), 0, 0, 0, 0)]
    assert play.heard(asked) == answer
    assert play.heard(asked * 50) == answer * (MAX_ANSWERS // 2 - 1)
    assert play.dialogue.transcript.odd["asks_of_us"] == 102


def test_who_asks_for_metadata_and_speaks_no_extension_is_not_answered(met, words, closed) -> None:
    play = met(closed.torrent, words.frame(20, b"\x02d8:msg_typei0e5:piecei5ee"))
    assert play.answered == []


def test_a_holder_is_challenged_once_and_later_again(met, words, v2_sample, proof_of) -> None:
    quiet = Torrent.of(v2_sample.torrent.info_hash, v2_sample.metainfo, [("film", None)], False)
    play = met(quiet, words.have_all, choice=1)
    (asked,) = play.answered
    assert isinstance(asked, pw.HashRequest)
    told = words.frame(22, asked.to_payload() + b"".join(proof_of(v2_sample, asked)))
    assert play.heard(told) == []
    assert play.facts == [ChallengeMet(asked.root, asked.index, asked.length)]
    assert play.dialogue.ladder.top is Rung.CHALLENGED
    later = []
    for second in range(10, 700, 10):
        later += play.heard(bytes(4), second) + play.tick(second)
    assert asked in later, "ten minutes later it is asked once more"


def test_a_refusal_proves_nothing(met, words, v2_sample) -> None:
    play = met(v2_sample.torrent, words.have_all, choice=1)
    asked = next(word for word in play.answered if isinstance(word, pw.HashRequest))
    play.heard(words.frame(23, asked.to_payload()))
    assert play.facts == [ChallengeRefused(asked.root, asked.index, asked.length)]
    assert play.dialogue.ladder.top is Rung.CLAIMED


@pytest.mark.parametrize(
    "given", [{"offer": Offer(challenge=False)}, {}], ids=["not wanted", "claims nothing"]
)
def test_who_is_not_challenged(met, words, v2_sample, given) -> None:
    quiet = Torrent.of(v2_sample.torrent.info_hash, v2_sample.metainfo, [("film", None)], False)
    play = met(quiet, words.have_none if not given else words.have_all, **given)
    assert play.answered == []
    assert play.tick(100) == []


def test_under_a_v1_name_nobody_is_challenged(met, words, sample) -> None:
    play = met(sample.torrent, words.have_all)
    assert play.answered == [pw.Interested()]


def test_the_leaves_of_a_piece_are_asked_for_before_its_blocks(met, words, v2_sample, proof_of) -> None:
    play = met(v2_sample.torrent, words.have_all + words.unchoke, choice=1)
    hashes = [word for word in play.answered if isinstance(word, pw.HashRequest)]
    blocks = [word for word in play.answered if isinstance(word, pw.Request)]
    about = request_for(v2_sample.torrent, blocks[0].index)
    assert about in hashes
    assert play.answered.index(about) < play.answered.index(blocks[0])
    for asked in hashes:
        play.heard(words.frame(22, asked.to_payload() + b"".join(proof_of(v2_sample, asked))))
    piece = v2_sample.piece(blocks[0].index)
    for block in blocks:
        data = piece[block.begin : block.begin + block.length]
        play.heard(words.block(block.index, block.begin, data))
    assert Rung.PART in play.dialogue.ladder.reached


def test_a_piece_that_cannot_be_judged_is_let_be(met, words, v2_sample) -> None:
    """No row of the pieces, and the peer refuses the leaves: the blocks came, nothing more is wanted."""
    bare = replace(v2_sample.metainfo, layers={})
    play = met(Torrent.of(bare.info_hashes[0], bare, [("film", None)], True), words.have_all + words.unchoke)
    for asked in play.answered:
        if isinstance(asked, pw.HashRequest):
            play.heard(words.frame(23, asked.to_payload()))
    blocks = [word for word in play.answered if isinstance(word, pw.Request)]
    said = []
    for block in blocks:
        data = v2_sample.piece(block.index)[block.begin : block.begin + block.length]
        said += play.heard(words.block(block.index, block.begin, data))
    assert said == [pw.NotInterested()]
    assert play.dialogue.ladder.top is Rung.BLOCK


def test_a_rendezvous_through_the_peer(met, words, closed) -> None:
    target = Endpoint.of("192.0.2.9", 7)
    play = met(closed.torrent, words.frame(20, offered()), offer=Offer(holepunch=True))
    said = play.read(play.dialogue.rendezvous(target, play.at(5)))
    assert said == [extended(8, Rendezvous(target))]
    assert play.read(play.dialogue.rendezvous(Endpoint.of("192.0.2.9", 0), play.at(5))) == []
    play.heard(words.frame(20, b"\x04\x01\0" + target.ip.packed + b"\0\7"))
    assert play.facts == [PunchSeen("connect", target)]


def test_no_rendezvous_where_it_is_not_offered_or_not_spoken(met, words, closed) -> None:
    target = Endpoint.of("192.0.2.9", 7)
    for said, offer in ((offered(), Offer()), (b"\0" + bencode({"m": {}}), Offer(holepunch=True))):
        play = met(closed.torrent, words.frame(20, said), offer=offer)
        assert play.dialogue.rendezvous(target, play.at(5)) == []


def test_of_a_private_torrent_nobody_is_heard_of(met, words, sample) -> None:
    private = replace(sample.metainfo, private=True)
    play = met(Torrent.of(sample.torrent.info_hash, private), words.frame(20, offered()))
    play.heard(words.frame(20, b"\x01" + bencode({"added": b"\xc0\0\2\7\0\1"})))
    assert play.facts == []
    assert play.dialogue.transcript.odd == {"unagreed_extension": 1}


def test_what_leads_beyond_the_connection_is_told(met, words, closed) -> None:
    play = met(closed.torrent, words.frame(9, b"\x1a\xe1") + words.have_all)
    play.heard(words.frame(20, b"\x01" + bencode({"added": b"\xc0\0\2\7\0\1"})))
    peer = PexPeer(Endpoint.of("192.0.2.7", 1))
    assert play.facts == [DhtPortSeen(6881), PexSeen((peer,), ())]
    play.dialogue.learn(KeyedExchange(), play.at(3))
    assert play.facts[-1] == KeyedExchange()
