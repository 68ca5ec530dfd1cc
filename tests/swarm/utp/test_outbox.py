# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from swarmwitness.swarm.utp.outbox import (
    LEAST_RTO_NS,
    MAX_PAYLOAD_BYTES,
    MAX_TIMEOUTS,
    MAX_UNSENT_BYTES,
    MOST_RTO_NS,
    Outbox,
)
from swarmwitness.wire.utp import PacketType

MS = 1_000_000


def outbox(window_bytes: int = 1 << 20) -> Outbox:
    made = Outbox(65_534)
    made.peer_window_bytes = window_bytes
    return made


def test_what_is_said_is_cut_numbered_and_acked() -> None:
    box = outbox()
    box.push(bytes(MAX_PAYLOAD_BYTES + 5))
    box.finish()
    going = box.ready(0)
    assert [(f.seq, f.type, len(f.payload)) for f in going] == [
        (65_534, PacketType.DATA, MAX_PAYLOAD_BYTES),
        (65_535, PacketType.DATA, 5),
        (0, PacketType.FIN, 0),
    ]
    assert box.last_sent == 0
    box.take_ack(65_535, b"", 0, 50 * MS)
    assert not box.idle
    box.take_ack(0, b"", 0, 50 * MS)
    assert box.idle
    assert box.due_ns is None


def test_after_goodbye_nothing_is_said() -> None:
    box = outbox()
    box.finish()
    box.push(b"late")
    assert [f.type for f in box.ready(0)] == [PacketType.FIN]
    assert box.idle is False


def test_both_windows_bind() -> None:
    box = outbox(window_bytes=MAX_PAYLOAD_BYTES)
    box.push(bytes(10 * MAX_PAYLOAD_BYTES))
    assert len(box.ready(0)) == 1
    assert box.ready(0) == []
    wide = outbox()
    wide.push(bytes(10 * MAX_PAYLOAD_BYTES))
    assert len(wide.ready(0)) == 2, "LEDBAT begins with two"


def test_selective_acks_name_what_is_lost() -> None:
    box = outbox()
    for byte in b"abcdef":
        box.push(bytes([byte]))
        box.ready(0)
    assert len(box.ready(1)) == 0
    # The first is acked, the second is missing, the four behind it are here.
    box.take_ack(65_534, b"\x0f\0\0\0", 0, 10 * MS)
    assert [f.payload for f in box.ready(10 * MS)] == [b"b"]
    box.take_ack(65_534, b"\x0f\0\0\0", 0, 11 * MS)
    assert box.ready(11 * MS) == [], "it has not had its time"
    box.take_ack(65_534 + 5 & 0xFFFF, b"", 0, 20 * MS)
    assert box.idle


def test_the_clock_backs_off_and_gives_up() -> None:
    box = outbox()
    box.push(b"x")
    now = 0
    box.ready(now)
    waits = []
    while True:
        waits.append(box.rto_ns)
        assert box.due_ns is not None
        now = box.due_ns
        if box.expired(now):
            break
        assert [f.payload for f in box.ready(now)] == [b"x"]
    assert len(waits) == MAX_TIMEOUTS + 1
    assert waits == sorted(waits)
    assert waits[-1] == MOST_RTO_NS


def test_the_round_trip_is_measured_of_what_was_sent_once() -> None:
    box = outbox()
    box.push(b"x")
    box.ready(0)
    box.take_ack(65_534, b"", 0, 100 * MS)
    assert box.rto_ns == LEAST_RTO_NS
    box.push(b"y")
    box.ready(200 * MS)
    box.expired(5000 * MS)
    box.ready(5000 * MS)
    box.take_ack(65_535, b"", 0, 9000 * MS)
    assert box.rto_ns == LEAST_RTO_NS, "of one sent twice nobody knows which was acked"


def test_who_takes_nothing_is_told_from_who_is_slow() -> None:
    box = outbox()
    box.push(bytes(MAX_UNSENT_BYTES))
    assert not box.full
    box.push(b"x")
    assert box.full
