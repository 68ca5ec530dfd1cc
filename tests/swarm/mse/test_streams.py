# SPDX-License-Identifier: Apache-2.0
"""Reading either side, in any portions; what is refused, and that it is refused in bounded memory."""

from __future__ import annotations

import pytest

from swarmwitness.swarm.mse.keys import public_of, secret_of
from swarmwitness.swarm.mse.streams import MAX_HELD_BYTES, InitiatorStream, ResponderStream

WHOLE = 10**9


@pytest.fixture
def called(keyed_torrent, ours):
    """Read what an initiator sends, cut so; the stream and its plaintext."""

    def read(peer, payload=b"", cut=WHOLE, hello=None, call=None):
        stream = InitiatorStream(lambda name: keyed_torrent)
        peer.meet(public_of(ours))
        stream_bytes = (peer.hello if hello is None else hello) + (peer.call() if call is None else call)
        raw = stream_bytes + (peer.ciphers[b"A"].pass_through(payload) if peer.bits & 2 else payload)
        plain = b""
        for at in range(0, len(raw), cut):
            plain += stream.feed(raw[at : at + cut])
            if stream.public is not None and stream._secret is None:
                stream.shared(secret_of(ours, stream.public))
                plain += stream.read_on()
            if stream.provided is not None and stream.selected is None:
                stream.selected = 2 if stream.provided & 2 else 1
                plain += stream.read_on()
        return stream, plain

    return read


@pytest.fixture
def calling(keyed_torrent, ours):
    """Read what a responder sends, cut so."""

    def read(peer, payload=b"", cut=WHOLE, offered=3):
        stream = ResponderStream(offered)
        peer.meet(public_of(ours))
        sealed = peer.answer(payload if peer.bits & 2 else b"")
        raw = peer.hello + sealed + (b"" if peer.bits & 2 else payload)
        plain = b""
        for at in range(0, len(raw), cut):
            plain += stream.feed(raw[at : at + cut])
            if stream.public is not None and stream._secret is None:
                stream.shared(secret_of(ours, stream.public))
                stream.about(keyed_torrent)
                plain += stream.read_on()
        return stream, plain

    return read


@pytest.mark.parametrize("cut", [1, 7, 97, WHOLE])
@pytest.mark.parametrize("pad", [0, 1, 511, 512])
@pytest.mark.parametrize("bits", [1, 2, 3, 0x80000003])
def test_an_initiator_is_read(called, other, cut, pad, bits) -> None:
    peer = other(pad=bytes(pad), bits=bits, inner_pad=bytes(pad), initial=b"first words")
    stream, plain = called(peer, b" and more", cut)
    assert (stream.broken, stream.keyed, stream.provided) == (None, True, bits)
    assert plain == b"first words and more"


@pytest.mark.parametrize("cut", [1, 7, 97, WHOLE])
@pytest.mark.parametrize("pad", [0, 1, 511, 512])
@pytest.mark.parametrize("bits", [1, 2])
def test_a_responder_is_read(calling, other, cut, pad, bits) -> None:
    stream, plain = calling(other(pad=bytes(pad), bits=bits, inner_pad=bytes(pad)), b"words", cut)
    assert (stream.broken, stream.keyed, stream.selected) == (None, True, bits)
    assert plain == b"words"


@pytest.mark.parametrize("length", [96 + 300 + 20, 96 + 300 + 40, 96 + 300 + 53, 96 + 300 + 58])
def test_a_truncated_initiator_is_waited_for(called, other, length) -> None:
    peer = other(initial=b"words")
    peer.meet(public_of(b"o" * 20))
    raw = peer.hello + peer.call()
    stream, plain = called(other(initial=b"words"), hello=raw[:length], call=b"")
    assert stream.broken is None
    assert plain == b"words"[: max(0, length - 96 - 300 - 56)]


REFUSED_CALLS = [
    ("a key of zeros", {}, {"hello": bytes(96)}, "mse_bad_key"),
    ("a key of ones", {}, {"hello": b"\xff" * 96}, "mse_bad_key"),
    ("a pad that never ends", {"pad": bytes(533)}, {}, "mse_no_hash"),
    ("nothing but a pad", {}, {"call": bytes(532)}, "mse_no_hash"),
    ("another VC", {"vc": b"\1" + bytes(7)}, {}, "mse_no_vc"),
    ("another torrent's key", {"skey": b"z" * 20}, {}, "mse_no_vc"),
    ("a long PadC", {"claimed_pad": 513}, {}, "mse_bad_pad"),
    ("the longest PadC", {"claimed_pad": 0xFFFF}, {}, "mse_bad_pad"),
]


@pytest.mark.parametrize(
    ("kind", "how", "why"), [row[1:] for row in REFUSED_CALLS], ids=[row[0] for row in REFUSED_CALLS]
)
@pytest.mark.parametrize("cut", [1, WHOLE])
def test_initiators_that_are_refused(called, other, kind, how, why, cut) -> None:
    stream, plain = called(other(**kind), b"payload", cut, **how)
    assert (stream.broken, plain) == (why, b"")
    assert stream.feed(b"more") == b""
    assert not stream._held


REFUSED_ANSWERS = [
    ("another VC", {"vc": b"\1" + bytes(7)}, "mse_no_vc"),
    ("another torrent's key", {"skey": b"z" * 20}, "mse_no_vc"),
    ("a pad that never ends", {"pad": bytes(600)}, "mse_no_vc"),
    ("selects nothing", {"bits": 0}, "mse_bad_select"),
    ("selects both", {"bits": 3}, "mse_bad_select"),
    ("selects what nobody knows", {"bits": 4}, "mse_bad_select"),
    ("selects what was not offered", {"bits": 1}, "mse_bad_select"),
    ("a long PadD", {"claimed_pad": 513}, "mse_bad_pad"),
]


@pytest.mark.parametrize(
    ("kind", "why"), [row[1:] for row in REFUSED_ANSWERS], ids=[row[0] for row in REFUSED_ANSWERS]
)
@pytest.mark.parametrize("cut", [1, WHOLE])
def test_responders_that_are_refused(calling, other, kind, why, cut) -> None:
    stream, plain = calling(other(**kind), bytes(600), cut, offered=2)
    assert (stream.broken, plain) == (why, b"")


def test_a_torrent_that_is_not_watched_is_kept_by_its_hash(ours, other) -> None:
    stream, peer = InitiatorStream(lambda name: None), other()
    peer.meet(public_of(ours))
    stream.feed(peer.hello)
    stream.shared(secret_of(ours, stream.public))
    stream.feed(peer.call())
    assert (stream.broken, stream.keyed) == ("unwatched", False)
    assert stream.unwatched is not None
    assert len(stream.unwatched) == 20


def test_what_waits_for_the_other_side_is_bounded() -> None:
    stream = ResponderStream()
    for _ in range(100):
        stream.feed(b"\7" * (MAX_HELD_BYTES // 50))
    assert stream.broken == "mse_out_of_order"
    assert not stream._held
