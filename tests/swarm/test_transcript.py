# SPDX-License-Identifier: Apache-2.0
"""The reader of one conversation: what honest, odd and hostile bytes come to, however they are cut."""

import random
from hashlib import sha1

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.swarm import Torrent
from swarmwitness.swarm.challenge import request_for
from swarmwitness.swarm.facts import (
    AllowedFastSeen,
    AnomalySeen,
    BlockSeen,
    BlockVerified,
    ChallengeMet,
    ChokeSeen,
    ClaimHow,
    ClaimSeen,
    DhtPortSeen,
    ExtensionSeen,
    HandshakeSeen,
    HashesAsked,
    HaveSeen,
    InterestSeen,
    LostSeen,
    MetadataAsked,
    MetadataPart,
    MetadataSeen,
    PexPeer,
    PexSeen,
    PieceVerified,
    PunchSeen,
    RejectSeen,
    Speaker,
    SuggestSeen,
)
from swarmwitness.swarm.transcript import MAX_ANOMALIES, PeerTranscript
from swarmwitness.terms import Bitfield, Endpoint, InfoHash
from swarmwitness.wire.bencode import encode as bencode
from swarmwitness.wire.pex import PexMessage

OUR_ID = b"-SW0200-123456789012"
PEER_ID = b"-XX0001-abcdefghijkl"
B = 16384


@pytest.fixture
def start(sample, words):
    """A transcript after both handshakes, and the peer's words from then on."""

    def started(
        reserved: bytes = bytes([0, 0, 0, 0, 0, 0x10, 0, 4]), torrent=sample.torrent
    ) -> PeerTranscript:
        on_wire = torrent.info_hash.on_wire
        transcript = PeerTranscript(lambda asked: torrent if asked == on_wire else None)
        transcript.feed(Speaker.US, words.shake(on_wire, OUR_ID))
        shaken = transcript.feed(Speaker.PEER, words.shake(on_wire, PEER_ID, reserved))
        assert shaken == [HandshakeSeen(reserved, on_wire, PEER_ID)]
        return transcript

    return started


def kinds(facts) -> list[str]:
    return [fact.anomaly.kind for fact in facts if isinstance(fact, AnomalySeen)]


def test_claims(start, words) -> None:
    bits = Bitfield.of(5, (0, 2))
    transcript = start()
    heard = transcript.feed(Speaker.PEER, words.bitfield(bits.raw) + words.have(1) + words.have(1))
    assert heard[:2] == [ClaimSeen(ClaimHow.BITFIELD, bits, 2), HaveSeen(1, True, 3)]
    assert heard[3] == HaveSeen(1, False, 3)
    assert kinds(heard) == ["repeated_have"]
    assert transcript.claims.bitfield == Bitfield.of(5, (0, 1, 2))


def test_fast_claims(start, words) -> None:
    assert start().feed(Speaker.PEER, words.have_all) == [ClaimSeen(ClaimHow.HAVE_ALL, Bitfield.full(5), 5)]
    assert start().feed(Speaker.PEER, words.have_none) == [
        ClaimSeen(ClaimHow.HAVE_NONE, Bitfield.empty(5), 0)
    ]


def test_fast_claims_without_agreement_are_odd_and_taken(start, words) -> None:
    heard = start(bytes(8)).feed(Speaker.PEER, words.have_all)
    assert kinds(heard) == ["fast_not_agreed"]
    assert heard[-1] == ClaimSeen(ClaimHow.HAVE_ALL, Bitfield.full(5), 5)


ODD = [
    ("spare bits", lambda w: w.bitfield(b"\xff"), ["spare_bits"]),
    ("bitfield too short", lambda w: w.bitfield(b""), ["bitfield_length"]),
    ("bitfield too long", lambda w: w.bitfield(b"\xf8\0"), ["bitfield_length"]),
    ("a huge bitfield", lambda w: w.bitfield(bytes(100_000)), ["bitfield_length"]),
    ("second bitfield", lambda w: w.bitfield(b"\x80") + w.bitfield(b"\xf8"), ["second_claim"]),
    ("have-all after a bitfield", lambda w: w.bitfield(b"\x80") + w.have_all, ["second_claim"]),
    ("have out of range", lambda w: w.have(5), ["have_out_of_range"]),
    ("have far out of range", lambda w: w.have(2**32 - 1), ["have_out_of_range"]),
    ("have of three bytes", lambda w: w.frame(4, b"\0\0\0"), ["malformed_message"]),
    ("choke with a payload", lambda w: w.frame(0, b"\0"), ["malformed_message"]),
    ("piece without begin", lambda w: w.frame(7, b"\0\0\0\0"), ["malformed_message"]),
    ("unrequested piece", lambda w: w.block(0, 0, b"x" * B), ["unrequested_block"]),
    ("piece out of range", lambda w: w.block(9, 0, b"x"), ["block_out_of_range"]),
    ("allowed fast out of range", lambda w: w.numbers(17, 5), ["allowed_fast_out_of_range"]),
    ("asks of us", lambda w: w.request(0, 0, B), ["asks_of_us"]),
    ("an extension nobody agreed to", lambda w: w.frame(20, b"\x03d1:ai1ee"), ["unagreed_extension"]),
    (
        "a lost piece that nobody agreed to hear of",
        lambda w: w.frame(20, b"\x03\0\0\0\1"),
        ["unagreed_extension"],
    ),
    ("hashes that nobody asked for", lambda w: w.frame(22, bytes(48 + 64)), ["unrequested_hashes"]),
    ("a refusal that nobody asked for", lambda w: w.frame(23, bytes(48)), ["unrequested_hash_reject"]),
    ("asks us for hashes", lambda w: w.frame(21, bytes(48)), ["asks_of_us"]),
    ("hashes of 50 bytes", lambda w: w.frame(22, bytes(50)), ["malformed_message"]),
    ("an unknown message", lambda w: w.frame(99, b"hello"), ["unknown_message"]),
]


@pytest.mark.parametrize(("said", "expected"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_an_odd_peer_is_noted_and_reading_goes_on(start, words, said, expected) -> None:
    transcript = start()
    heard = transcript.feed(Speaker.PEER, said(words))
    assert kinds(heard) == expected
    assert transcript.broken is None
    assert ChokeSeen(False) in transcript.feed(Speaker.PEER, words.unchoke)


@pytest.mark.parametrize("again", ["bitfield", "have_all"])
def test_what_a_second_claim_adds_is_growth(start, words, again) -> None:
    transcript = start()
    transcript.feed(Speaker.PEER, words.bitfield(b"\x80"))
    said = words.have_all if again == "have_all" else words.bitfield(b"\xf8")
    grown = [fact for fact in transcript.feed(Speaker.PEER, said) if isinstance(fact, HaveSeen)]
    assert [(fact.piece, fact.new, fact.count) for fact in grown] == [(n, True, n + 1) for n in range(1, 5)]
    assert transcript.claims.count == 5


def test_a_second_claim_takes_nothing_back(start, words) -> None:
    transcript = start()
    transcript.feed(Speaker.PEER, words.bitfield(b"\xf8") + words.bitfield(b"\x80") + words.bitfield(b""))
    assert transcript.claims.count == 5
    assert transcript.odd["second_claim"] == 2


BROKEN = [
    ("another protocol", b"GET / HTTP/1.1\r\n", "not_bittorrent"),
    ("a message before the handshake", b"\0\0\0\x01\x01", "not_bittorrent"),
    ("the wrong info_hash", b"\x13BitTorrent protocol" + bytes(8) + b"z" * 20 + PEER_ID, "wrong_info_hash"),
    ("one wrong letter", b"\x13BitTorrent protokol", "not_bittorrent"),
]


@pytest.mark.parametrize(("said", "why"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_no_handshake_no_conversation(sample, words, said, why) -> None:
    on_wire = sample.torrent.info_hash.on_wire
    transcript = PeerTranscript(lambda _: sample.torrent, expected=on_wire)
    assert kinds(transcript.feed(Speaker.PEER, said)) == [why]
    assert transcript.broken == why
    assert transcript.feed(Speaker.PEER, words.shake(on_wire)) == []
    assert transcript.handshake is None


def test_a_connection_to_ourselves(sample, words) -> None:
    on_wire = sample.torrent.info_hash.on_wire
    transcript = PeerTranscript(lambda _: sample.torrent)
    transcript.feed(Speaker.US, words.shake(on_wire, OUR_ID))
    assert kinds(transcript.feed(Speaker.PEER, words.shake(on_wire, OUR_ID))) == ["self_connection"]
    assert transcript.broken == "self_connection"


@pytest.mark.parametrize("length", [2**31, 2**32 - 1, 10 << 20])
def test_a_gigantic_prefix_breaks_the_framing_and_keeps_nothing(start, length) -> None:
    transcript = start()
    assert kinds(transcript.feed(Speaker.PEER, length.to_bytes(4, "big") + b"\x07" * 100)) == ["framing"]
    assert transcript.broken == "framing"
    assert transcript.partial_bytes == 0
    transcript.feed(Speaker.PEER, b"x" * 100_000)
    assert transcript.partial_bytes == 0


def test_anomalies_are_counted_all_and_named_up_to_a_limit(start, words) -> None:
    transcript = start()
    heard = transcript.feed(Speaker.PEER, words.have(77) * 1000)
    assert len(heard) == MAX_ANOMALIES
    assert transcript.odd["have_out_of_range"] == 1000


def test_a_piece_that_we_asked_for(start, words, sample) -> None:
    transcript, data = start(), sample.piece(1)
    transcript.feed(Speaker.US, words.request(1, 0, B) + words.request(1, B, B))
    assert transcript.outstanding == 2
    heard = transcript.feed(Speaker.PEER, words.block(1, 0, data[:B]) + words.block(1, B, data[B:]))
    assert heard == [BlockSeen(1, 0, B), BlockSeen(1, B, B), PieceVerified(1, 2 * B)]
    assert transcript.verified == {1}


def test_fast_messages(start, words) -> None:
    heard = start().feed(Speaker.PEER, words.numbers(17, 3) + words.numbers(16, 3, 0, B))
    assert heard == [AllowedFastSeen(3), RejectSeen(3, 0, B)]


def test_the_extension_handshake_is_read_when_asked_for(start, words) -> None:
    transcript = start()
    said = words.ltep(v="Client 1.2", reqq=250)
    assert transcript.feed(Speaker.PEER, said) == [ExtensionSeen(said[6:])]
    assert transcript.extension is not None
    assert (transcript.extension.v, transcript.extension.reqq, transcript.extension.raw) == (
        "Client 1.2",
        250,
        said[6:],
    )


def test_an_extension_handshake_that_cannot_be_read(start, words) -> None:
    transcript = start()
    transcript.feed(Speaker.PEER, words.frame(20, b"\0d1:v"))
    assert transcript.extension is None
    assert transcript.odd["malformed_extension"] == 1
    transcript.feed(Speaker.PEER, words.ltep(v=5))
    assert transcript.extension is not None
    assert transcript.odd["ltep_field"] == 1


def test_of_an_unknown_torrent_claims_are_heard_and_not_measured(words) -> None:
    transcript = PeerTranscript(lambda _: None, expected=b"u" * 20)
    transcript.feed(Speaker.PEER, words.shake(b"u" * 20))
    assert transcript.feed(Speaker.PEER, words.bitfield(b"\xc0\0")) == [ClaimSeen(ClaimHow.BITFIELD, None, 2)]
    assert kinds(transcript.feed(Speaker.PEER, words.block(0, 0, b"x"))) == ["unrequested_block"]


def test_an_inbound_conversation_is_told_by_the_peers_handshake(sample, words) -> None:
    on_wire = sample.torrent.info_hash.on_wire
    transcript = PeerTranscript(lambda asked: sample.torrent if asked == on_wire else None)
    transcript.feed(Speaker.PEER, words.shake(on_wire))
    assert transcript.torrent is sample.torrent


def test_in_a_capture_the_counterpart_may_be_unreadable(start, words) -> None:
    transcript = start()
    assert kinds(transcript.feed(Speaker.US, b"\xff\xff\xff\xff\x06")) == ["counterpart_unreadable"]
    assert transcript.feed(Speaker.US, words.request(0, 0, B)) == []
    assert transcript.feed(Speaker.PEER, words.have_all)[-1].count == 5


def conversation(sample, words) -> list[tuple[Speaker, bytes]]:
    on_wire = sample.torrent.info_hash.on_wire
    data = sample.piece(1)
    return [
        (Speaker.US, words.shake(on_wire, OUR_ID)),
        (
            Speaker.PEER,
            words.shake(on_wire) + words.ltep(v="Client 1.2") + words.bitfield(b"\x60") + words.have(0),
        ),
        (Speaker.PEER, b"\0\0\0\0" + words.numbers(17, 1) + words.unchoke),
        (Speaker.US, words.request(1, 0, B) + words.request(1, B, B)),
        (
            Speaker.PEER,
            words.block(1, 0, data[:B]) + words.frame(99) + words.block(1, B, data[B:]) + words.choke,
        ),
        (Speaker.PEER, words.have(3) + b"\x7f\xff\xff\xff" + words.have(4)),
    ]


def read(sample, portions) -> list:
    on_wire = sample.torrent.info_hash.on_wire
    transcript = PeerTranscript(lambda asked: sample.torrent if asked == on_wire else None)
    return [fact for speaker, data in portions for fact in transcript.feed(speaker, data)]


def test_byte_by_byte_is_the_same_as_whole(sample, words) -> None:
    whole = conversation(sample, words)
    single = [(who, data[at : at + 1]) for who, data in whole for at in range(len(data))]
    assert read(sample, single) == read(sample, whole)
    assert len(read(sample, whole)) == 13


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_any_cut_is_the_same_as_whole(sample, words, seed) -> None:
    rng = random.Random(seed)
    whole, cut = conversation(sample, words), []
    for who, data in whole:
        at = 0
        while at < len(data):
            step = rng.choice((1, 3, 67, 1000, 20_000))
            cut.append((who, data[at : at + step]))
            at += step
    assert read(sample, cut) == read(sample, whole)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), garbage=st.binary(max_size=300))
def test_nothing_raises_on_mutated_bytes(sample, words, seed, garbage) -> None:
    rng = random.Random(seed)
    portions = []
    for who, data in conversation(sample, words):
        changed = bytearray(data)
        for _ in range(rng.randrange(6)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        at = rng.randrange(len(changed))
        portions.append((who, bytes(changed[:at]) + garbage * rng.randrange(2) + bytes(changed[at:])))
    assert isinstance(read(sample, portions), list)


# Extensions: what the numbers mean is what our handshake said


@pytest.fixture
def agreed(start, words):
    """A transcript after our extension handshake, with our numbers."""

    def made(torrent=None):
        transcript = start() if torrent is None else start(torrent=torrent)
        offered = {"ut_pex": 1, "ut_metadata": 2, "lt_donthave": 3, "ut_holepunch": 4}
        transcript.feed(Speaker.US, words.frame(20, b"\0" + bencode({"m": offered})))
        return transcript

    return made


def test_a_lost_piece(agreed, words) -> None:
    transcript = agreed()
    transcript.feed(Speaker.PEER, words.have_all)
    assert transcript.feed(Speaker.PEER, words.frame(20, b"\x03\0\0\0\x02")) == [LostSeen(2, 4)]
    assert kinds(transcript.feed(Speaker.PEER, words.frame(20, b"\x03\0\0\0\x02"))) == ["donthave_unclaimed"]
    assert kinds(transcript.feed(Speaker.PEER, words.frame(20, b"\x03\0\0\0\x05"))) == [
        "donthave_out_of_range"
    ]
    assert kinds(transcript.feed(Speaker.PEER, words.frame(20, b"\x03\0"))) == ["malformed_extended"]
    assert transcript.feed(Speaker.PEER, words.have(2)) == [HaveSeen(2, False, 5)]


def test_pex(agreed, words) -> None:
    one, other = Endpoint.of("192.0.2.7", 1), Endpoint.of("2001:db8::1", 2)
    said = PexMessage((PexPeer(one, 4),), (other,)).to_wire()
    assert agreed().feed(Speaker.PEER, words.frame(20, b"\x01" + said)) == [
        PexSeen((PexPeer(one, 4),), (other,))
    ]
    heard = agreed().feed(Speaker.PEER, words.frame(20, b"\x01" + bencode({"added": b"xyz"})))
    assert (kinds(heard), heard[-1]) == (["pex_stride"], PexSeen((), ()))
    assert kinds(agreed().feed(Speaker.PEER, words.frame(20, b"\x01le"))) == ["malformed_extended"]


def test_hole_punching(agreed, words) -> None:
    said = b"\x04\x01\x00\xc0\0\x02\x07\0\x01\0\0\0\0"
    assert agreed().feed(Speaker.PEER, words.frame(20, said)) == [
        PunchSeen("connect", Endpoint.of("192.0.2.7", 1))
    ]


def test_metadata_counts_if_we_asked_under_the_peers_number(agreed, words) -> None:
    unknown = Torrent.of(InfoHash(sha1(b"d1:ai1ee").digest()))
    transcript = agreed(unknown)
    answer = words.frame(20, b"\x02d8:msg_typei1e5:piecei0e10:total_sizei8ee" + b"d1:ai1ee")
    request = b"d8:msg_typei0e5:piecei0ee"
    assert kinds(transcript.feed(Speaker.PEER, answer)) == ["unrequested_metadata"]
    transcript.feed(Speaker.PEER, words.frame(20, b"\0" + bencode({"m": {"ut_metadata": 9}})))
    transcript.feed(Speaker.US, words.frame(20, b"\x08" + request))
    assert kinds(transcript.feed(Speaker.PEER, answer)) == ["unrequested_metadata"], (
        "another number, another thing"
    )
    transcript.feed(Speaker.US, words.frame(20, b"\x09" + request))
    assert transcript.feed(Speaker.PEER, answer) == [MetadataPart(0, 8), MetadataSeen(b"d1:ai1ee")]


def test_what_is_asked_of_us_is_told(agreed, words) -> None:
    asked = words.frame(20, b"\x02d8:msg_typei0e5:piecei7ee") + words.frame(21, bytes(48))
    heard = agreed().feed(Speaker.PEER, asked)
    assert kinds(heard) == ["asks_of_us", "asks_of_us"]
    assert [type(fact) for fact in heard[1::2]] == [MetadataAsked, HashesAsked]


def test_small_words_are_facts(start, words) -> None:
    said = words.frame(2) + words.frame(3) + words.frame(9, b"\x1a\xe1") + words.numbers(13, 4)
    assert start().feed(Speaker.PEER, said) == [
        InterestSeen(True),
        InterestSeen(False),
        DhtPortSeen(6881),
        SuggestSeen(4),
    ]


def test_the_first_messages_by_name(agreed, words) -> None:
    transcript = agreed()
    said = words.ltep() + words.bitfield(b"\x80") + words.frame(9, b"\0\1") + words.frame(20, b"\x01de")
    transcript.feed(
        Speaker.PEER, said + words.frame(20, b"\x77") + words.frame(99) + b"\0\0\0\0" + words.have(1) * 9
    )
    assert transcript.first_messages == (
        *("extended:handshake", "bitfield", "port", "extended:ut_pex", "extended:119", "unknown:99"),
        *("keep_alive", "have", "have", "have", "have", "have"),
    )


def test_the_leaf_challenge(agreed, words, v2_sample, proof_of) -> None:
    request = request_for(v2_sample.torrent, 1)
    transcript = agreed(v2_sample.torrent)
    answer = words.frame(22, request.to_payload() + b"".join(proof_of(v2_sample, request)))
    assert kinds(transcript.feed(Speaker.PEER, answer)) == ["unrequested_hashes"]
    transcript.feed(Speaker.US, words.frame(21, request.to_payload()) + words.request(1, 0, B))
    assert transcript.feed(Speaker.PEER, answer) == [ChallengeMet(request.root, 2, 2)]
    block = words.block(1, 0, v2_sample.piece(1)[:B])
    assert transcript.feed(Speaker.PEER, block) == [BlockSeen(1, 0, B), BlockVerified(1, 0, B)]
