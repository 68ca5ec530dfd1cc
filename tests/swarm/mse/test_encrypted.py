# SPDX-License-Identifier: Apache-2.0
"""A conversation inside an encrypted exchange: what goes out when, and how each failure is told."""

from __future__ import annotations

import pytest

from swarmwitness.swarm import Limits, PeerDialogue
from swarmwitness.swarm.commands import Close, Remark, Send
from swarmwitness.swarm.facts import KeyedExchange
from swarmwitness.swarm.mse import EncryptedDialogue
from swarmwitness.terms import Rung

PADS = bytes([1, 44]) + b"q" * 512


@pytest.fixture
def encrypted(sample, conduct, ours):
    """A dialogue about the sample inside an exchange."""

    def made(plain_ok=True, on_fact=None, **given):
        inner = PeerDialogue(
            sample.torrent,
            peer_id=conduct.peer_id(b"r" * 12),
            conduct=conduct,
            limits=Limits(),
            on_fact=on_fact,
            **given,
        )
        return EncryptedDialogue(inner, private=ours, pads=PADS, plain_ok=plain_ok)

    return made


@pytest.fixture
def peer(sample, other):
    """The other side, about the sample."""

    def made(**given):
        return other(skey=sample.torrent.info_hash.on_wire, **given)

    return made


def sent(commands) -> bytes:
    return b"".join(command.data for command in commands if isinstance(command, Send))


def test_the_note_comes_first_then_our_key_and_no_word_in_the_open(encrypted, at, ours) -> None:
    commands = encrypted().connected(at(0))
    assert commands[0] == Remark({"event": "mse", "role": "initiator", "private": ours.hex()})
    assert len(commands) == 2
    assert len(sent(commands)) == 396
    assert b"BitTorrent" not in sent(commands)


@pytest.mark.parametrize("bits", [1, 2])
def test_a_whole_conversation(encrypted, peer, words, sample, at, bits) -> None:
    told = []
    dialogue, seed = encrypted(on_fact=lambda fact, _: told.append(fact)), peer(bits=bits)
    seed.meet(sent(dialogue.connected(at(0))))
    assert dialogue.ladder.top is Rung.REACHABLE
    out = sent(dialogue.received(seed.hello, at(1)))
    opened = seed.ciphers[b"A"].pass_through(out[40:])
    assert opened[16:].startswith(b"\x13BitTorrent protocol"), "our handshake is the initial payload"
    hello = words.shake(sample.torrent.info_hash.on_wire) + words.have_all
    answer = seed.answer(hello) if bits == 2 else seed.answer() + hello
    out = sent(dialogue.received(answer, at(2)))
    assert told[0] == KeyedExchange()
    assert dialogue.ladder.top is Rung.CLAIMED
    said = seed.ciphers[b"A"].pass_through(out) if bits == 2 else out
    assert words.have_none in said
    said = dialogue.received(
        seed.ciphers[b"B"].pass_through(words.unchoke) if bits == 2 else words.unchoke, at(3)
    )
    assert said, "it asks for a piece"


def test_who_listens_first_sends_no_initial_payload(encrypted, peer, at) -> None:
    dialogue, quiet = encrypted(listen_first=True), peer()
    quiet.meet(sent(dialogue.connected(at(0))))
    out = sent(dialogue.received(quiet.hello, at(0.1)))
    assert quiet.ciphers[b"A"].pass_through(out[40:]) == bytes(8) + b"\0\0\0\3" + bytes(4)
    dialogue.received(quiet.answer(), at(0.2))
    assert dialogue.tick(at(1)) == []
    out = sent(dialogue.tick(at(3.5)))
    assert quiet.ciphers[b"A"].pass_through(out).startswith(b"\x13BitTorrent protocol")


def test_rung_2_needs_no_handshake_once_the_exchange_is_keyed(encrypted, peer, at) -> None:
    dialogue, silent = encrypted(), peer()
    silent.meet(sent(dialogue.connected(at(0))))
    dialogue.received(silent.hello, at(1))
    assert Rung.HANDSHAKEN not in dialogue.ladder.reached
    dialogue.received(silent.answer(), at(1))
    assert Rung.HANDSHAKEN in dialogue.ladder.reached


@pytest.mark.parametrize("cut", [1, 1000])
@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ({"skey": b"z" * 20, "pad": bytes(600)}, "mse_no_vc"),
        ({"bits": 3}, "mse_bad_select"),
        ({"claimed_pad": 600}, "mse_bad_pad"),
    ],
)
def test_failures_are_outcomes(encrypted, other, sample, at, kind, outcome, cut) -> None:
    dialogue, bad = encrypted(), other(**{"skey": sample.torrent.info_hash.on_wire, **kind})
    bad.meet(sent(dialogue.connected(at(0))))
    commands, raw = [], bad.hello + bad.answer(bytes(600))
    for start in range(0, len(raw), cut):
        commands = dialogue.received(raw[start : start + cut], at(1))
        if any(isinstance(command, Close) for command in commands):
            break
    assert commands[-1] == Close(outcome)


@pytest.mark.parametrize("cut", [1, 19, 20, 68])
def test_an_answer_in_the_open(encrypted, words, sample, at, cut) -> None:
    dialogue = encrypted()
    dialogue.connected(at(0))
    commands, raw = [], words.shake(sample.torrent.info_hash.on_wire)
    for start in range(0, len(raw), cut):
        commands = dialogue.received(raw[start : start + cut], at(1))
        if commands:
            break
    assert commands == [Close("mse_plain")]
    assert dialogue.ladder.top is Rung.REACHABLE


def test_a_key_that_is_none(encrypted, at) -> None:
    dialogue = encrypted()
    dialogue.connected(at(0))
    assert dialogue.received(bytes(96), at(1)) == [Close("mse_bad_key")]


@pytest.mark.parametrize("reach", [0, 50, 96, 300])
def test_the_handshake_limit_covers_the_exchange(encrypted, peer, at, reach) -> None:
    dialogue, slow = encrypted(), peer()
    slow.meet(sent(dialogue.connected(at(0))))
    for number, byte in enumerate(slow.hello[:reach]):
        dialogue.received(bytes([byte]), at(number / 20))
    assert dialogue.tick(at(19)) == []
    assert dialogue.tick(at(20.5)) == [Close("handshake_timeout")]


def test_what_is_not_about_anything_cannot_call(encrypted, ours) -> None:
    class Aimless:
        torrent = None

    with pytest.raises(ValueError, match="knows what about"):
        EncryptedDialogue(Aimless(), private=ours, pads=b"")
