# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.facts import Speaker
from swarmwitness.swarm.layers import Layers
from swarmwitness.swarm.utp.reassembly import REMEMBERED, Reassembly
from swarmwitness.wire.utp import Extension, Packet, PacketType

US, PEER = Speaker.US, Speaker.PEER


def wire(kind: PacketType, number: int, seq: int, ack: int, payload: bytes = b"", **more) -> bytes:
    return Packet(kind, number, seq & 0xFFFF, ack & 0xFFFF, payload=payload, **more).to_wire()


class Read:
    """A reader, and the streams that came out of it."""

    def __init__(self) -> None:
        self.reader = Reassembly()
        self.streams = {US: b"", PEER: b""}

    def feed(self, who: Speaker, *datagrams: bytes) -> Read:
        for datagram in datagrams:
            self.streams[who] += self.reader.feed(who, datagram)
        return self


def begun(caller: Speaker = US) -> Read:
    """The caller's numbers begin at 101, the other side's at 500; ids 7 (to the caller) and 8."""
    other = PEER if caller is US else US
    read = Read().feed(caller, wire(PacketType.SYN, 7, 100, 0))
    return read.feed(other, wire(PacketType.STATE, 7, 500, 100))


@pytest.mark.parametrize("caller", [US, PEER])
def test_both_streams_whoever_called(caller: Speaker) -> None:
    other = PEER if caller is US else US
    read = begun(caller)
    read.feed(caller, wire(PacketType.DATA, 8, 101, 499, b"hello "))
    read.feed(other, wire(PacketType.DATA, 7, 501, 101, b"late"), wire(PacketType.DATA, 7, 500, 101, b"not "))
    read.feed(caller, wire(PacketType.DATA, 8, 102, 501, b"world"), wire(PacketType.FIN, 8, 103, 501))
    assert read.streams == {caller: b"hello world", other: b"not late"}
    assert read.reader.eof(caller)
    assert not read.reader.eof(other)
    assert not read.reader.odd


def test_numbers_wrap() -> None:
    read = Read().feed(US, wire(PacketType.SYN, 65_535, 65_535, 0))
    read.feed(PEER, wire(PacketType.STATE, 65_535, 65_535, 65_535))
    read.feed(US, wire(PacketType.DATA, 0, 0, 65_534, b"x"))
    read.feed(PEER, wire(PacketType.DATA, 65_535, 65_535, 0, b"a"), wire(PacketType.DATA, 65_535, 0, 0, b"b"))
    assert read.streams == {US: b"x", PEER: b"ab"}


def test_the_same_number_with_other_content_is_a_contradiction_and_the_first_counts() -> None:
    read = begun()
    read.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"one"), wire(PacketType.DATA, 7, 500, 100, b"one"))
    assert not read.reader.odd
    read.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"two"), wire(PacketType.FIN, 7, 500, 100))
    read.feed(PEER, wire(PacketType.DATA, 7, 502, 100, b"wait"), wire(PacketType.DATA, 7, 502, 100, b"what"))
    assert read.reader.odd == {"utp_contradiction": 3}
    assert read.streams[PEER] == b"one"


@pytest.mark.parametrize(
    ("datagram", "odd"),
    [
        (b"\x01", "utp_malformed"),
        (wire(PacketType.DATA, 9, 500, 100, b"x"), "utp_wrong_number"),
        (wire(PacketType.DATA, 7, 500, 101, b"x"), "utp_wrong_ack"),
        (wire(PacketType.DATA, 7, 500, 30, b"x"), "utp_wrong_ack"),
        (wire(PacketType.RESET, 7, 500, 30_000), "utp_wrong_ack"),
        (wire(PacketType.SYN, 7, 9, 0), "utp_second_syn"),
        (wire(PacketType.STATE, 7, 500, 100, extensions=(Extension(9, b""),)), "utp_extension"),
    ],
)
def test_what_cannot_be_true_is_not_heard(datagram: bytes, odd: str) -> None:
    read = begun().feed(PEER, datagram)
    assert read.streams[PEER] == b""
    assert read.reader.odd == {odd: 1}
    assert not read.reader.over
    assert read.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"on")).streams[PEER] == b"on"


@pytest.mark.parametrize("number", [7, 8])
def test_a_reset_ends_it_under_either_number(number: int) -> None:
    read = begun().feed(PEER, wire(PacketType.RESET, number, 0, 101))
    assert read.reader.over
    assert read.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"x")).streams[PEER] == b""


def test_nothing_is_heard_before_the_beginning_is_known() -> None:
    read = Read().feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"x"), wire(PacketType.STATE, 7, 500, 100))
    read.feed(US, wire(PacketType.SYN, 7, 100, 0))
    read.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"before the answer"))
    assert read.streams == {US: b"", PEER: b""}
    read.feed(PEER, wire(PacketType.STATE, 7, 500, 100), wire(PacketType.DATA, 7, 500, 100, b"x"))
    assert read.streams[PEER] == b"x"


def test_memory_is_bounded() -> None:
    read = begun()
    for at in range(3000):
        read.feed(PEER, wire(PacketType.DATA, 7, 500 + at, 100, b"%d" % at))
    assert len(read.reader._sides[PEER]._contents) == REMEMBERED
    assert len(read.streams[PEER]) > 3000


def test_layers_read_utp() -> None:
    layers = Layers("utp")
    assert layers.feed(US, wire(PacketType.SYN, 7, 100, 0)) == []
    assert layers.feed(PEER, wire(PacketType.STATE, 7, 500, 100)) == []
    assert layers.feed(PEER, wire(PacketType.DATA, 7, 500, 100, b"hi")) == [(PEER, b"hi")]
    assert layers.feed(PEER, b"?") == []
    assert layers.odd == {"utp_malformed": 1}
    assert layers.name == "utp"


@given(st.lists(st.tuples(st.sampled_from(Speaker), st.binary(max_size=60)), max_size=20))
def test_any_datagrams(datagrams: list[tuple[Speaker, bytes]]) -> None:
    read = begun()
    for who, datagram in datagrams:
        read.feed(who, datagram)
    assert sum(map(len, read.streams.values())) <= sum(len(datagram) for _, datagram in datagrams)
