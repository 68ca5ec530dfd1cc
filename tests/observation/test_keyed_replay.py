# SPDX-License-Identifier: Apache-2.0
"""Encrypted and inbound connections on a tape: the rows they give, and what a note that lies gives."""

from __future__ import annotations

import pytest

from swarmwitness.observation import Replayer
from swarmwitness.swarm import Torrent
from swarmwitness.swarm.mse import Initiator, Responder
from swarmwitness.terms import Endpoint, InfoHash, Rung

A_KEY, B_KEY = b"a" * 20, b"b" * 20
PADS = bytes([1, 44]) + b"q" * 512
VISITOR = Endpoint.of("198.51.100.7", 50_123)


def rows_of(tape):
    replayer = Replayer("log")
    rows = [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish(), dict(replayer.oddities)


@pytest.fixture
def parties(tape):
    """Both ends of an exchange about the tape's torrent."""
    torrent = Torrent.of(InfoHash.from_text(tape.info_hash.hex()))
    return Initiator(torrent, A_KEY, PADS), Responder(lambda _: torrent, B_KEY, PADS)


def dialled(tape, parties, cut=10**6, private=A_KEY, seed=None):
    """We call: our key, its answer, our handshake as initial payload, its handshake and have_all."""
    caller, called = parties
    tape.watched().opened().note("net", 7, VISITOR, event="mse", role="initiator", private=private.hex())
    caller.say(tape.shake(b"-SW0200-123456789012"))
    called.say(tape.shake() + tape.frame(14) if seed is None else seed)
    tape.said(caller.begin())
    hello, _ = called.hear(caller.begin())
    for at in range(0, len(hello), cut):
        tape.heard(hello[at : at + cut], wait=0)
    call, _ = caller.hear(hello)
    tape.said(call)
    answer, _ = called.hear(call)
    for at in range(0, len(answer), cut):
        tape.heard(answer[at : at + cut], wait=0)
    caller.hear(answer)
    return tape


def came(tape, parties, cut=10**6, note=True, first=None):
    """A peer comes: its key, our note and key, its call with a handshake and have_all, our answer."""
    caller, called = parties
    tape.note("net", 7, VISITOR, event="open", direction="in", outcome="accepted")
    caller.say(tape.shake() + tape.frame(14) if first is None else first)
    hello = caller.begin()
    for at in range(0, len(hello), cut):
        tape.heard(hello[at : at + cut], remote=VISITOR, wait=0)
    if note:
        tape.note("net", 7, VISITOR, event="mse", role="responder", private=B_KEY.hex())
    out, _ = called.hear(hello)
    tape.said(out, remote=VISITOR)
    call, _ = caller.hear(out)
    for at in range(0, len(call), cut):
        tape.heard(call[at : at + cut], remote=VISITOR, wait=0)
    answer, _ = called.hear(call)
    if answer:
        tape.said(answer + called.say(tape.shake(b"-SW0200-123456789012")), remote=VISITOR)
    return tape


@pytest.mark.parametrize("cut", [1, 50, 10**6])
def test_a_peer_that_we_called(tape, parties, cut) -> None:
    rows, oddities = rows_of(dialled(tape, parties, cut))
    assert {row.rung for row in rows} == {Rung(n) for n in (1, 2, 3)}
    assert {row.transport for row in rows if row.rung > 1} == {"tcp+mse"}
    assert {row.source for row in rows} == {"outbound"}
    assert oddities == {}


def test_whoever_answers_a_keyed_exchange_knows_the_torrent(tape, parties) -> None:
    rows, _ = rows_of(dialled(tape, parties, seed=b""))
    assert [row.rung for row in rows] == [Rung.REACHABLE, Rung.HANDSHAKEN]
    assert rows[1].peer_id is None, "it never said its name"


def test_a_handshake_for_another_torrent_inside_the_exchange(tape, parties) -> None:
    other = b"\x13BitTorrent protocol" + bytes(8) + b"z" * 20 + b"-XX0001-abcdefghijkl"
    rows, oddities = rows_of(dialled(tape, parties, seed=other + tape.frame(14)))
    assert max(row.rung for row in rows) is Rung.HANDSHAKEN, "by the exchange, not by that handshake"
    assert oddities == {"wrong_info_hash": 1}


@pytest.mark.parametrize("cut", [1, 50, 10**6])
def test_a_peer_that_came(tape, parties, cut) -> None:
    rows, oddities = rows_of(came(tape.watched(), parties, cut))
    assert [row.rung for row in rows] == sorted(row.rung for row in rows)
    assert {row.rung for row in rows} == {Rung(n) for n in (1, 2, 3)}
    assert {(row.source, row.transport, row.ip, row.port) for row in rows} == {
        ("inbound", "tcp+mse", "198.51.100.7", 50_123)
    }
    assert rows[-1].peer_id == b"-XX0001-abcdefghijkl".hex()
    assert oddities == {}


def test_a_peer_that_came_for_what_the_log_does_not_watch(tape, parties) -> None:
    tape.note("act", act="observe-start")
    rows, oddities = rows_of(came(tape, parties))
    assert (rows, oddities) == ([], {"unwatched_info_hash": 1})


def test_a_peer_that_came_keyed_and_shakes_for_another_watched_torrent(tape, parties) -> None:
    tape.watched().note("target", info_hash=(b"z" * 20).hex(), works=[], pieces_allowed=False)
    other = b"\x13BitTorrent protocol" + bytes(8) + b"z" * 20 + b"-XX0001-abcdefghijkl"
    rows, oddities = rows_of(came(tape, parties, first=other + tape.frame(14)))
    assert {row.info_hash for row in rows} == {tape.info_hash.hex()}
    assert max(row.rung for row in rows) is Rung.HANDSHAKEN
    assert oddities == {"wrong_info_hash": 1}


def test_without_our_key_nothing_is_concluded(tape, parties) -> None:
    rows, oddities = rows_of(came(tape.watched(), parties, note=False))
    assert (rows, oddities) == ([], {"counterpart_unreadable": 1}), "our own words are no plain words"


def test_with_a_wrong_key_nothing_is_concluded(tape, parties) -> None:
    rows, _ = rows_of(dialled(tape, parties, private=b"x" * 20))
    assert [row.rung for row in rows] == [Rung.REACHABLE]


@pytest.mark.parametrize(
    "said",
    [
        {"role": "observer", "private": A_KEY.hex()},
        {"role": "initiator", "private": "zz"},
        {"role": "initiator", "private": ""},
        {"role": "initiator", "private": "ab" * 5000},
        {"role": 7, "private": A_KEY.hex()},
    ],
)
def test_notes_that_cannot_be_ours(tape, said) -> None:
    tape.watched().opened().note("net", 7, VISITOR, event="mse", **said)
    rows, oddities = rows_of(tape.shaken())
    assert max(row.rung for row in rows) is Rung.HANDSHAKEN, "it is read as what it is"
    assert oddities == {"unreadable_net": 1}


def test_a_note_of_no_connection(tape) -> None:
    tape.watched().note("net", 99, VISITOR, event="mse", role="initiator", private=A_KEY.hex())
    assert rows_of(tape) == ([], {"mse_without_connection": 1})
