# SPDX-License-Identifier: Apache-2.0
"""Nobody who forges a stranger's address gets a connection to stand, and every real caller does."""

from __future__ import annotations

import random

import pytest

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.utp import Reassembly, UtpConnection
from swarmwitness.swarm.utp.connection import State
from swarmwitness.swarm.utp.proof import EARLY_US, MAX_EARLY, MAX_UNPROVED, WINDOW_US, proves
from swarmwitness.terms import Instant
from swarmwitness.wire.utp import Packet, PacketType

ENTROPY = 0x8000_0001 << 16 | 500
STAMP_US, LAST = 0x8000_0001, 499


def at(seconds: float) -> Instant:
    ns = int(seconds * 1e9)
    return Instant(1_700_000_000_000_000_000 + ns, ns)


def called(entropy: int = ENTROPY) -> tuple[UtpConnection, Packet, Packet]:
    """A connection that somebody calls, the call, and our answer."""
    syn = Packet(PacketType.SYN, 100, 7, 0, timestamp_us=5)
    connection = UtpConnection.accept(syn, entropy, at(1))
    (answer,) = connection.flush(at(1))
    return connection, syn, Packet.from_wire(answer)


def content(ack: int, echo_us: int, payload: bytes = b"hello") -> Packet:
    """The caller's first packet; `echo_us` is what its two clocks give back."""
    now_us = 77_000_000
    return Packet(PacketType.DATA, 101, 8, ack, now_us, (now_us - echo_us) & 0xFFFFFFFF, 9000, (), payload)


@pytest.mark.parametrize(
    ("ack", "waited_us", "proved"),
    [
        (LAST, 0, True),
        (LAST, WINDOW_US - 1, True),
        (LAST, -EARLY_US, True),
        (LAST, WINDOW_US, False),
        (LAST, -EARLY_US - 1, False),
        (LAST - 1, 0, False),
        (LAST + 1, 0, False),
        (LAST, 1 << 31, False),
    ],
)
def test_what_proves_an_address(ack: int, waited_us: int, proved: bool) -> None:
    connection, syn, answer = called()
    assert (answer.timestamp_us, answer.seq, answer.ack) == (STAMP_US, LAST + 1, 7)
    packet = content(ack, STAMP_US + waited_us)
    assert proves(packet, LAST, STAMP_US) is proved
    assert connection.received(packet, at(1.1)) == (b"hello" if proved else b"")
    assert connection.stood is proved
    reader = Reassembly()
    read = [
        reader.feed(who, each.to_wire())
        for who, each in ((Speaker.PEER, syn), (Speaker.US, answer), (Speaker.PEER, packet))
    ]
    assert read[-1] == (b"hello" if proved else b"")
    assert reader.odd["utp_unproved"] == (not proved)


def test_the_clocks_of_a_packet_that_has_none_prove_nothing() -> None:
    connection, _, _ = called()
    assert connection.received(Packet(PacketType.DATA, 101, 8, LAST, payload=b"x"), at(1.1)) == b""
    assert not connection.stood


def test_who_guesses_gets_two_tries_and_no_rung() -> None:
    """Every number of 16 bits is tried, as a forger would: before, one try in a thousand was enough."""
    rng = random.Random(20)
    for _ in range(20):
        connection, syn, _ = called(rng.getrandbits(48))
        tries = [content(ack, rng.getrandbits(32)) for ack in range(0, 1 << 16, 60)]
        heard = [connection.received(each, at(1.2)) for each in tries]
        assert not any(heard)
        assert not connection.stood
        assert (connection.state, connection.outcome) == (State.OVER, "unproved")
        assert syn.type is PacketType.SYN
    assert MAX_UNPROVED == 1


def test_a_caller_of_ours_proves_itself_whatever_the_clocks_say() -> None:
    rng = random.Random(1)
    for _ in range(50):
        here, there = rng.random() * 1e6, rng.random() * 1e6
        caller = UtpConnection.dial(rng.getrandbits(16), rng.getrandbits(16), at(here))
        (syn,) = caller.flush(at(here))
        accepted = UtpConnection.accept(Packet.from_wire(syn), rng.getrandbits(48), at(there))
        late = rng.random() * 3
        for answer in accepted.flush(at(there)):
            caller.received(Packet.from_wire(answer), at(here + late))
        caller.send(b"hello")
        said = [
            accepted.received(Packet.from_wire(d), at(there + 4)) for d in caller.flush(at(here + late + 1))
        ]
        assert b"".join(said) == b"hello"
        assert accepted.stood


def test_the_clock_of_a_visitors_connection_goes_on_from_its_answer() -> None:
    connection, _, answer = called()
    connection.received(content(LAST, STAMP_US), at(2))
    connection.send(b"x")
    (said,) = connection.flush(at(3))
    assert Packet.from_wire(said).timestamp_us == (answer.timestamp_us + 2_000_000) & 0xFFFFFFFF


@pytest.mark.parametrize("ours", [True, False])
def test_packets_before_a_connection_stands_have_an_end(ours: bool) -> None:
    """Else the peer could fill what a replay holds until the `open` note, and what it says next is lost."""
    connection = UtpConnection.dial(100, 3, at(1)) if ours else called()[0]
    syn = Packet(PacketType.SYN, 100, 7, 0, timestamp_us=5)
    for _ in range(MAX_EARLY):
        assert connection.received(syn, at(1)) == b""
    assert connection.state is not State.OVER
    connection.received(syn, at(1))
    assert (connection.state, connection.outcome) == (State.OVER, "flood")
