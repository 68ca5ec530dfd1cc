# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.utp import (
    CLOSE_REASON,
    EXTENSION_BITS,
    MAX_ANOMALIES,
    SELECTIVE_ACK,
    Extension,
    Packet,
    PacketType,
)

HEADER = "{}{}1234 01020304 05060708 00100000 fffe 0001"
TABLE = {
    "data": (
        HEADER.format("01", "00") + "6869",
        Packet(PacketType.DATA, 0x1234, 0xFFFE, 1, 0x01020304, 0x05060708, 1 << 20, (), b"hi"),
    ),
    "fin": (
        HEADER.format("11", "00"),
        Packet(PacketType.FIN, 0x1234, 0xFFFE, 1, 0x01020304, 0x05060708, 1 << 20),
    ),
    "state with a selective ack": (
        HEADER.format("21", "01") + "00 04 05000080",
        Packet(
            PacketType.STATE, 0x1234, 0xFFFE, 1, 0x01020304, 0x05060708, 1 << 20,
            (Extension(SELECTIVE_ACK, b"\x05\0\0\x80"),),
        ),
    ),
    "reset": (
        HEADER.format("31", "00"),
        Packet(PacketType.RESET, 0x1234, 0xFFFE, 1, 0x01020304, 0x05060708, 1 << 20),
    ),
    "syn with a chain": (
        HEADER.format("41", "02") + "03 08 0000000000000000" + "00 04 0000000b",
        Packet(
            PacketType.SYN, 0x1234, 0xFFFE, 1, 0x01020304, 0x05060708, 1 << 20,
            (Extension(EXTENSION_BITS, bytes(8)), Extension(CLOSE_REASON, b"\0\0\0\x0b")),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("wire", "packet"), TABLE.values(), ids=TABLE)
def test_one_table_drives_both_directions(wire: str, packet: Packet) -> None:
    raw = bytes.fromhex(wire)
    assert Packet.from_wire(raw) == packet
    assert packet.to_wire() == raw


@pytest.mark.parametrize(("wire", "packet"), TABLE.values(), ids=TABLE)
def test_cut_anywhere_it_is_refused_or_shorter(wire: str, packet: Packet) -> None:
    raw = bytes.fromhex(wire)
    end = len(raw) - len(packet.payload)
    for length in range(len(raw)):
        if length < end:
            with pytest.raises(MalformedMessage):
                Packet.from_wire(raw[:length])
        else:
            assert Packet.from_wire(raw[:length]).payload == packet.payload[: length - end]


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "01",
        HEADER.format("00", "00"),
        HEADER.format("02", "00"),
        HEADER.format("51", "00"),
        HEADER.format("f1", "00"),
        HEADER.format("01", "01"),
        HEADER.format("01", "01") + "00 05 00000000",
        HEADER.format("01", "01") + "01 00",
        "13426974546f7272656e742070726f746f636f6c",
    ],
)
def test_what_is_no_packet_is_refused(wire: str) -> None:
    with pytest.raises(MalformedMessage):
        Packet.from_wire(bytes.fromhex(wire))


@pytest.mark.parametrize(
    ("wire", "kinds"),
    [
        (HEADER.format("21", "00") + "ff", ["utp_payload"]),
        (HEADER.format("01", "09") + "00 00", ["utp_extension"]),
        (HEADER.format("01", "01") + "00 03 000000", ["utp_selective_ack"]),
        (HEADER.format("01", "01") + "00 00", ["utp_selective_ack"]),
        (HEADER.format("11", "03") + "00 02 0000", ["utp_close_reason"]),
        (HEADER.format("01", "00") + "ff", []),
    ],
)
def test_oddities_are_kept(wire: str, kinds: list[str]) -> None:
    packet = Packet.from_wire(bytes.fromhex(wire))
    assert [each.kind for each in packet.anomalies] == kinds
    assert packet.to_wire() == bytes.fromhex(wire), "nothing is repaired"


def test_a_chain_of_thousands_fills_no_memory() -> None:
    packet = Packet.from_wire(bytes.fromhex(HEADER.format("01", "09")) + b"\x09\x00" * 3000 + b"\x00\x00")
    assert len(packet.anomalies) == MAX_ANOMALIES + 1
    assert packet.anomalies[-1].kind == "more"


def test_what_extensions_say() -> None:
    _, state = TABLE["state with a selective ack"]
    _, syn = TABLE["syn with a chain"]
    assert state.selective_ack == b"\x05\0\0\x80"
    assert state.close_reason is None
    assert syn.selective_ack is None
    assert syn.close_reason == 11


@pytest.mark.parametrize(
    "packet",
    [
        Packet(PacketType.DATA, 1 << 16, 0, 0),
        Packet(PacketType.DATA, 0, -1, 0),
        Packet(PacketType.DATA, 0, 0, 0, window_bytes=1 << 32),
        Packet(PacketType.DATA, 0, 0, 0, extensions=(Extension(0, b""),)),
        Packet(PacketType.DATA, 0, 0, 0, extensions=(Extension(1, bytes(256)),)),
    ],
)
def test_what_has_no_place_in_a_packet_is_our_mistake(packet: Packet) -> None:
    with pytest.raises(ValueError, match=r"uTP packet|no place"):
        packet.to_wire()


words, shorts = st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)
extensions = st.builds(Extension, st.integers(1, 255), st.binary(max_size=255))


@given(
    st.builds(
        Packet,
        st.sampled_from(PacketType),
        shorts,
        shorts,
        shorts,
        words,
        words,
        words,
        st.lists(extensions, max_size=4).map(tuple),
        st.binary(max_size=40),
    )
)
def test_round_trip(packet: Packet) -> None:
    read = Packet.from_wire(packet.to_wire())
    assert read.to_wire() == packet.to_wire()
    assert (read.type, read.extensions, read.payload) == (packet.type, packet.extensions, packet.payload)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    try:
        again = Packet.from_wire(data).to_wire()
    except MalformedMessage as error:
        again = data if 0 <= error.offset <= len(data) else b"an offset outside"
    assert again == data
