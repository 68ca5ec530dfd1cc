# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmwitness.swarm.utp.connection import (
    ACK_DELAY_NS,
    CONNECT_NS,
    KEEP_OPEN_NS,
    LINGER_NS,
    USELESS_PER_S,
    State,
    UtpConnection,
    reset_for,
)
from swarmwitness.swarm.utp.outbox import MAX_UNSENT_BYTES
from swarmwitness.terms import Instant
from swarmwitness.wire.utp import Packet, PacketType

OURS, THEIRS = random.Random(3).randbytes(3000), random.Random(4).randbytes(40_000)


def at(seconds: float) -> Instant:
    return Instant(int(seconds * 1e9), 5_000_000_000 + int(seconds * 1e9))


def sent(connection: UtpConnection, when: float) -> list[Packet]:
    return [Packet.from_wire(each) for each in connection.flush(at(when))]


def standing(**more) -> UtpConnection:
    """We dialled with number 7 and seq 100; the peer answered that its next is 500."""
    connection = UtpConnection.dial(7, 100, at(0), **more)
    connection.flush(at(0))
    connection.received(Packet(PacketType.STATE, 7, 500, 100, window_bytes=99_999), at(0.1))
    assert connection.state is State.STANDING
    return connection


def data(seq: int, payload: bytes = b"x", ack: int = 100) -> Packet:
    return Packet(PacketType.DATA, 7, seq, ack, payload=payload, window_bytes=99_999)


def test_the_first_packets_of_a_call() -> None:
    connection = UtpConnection.dial(65_535, 65_535, at(0))
    (syn,) = sent(connection, 0)
    assert (syn.type, syn.connection, syn.seq, syn.ack) == (PacketType.SYN, 65_535, 65_535, 0)
    assert connection.received(Packet(PacketType.STATE, 65_535, 9, 65_535, window_bytes=5000), at(0.1)) == b""
    assert connection.stood
    connection.send(b"hello")
    (said,) = sent(connection, 0.2)
    assert (said.type, said.connection, said.seq, said.ack) == (PacketType.DATA, 0, 0, 8)
    assert said.payload == b"hello"


def test_nobody_stands_before_the_address_is_proved() -> None:
    syn = Packet(PacketType.SYN, 7, 100, 0)
    connection = UtpConnection.accept(syn, 500, at(0))
    connection.send(b"too early")
    (answer,) = sent(connection, 0)
    assert (answer.type, answer.connection, answer.seq, answer.ack) == (PacketType.STATE, 7, 500, 100)
    assert not connection.stood
    assert connection.received(Packet(PacketType.DATA, 8, 101, 7000, payload=b"guess"), at(0.1)) == b""
    assert not connection.stood, "an ack that cannot be true proves nothing"
    assert connection.received(Packet(PacketType.DATA, 8, 101, 499, payload=b"hi"), at(0.1)) == b"hi"
    assert connection.stood
    assert [each.payload for each in sent(connection, 0.2)] == [b"too early"]


def test_a_lost_syn_is_said_again_and_at_last_given_up() -> None:
    connection = UtpConnection.dial(7, 100, at(0))
    when, syns = 0.0, 0
    while connection.state is not State.OVER:
        syns += len(sent(connection, when))
        when += 0.05
        connection.tick(at(when))
    assert connection.outcome == "timeout"
    assert 3 <= syns <= 5
    assert abs(when - CONNECT_NS / 1e9) < 0.2


@pytest.mark.parametrize(
    ("kind", "ack", "outcome"),
    [(PacketType.RESET, 100, "refused"), (PacketType.RESET, 7000, None), (PacketType.DATA, 100, None)],
)
def test_an_answer_that_is_none(kind, ack, outcome) -> None:
    connection = UtpConnection.dial(7, 100, at(0))
    connection.flush(at(0))
    connection.received(Packet(kind, 7, 500, ack, payload=b""), at(0.1))
    assert connection.outcome == outcome
    assert not connection.stood


def test_packets_out_of_order_are_put_in_order_and_acked_selectively() -> None:
    connection = standing()
    assert connection.received(data(502, b"c"), at(1)) == b""
    (ack,) = sent(connection, 1)
    assert (ack.ack, ack.selective_ack) == (499, b"\x02\0\0\0")
    assert connection.received(data(500, b"a"), at(1)) == b"a"
    assert connection.received(data(501, b"b"), at(1)) == b"bc"
    (ack,) = sent(connection, 1)
    assert (ack.ack, ack.selective_ack) == (502, None)
    assert connection.received(data(501, b"b"), at(1)) == b""


def test_acks_wait_for_company_but_not_long() -> None:
    connection = standing()
    sent(connection, 0.1)
    connection.received(data(500), at(1))
    assert sent(connection, 1) == []
    assert connection.due_ns == at(1).monotonic_ns + ACK_DELAY_NS
    assert [each.type for each in sent(connection, 1.11)] == [PacketType.STATE]
    connection.received(data(501), at(2))
    connection.received(data(502), at(2))
    assert len(sent(connection, 2)) == 1


def test_a_lost_packet_is_said_again_by_the_clock_and_by_acks() -> None:
    connection = standing()
    connection.send(b"1" * 1300 + b"2" * 1300)
    first, second = sent(connection, 1)
    assert sent(connection, 1.4) == []
    connection.tick(at(2.2))
    (again,) = sent(connection, 2.2)
    assert again.seq == first.seq
    assert again.payload == first.payload
    for _ in range(4):
        connection.received(Packet(PacketType.STATE, 7, 500, first.seq, window_bytes=9999), at(2.3))
    assert [each.seq for each in sent(connection, 2.3)] == [second.seq], "three acks of the one before"


def test_a_peer_that_is_gone_is_left() -> None:
    connection = standing()
    connection.send(b"anybody?")
    when = 1.0
    while connection.state is not State.OVER:
        sent(connection, when)
        when += 0.5
        connection.tick(at(when))
        assert when < 120
    assert connection.outcome == "timeout"


def test_a_peer_that_takes_nothing_is_left() -> None:
    connection = standing()
    connection.send(bytes(MAX_UNSENT_BYTES + 1))
    assert connection.outcome == "not_reading"
    assert [each.type for each in sent(connection, 1)] == [PacketType.RESET]


def test_a_closed_window_is_probed_by_one_packet() -> None:
    connection = standing()
    connection.received(Packet(PacketType.STATE, 7, 500, 100, window_bytes=0), at(1))
    connection.send(b"x" * 5000)
    assert len(sent(connection, 1)) == 1
    assert sent(connection, 1.1) == []


def test_goodbye_of_the_peer() -> None:
    connection = standing()
    assert connection.received(Packet(PacketType.FIN, 7, 501, 100), at(1)) == b""
    assert connection.outcome is None, "something before it is missing"
    assert connection.received(data(500, b"last"), at(1)) == b"last"
    assert connection.outcome == "eof"
    (fin,) = sent(connection, 1)
    assert (fin.type, fin.ack) == (PacketType.FIN, 501)
    connection.received(Packet(PacketType.STATE, 7, 502, fin.seq), at(1.1))
    connection.tick(at(1.2))
    assert connection.state is State.OVER
    assert sent(connection, 1.2) == []


def test_our_goodbye_comes_after_what_was_said_and_has_its_time() -> None:
    connection = standing()
    connection.send(b"last")
    connection.close("enough", at(1))
    assert [each.type for each in sent(connection, 1)] == [PacketType.DATA, PacketType.FIN]
    assert connection.received(data(500, b"deaf"), at(1.1)) == b"", "nobody listens any more"
    connection.tick(Instant(0, at(1).monotonic_ns + LINGER_NS))
    assert connection.state is State.OVER
    assert connection.outcome == "enough"
    assert [each.type for each in sent(connection, 5)] == [PacketType.RESET]


def test_a_flood_of_nothing_new_is_left() -> None:
    connection = standing()
    connection.received(data(500), at(2))
    for _ in range(USELESS_PER_S + 1):
        connection.received(data(500), at(2.1))
    assert connection.outcome == "flood"


def test_the_way_is_kept_open_where_that_is_asked_for() -> None:
    connection = standing(keep_open=True)
    later = at(0).monotonic_ns + KEEP_OPEN_NS
    assert connection.due_ns == later
    connection.tick(Instant(0, later))
    assert [Packet.from_wire(each).type for each in connection.flush(Instant(0, later))] == [PacketType.STATE]
    assert standing().due_ns is None, "else nothing is said to keep it"


def test_a_reset_answers_what_it_answers() -> None:
    packet = Packet(PacketType.DATA, 7, 500, 100, payload=b"x")
    answer = Packet.from_wire(reset_for(packet))
    assert (answer.type, answer.connection, answer.ack) == (PacketType.RESET, 7, 500)
    connection = UtpConnection.dial(499, 7, at(0))
    assert connection.received(answer, at(0)) == b""


def test_clocks_that_differ_by_anything() -> None:
    connection = standing()
    connection.received(Packet(PacketType.DATA, 7, 500, 100, timestamp_us=0xFFFFFFFF, payload=b"x"), at(1))
    connection.send(b"y")
    (said,) = sent(connection, 1)
    assert said.difference_us == (at(1).monotonic_ns // 1000 + 1) & 0xFFFFFFFF


# Over a network


def talk(net, until, steps=6000) -> None:
    for _ in range(steps):
        if until():
            return
        net.step()


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32),
    loss=st.floats(0, 0.3),
    double=st.floats(0, 0.5),
    late=st.floats(0, 0.5),
    ours=st.booleans(),
    seqs=st.tuples(st.integers(0, 65_535), st.integers(0, 65_535)),
)
def test_all_that_is_said_arrives_and_the_passive_reader_reads_the_same(
    network, seed, loss, double, late, ours, seqs
) -> None:
    net = network(seed, loss=loss, double=double, late=late).connect(ours, seqs)
    caller = net.here if ours else net.there
    talk(net, lambda: caller.stood or caller.outcome)
    if caller.outcome:
        assert caller.outcome == "timeout"
        return
    said, answer = (OURS, THEIRS) if ours else (THEIRS, OURS)
    caller.send(said)
    talk(net, lambda: net.here.stood and net.there.stood)
    (net.there if ours else net.here).send(answer)
    talk(
        net,
        lambda: (net.read_here, net.read_there) == (THEIRS, OURS) or net.here.outcome or net.there.outcome,
    )
    assert net.seen_of_peer == net.read_here
    assert OURS.startswith(net.read_there)
    assert OURS.startswith(net.seen_of_us)
    if loss <= 0.1 and net.here.outcome is None and net.there.outcome is None:
        assert (net.read_here, net.read_there) == (THEIRS, OURS)
        assert net.seen_of_us == OURS
        assert net.reader.odd["utp_contradiction"] == 0


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), loss=st.floats(0, 0.2), forged=st.floats(0.1, 0.9), ours=st.booleans())
def test_whoever_forges_datagrams_cannot_part_the_two_readers(network, seed, loss, forged, ours) -> None:
    net = network(seed, loss=loss, late=0.2, forged=forged).connect(ours)
    net.run(100)
    for end, words in ((net.here, OURS), (net.there, THEIRS)):
        if end is not None:
            end.send(words)
    alive_bytes = b""
    for _ in range(300):
        net.step()
        if net.here is not None and net.here.outcome is None:
            alive_bytes = net.read_here
            assert net.seen_of_peer == net.read_here
    assert net.seen_of_peer.startswith(alive_bytes)
    assert net.seen_of_peer.startswith(net.read_here)


@pytest.mark.parametrize(
    ("kind", "payload"), [(PacketType.STATE, b""), (PacketType.DATA, b""), (PacketType.DATA, b"x")]
)
def test_packets_that_say_next_to_nothing_are_bounded_also_while_we_wait_for_an_ack(kind, payload) -> None:
    """A record of each is kept: else a peer could fill a disk with a few bytes each."""
    here = UtpConnection.dial(77, 500, at(0))
    here.flush(at(0))
    here.received(Packet(PacketType.STATE, 77, 10, 500, 1), at(0.1))
    here.send(b"not acked")
    here.flush(at(0.1))
    for number in range(USELESS_PER_S + 1):
        assert here.outcome is None
        seq = 10 + number * (kind is PacketType.DATA)
        here.received(Packet(kind, 77, seq & 0xFFFF, 500, 1, 1, 9000, (), payload), at(0.2))
    assert here.outcome == "flood"
