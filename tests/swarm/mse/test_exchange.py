# SPDX-License-Identifier: Apache-2.0
"""Both roles held against each other and against a peer written from the specification."""

from __future__ import annotations

import random

import pytest

from swarmwitness.swarm.mse import Initiator, Responder
from swarmwitness.swarm.mse.exchange import MAX_INITIAL_BYTES

PADS = bytes([1, 44]) + b"q" * 512


def test_an_initiator_says_what_the_specification_asks(keyed_torrent, ours, other) -> None:
    peer = other()
    caller = Initiator(keyed_torrent, ours, PADS)
    hello = caller.begin()
    assert len(hello) == 96 + 300
    peer.meet(hello)
    assert caller.say(b"early words") == b""
    out, plain = caller.hear(peer.hello)
    assert plain == b""
    assert out[20:40] == peer.call()[20:40], "the veiled name of the torrent"
    fresh = other()
    fresh.meet(hello)
    opened = fresh.ciphers[b"A"].pass_through(out[40:])
    assert opened == bytes(8) + b"\0\0\0\3" + b"\0\0" + b"\0\x0b" + b"early words"
    assert caller.say(b" later") == b"", "nothing more before it is known how to go on"
    out, plain = caller.hear(fresh.answer(b"hello"))
    assert fresh.ciphers[b"A"].pass_through(out) == b" later"
    assert plain == b"hello"
    assert fresh.ciphers[b"A"].pass_through(caller.say(b"!")) == b"!"


def test_an_initiator_that_wants_no_plaintext_offers_none(keyed_torrent, ours, other) -> None:
    peer = other(bits=1)
    caller = Initiator(keyed_torrent, ours, PADS, plain_ok=False)
    peer.meet(caller.begin())
    out, _ = caller.hear(peer.hello)
    assert peer.ciphers[b"A"].pass_through(out[40:])[8:12] == b"\0\0\0\2"
    caller.hear(peer.answer())
    assert caller.failure == "mse_bad_select"


def test_more_than_an_initial_payload_holds_follows_later(keyed_torrent, ours, other) -> None:
    peer, words = other(), random.Random(1).randbytes(MAX_INITIAL_BYTES + 1000)
    caller = Initiator(keyed_torrent, ours, PADS)
    peer.meet(caller.begin())
    caller.say(words)
    out, _ = caller.hear(peer.hello)
    first = peer.ciphers[b"A"].pass_through(out[40:])
    out, _ = caller.hear(peer.answer())
    assert first[16:] + peer.ciphers[b"A"].pass_through(out) == words


@pytest.mark.parametrize(
    ("provide", "plain_ok", "selected"),
    [(2, True, 2), (3, True, 2), (1, True, 1), (0x80000001, True, 1), (2, False, 2)],
)
def test_a_responder_chooses_rc4_where_it_is_offered(
    keyed_torrent, ours, other, provide, plain_ok, selected
) -> None:
    peer = other(bits=provide, initial=b"words")
    answerer = Responder(lambda _: keyed_torrent, ours, PADS, plain_ok=plain_ok)
    hello, plain = answerer.hear(peer.hello)
    assert (len(hello), plain) == (96 + 300, b"")
    peer.meet(hello)
    out, plain = answerer.hear(peer.call())
    assert plain == b"words"
    assert peer.ciphers[b"B"].pass_through(out) == bytes(8) + selected.to_bytes(4, "big") + b"\0\0"
    assert (answerer.keyed, answerer.torrent, answerer.failure) == (True, keyed_torrent, None)
    said = answerer.say(b"answer")
    assert (said if selected == 1 else peer.ciphers[b"B"].pass_through(said)) == b"answer"


@pytest.mark.parametrize(("provide", "plain_ok"), [(0, True), (4, True), (1, False)])
def test_a_caller_with_nothing_in_common(keyed_torrent, ours, other, provide, plain_ok) -> None:
    peer = other(bits=provide)
    answerer = Responder(lambda _: keyed_torrent, ours, PADS, plain_ok=plain_ok)
    peer.meet(answerer.hear(peer.hello)[0])
    assert answerer.hear(peer.call()) == (b"", b"")
    assert (answerer.failure, answerer.keyed) == ("mse_bad_provide", True)


def test_a_responder_says_nothing_about_what_it_does_not_watch(ours, other) -> None:
    peer = other()
    answerer = Responder(lambda _: None, ours, PADS)
    peer.meet(answerer.hear(peer.hello)[0])
    assert answerer.hear(peer.call()) == (b"", b"")
    assert (answerer.failure, answerer.keyed) == ("unwatched", False)
