# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import peerwire as w
from swarmwitness.wire.bencode import encode as bencode

HANDSHAKE = (
    b"\x13BitTorrent protocol" + bytes.fromhex("0000000000100005") + b"h" * 20 + b"-SW0200-abcdefghijkl"
)

# What both sides may send: message and frame, with its length.
BOTH_WAYS: list[tuple[w.Message, str]] = [
    (w.KeepAlive(), "00000000"),
    (w.Choke(), "0000000100"),
    (w.Unchoke(), "0000000101"),
    (w.Interested(), "0000000102"),
    (w.NotInterested(), "0000000103"),
    (w.Have(0x01020304), "000000050401020304"),
    (w.BitfieldMessage(b""), "0000000105"),
    (w.BitfieldMessage(b"\xff\x01"), "0000000305ff01"),
    (w.Request(1, 16384, 0x4000), "0000000d06000000010000400000004000"),
    (w.Cancel(0xFFFFFFFF, 0, 1), "0000000d08ffffffff0000000000000001"),
    (w.Port(6881), "00000003091ae1"),
    (w.Suggest(7), "000000050d00000007"),
    (w.HaveAll(), "000000010e"),
    (w.HaveNone(), "000000010f"),
    (w.Reject(1, 2, 3), "0000000d10000000010000000200000003"),
    (w.AllowedFast(9), "000000051100000009"),
    (w.Extended(0, b"de"), "0000000414006465"),
    (w.Extended(3, b""), "000000021403"),
    (w.HashRequest(b"r" * 32, 0, 2, 2, 3), "0000003115" + "72" * 32 + "00000000000000020000000200000003"),
    (w.HashReject(b"r" * 32, 1, 0, 4, 0), "0000003117" + "72" * 32 + "00000001000000000000000400000000"),
    (w.Unknown(255, b""), "00000001ff"),
]
# What a peer may send and we never do.
READ_ONLY: list[tuple[w.Message, str]] = [
    (w.Piece(1, 0, b"data"), "0000000d070000000100000000" + b"data".hex()),
    (w.Piece(0, 0, b""), "00000009070000000000000000"),
    (
        w.Hashes(b"r" * 32, 0, 2, 2, 0, (b"a" * 32, b"b" * 32)),
        "0000007116" + "72" * 32 + "00000000000000020000000200000000" + "61" * 32 + "62" * 32,
    ),
    (w.Extended(3, b"d8:msg_typei1e5:piecei0eeX"), "0000001c1403" + b"d8:msg_typei1e5:piecei0eeX".hex()),
]
MALFORMED = [
    "0000",
    "04",
    "04010203",
    "040102030405",
    "06" + "00" * 11,
    "06" + "00" * 13,
    "08",
    "09aa",
    "09aabbcc",
    "07" + "00" * 7,
    "0d00",
    "0e00",
    "0f00",
    "10",
    "1100000000ff",
    "14",
    "15",
    "15" + "00" * 47,
    "15" + "00" * 49,
    "16" + "00" * 47,
    "16" + "00" * 49,
    "17" + "00" * 47,
]


@pytest.mark.parametrize(("message", "raw"), BOTH_WAYS)
def test_both_ways(message: w.Message, raw: str) -> None:
    assert w.encode(message) == bytes.fromhex(raw)
    assert w.decode(bytes.fromhex(raw)[4:]) == message


@pytest.mark.parametrize(("message", "raw"), READ_ONLY)
def test_read_but_never_written(message: w.Message, raw: str) -> None:
    assert w.decode(bytes.fromhex(raw)[4:]) == message
    with pytest.raises(ValueError, match="an observer does not send"):
        w.encode(message)


@pytest.mark.parametrize("number", [*range(10), 13, 14, 15, 16, 17, 20, 21, 22, 23])
def test_no_known_message_hides_in_an_unknown_one(number: int) -> None:
    with pytest.raises(ValueError, match="an observer does not send"):
        w.encode(w.Unknown(number, b"\0" * 12 + b"content"))


@pytest.mark.parametrize(
    "payload",
    [
        b"d8:msg_typei1e5:piecei0ee" + b"content",
        b"d8:msg_typei01e5:piecei0ee",
        b"d8:msg_typei0e8:msg_typei1ee",
        b"d8:msg_typei1e8:msg_typei0ee",
        b"d5:piecei0e8:msg_typei2e3:zzzlee",
        b"d8:msg_type1:1e",
        b"d8:msg_typei3ee",
        bencode({b"msg_type": 1, b"piece": 5, b"total_size": 9}) + b"x" * 9,
    ],
)
@pytest.mark.parametrize("number", [0, 1, 2, 255])
def test_no_metadata_is_sent_under_any_number(payload: bytes, number: int) -> None:
    with pytest.raises(ValueError, match="metadata"):
        w.encode(w.Extended(number, payload))


def test_metadata_requests_and_refusals_may_be_sent() -> None:
    for kind in (0, 2):
        payload = bencode({b"msg_type": kind, b"piece": 0})
        assert w.decode(w.encode(w.Extended(2, payload))[4:]) == w.Extended(2, payload)


def test_a_subclass_does_not_make_a_piece_sendable() -> None:
    class Sly(w.Piece):
        __slots__ = ()

    class Slyer(w.HashReject):
        __slots__ = ()

        def to_payload(self) -> bytes:
            return b"content"

    for sly in (Sly(0, 0, b"content"), Slyer(b"r" * 32, 0, 0, 2, 0)):
        with pytest.raises(ValueError, match="an observer does not send"):
            w.encode(sly)


@pytest.mark.parametrize(
    "message", [w.Have(-1), w.Have(1 << 32), w.Port(65536), w.Unknown(256, b""), w.Extended(-1, b"")]
)
def test_numbers_that_do_not_fit_are_our_error(message: w.Message) -> None:
    with pytest.raises(ValueError, match=r"fit|byte"):
        w.encode(message)


@pytest.mark.parametrize("raw", MALFORMED)
def test_malformed(raw: str) -> None:
    with pytest.raises(MalformedMessage) as refused:
        w.decode(bytes.fromhex(raw))
    assert 0 <= refused.value.offset <= len(raw) // 2


FIXED_SIZE = [
    (message, raw) for message, raw in BOTH_WAYS if raw[8:10] in ("04", "06", "08", "09", "0d", "10", "11")
]


@pytest.mark.parametrize(("message", "raw"), FIXED_SIZE)
def test_every_truncation_and_every_trailing_byte_is_refused(message: w.Message, raw: str) -> None:
    frame = bytes.fromhex(raw)[4:]
    for wrong in (*(frame[:end] for end in range(1, len(frame))), frame + b"\0"):
        with pytest.raises(MalformedMessage):
            w.decode(wrong)
    assert w.decode(frame) == message


STREAM = b"".join(bytes.fromhex(raw) for _, raw in (*BOTH_WAYS, *READ_ONLY))
FRAMES = [bytes.fromhex(raw)[4:] for _, raw in (*BOTH_WAYS, *READ_ONLY)]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_split_whole(kind: type) -> None:
    assert w.split(kind(STREAM)) == (FRAMES, len(STREAM))
    assert w.split(kind(b"??" + STREAM), 2) == (FRAMES, len(STREAM) + 2)


@pytest.mark.parametrize("step", [1, 2, 7, 40])
def test_split_in_bits(step: int) -> None:
    buffer = bytearray()
    found = []
    for at in range(0, len(STREAM), step):
        buffer += STREAM[at : at + step]
        frames, consumed = w.split(buffer)
        found += frames
        del buffer[:consumed]
    assert found == FRAMES
    assert not buffer


@pytest.mark.parametrize("end", range(14))
def test_split_leaves_what_is_not_whole(end: int) -> None:
    request = w.encode(w.Request(1, 2, 3))
    assert w.split(w.encode(w.Have(1)) + request[:end]) == ([w.encode(w.Have(1))[4:]], 9)


@pytest.mark.parametrize("announced", [0x80000000, 0xFFFFFFFF, w.MAX_FRAME_BYTES + 1])
def test_split_refuses_what_is_too_long_before_it_comes(announced: int) -> None:
    with pytest.raises(MalformedMessage) as refused:
        w.split(bytes(4) + announced.to_bytes(4, "big"))
    assert refused.value.offset == 4


def test_split_has_room_for_a_bitfield() -> None:
    frame = w.encode(w.BitfieldMessage(bytes(20)))
    with pytest.raises(MalformedMessage):
        w.split(frame, max_frame=10)
    assert w.split(frame, max_frame=10, bitfield_room=11)[1] == len(frame)


def test_handshake_both_ways() -> None:
    handshake = w.Handshake(bytes.fromhex("0000000000100005"), b"h" * 20, b"-SW0200-abcdefghijkl")
    assert w.Handshake.from_wire(HANDSHAKE) == handshake
    assert handshake.to_wire() == HANDSHAKE


@pytest.mark.parametrize("length", [*range(68), 69, 200])
def test_a_handshake_has_68_bytes(length: int) -> None:
    with pytest.raises(MalformedMessage):
        w.Handshake.from_wire((HANDSHAKE * 3)[:length])


@pytest.mark.parametrize("at", range(20))
def test_another_protocol_is_refused(at: int) -> None:
    with pytest.raises(MalformedMessage):
        w.Handshake.from_wire(HANDSHAKE[:at] + b"\0" + HANDSHAKE[at + 1 :])


def test_a_handshake_of_wrong_parts_is_our_error() -> None:
    with pytest.raises(ValueError, match="a handshake has"):
        w.Handshake(bytes(8), bytes(32), bytes(20))


numbers = st.integers(0, 0xFFFFFFFF)
sendable = st.one_of(
    st.builds(w.Have, numbers),
    st.builds(w.BitfieldMessage, st.binary(max_size=50)),
    st.builds(w.Request, numbers, numbers, numbers),
    st.builds(w.Cancel, numbers, numbers, numbers),
    st.builds(w.Reject, numbers, numbers, numbers),
    st.builds(w.Port, st.integers(0, 0xFFFF)),
    st.builds(w.HashRequest, st.binary(min_size=32, max_size=32), numbers, numbers, numbers, numbers),
    st.builds(w.HashReject, st.binary(min_size=32, max_size=32), numbers, numbers, numbers, numbers),
    st.builds(w.Extended, st.integers(0, 255), st.binary(max_size=50)),
    st.builds(w.Unknown, st.sampled_from([10, 11, 12, 18, 19, 24, 200]), st.binary(max_size=50)),
)


@given(st.lists(sendable, max_size=5))
def test_round_trip(messages: list[w.Message]) -> None:
    frames, consumed = w.split(stream := b"".join(map(w.encode, messages)))
    assert [w.decode(frame) for frame in frames] == messages
    assert consumed == len(stream)


@given(st.binary(max_size=100))
def test_random_bytes_raise_only_malformed(data: bytes) -> None:
    try:
        message = w.decode(data)
    except MalformedMessage:
        return
    assert isinstance(message, w.Message)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_random_streams_raise_only_malformed(data: bytes, max_frame: int) -> None:
    try:
        frames, consumed = w.split(data, max_frame=max_frame)
    except MalformedMessage:
        return
    assert sum(map(len, frames)) + 4 * len(frames) == consumed <= len(data)
    assert all(len(frame) <= max_frame for frame in frames)
