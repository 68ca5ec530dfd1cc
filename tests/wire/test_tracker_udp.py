# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire.tracker_udp import (
    MAX_SCRAPED,
    AnnounceRequest,
    AnnounceResponse,
    ConnectRequest,
    ConnectResponse,
    Counts,
    ErrorResponse,
    Request,
    Response,
    ScrapeRequest,
    ScrapeResponse,
    answered_in,
    asked_in,
    request_from_wire,
    response_from_wire,
    url_data_of,
    url_options,
)

HASH, PEER_ID = bytes(range(20)), b"-SW0200-abcdefghijkl"
ID = 0x0102030405060708
V4, V6 = Endpoint.of("192.0.2.7", 6881), Endpoint.of("2001:db8::1", 6882)

REQUESTS: list[tuple[Request, str]] = [
    (ConnectRequest(0x11223344), "0000041727101980 00000000 11223344"),
    (
        AnnounceRequest(ID, 0x11223344, HASH, PEER_ID, 6881, 1, 2, 3, "started", 0, 0xAABBCCDD, 50),
        f"0102030405060708 00000001 11223344 {HASH.hex()} {PEER_ID.hex()} 0000000000000001 0000000000000002"
        " 0000000000000003 00000002 00000000 aabbccdd 00000032 1ae1",
    ),
    (
        AnnounceRequest(ID, 1, HASH, PEER_ID, 0, options=b"\x02\x02/a"),
        f"0102030405060708 00000001 00000001 {HASH.hex()} {PEER_ID.hex()} {'00' * 24} 00000000 00000000"
        " 00000000 ffffffff 0000 02022f61",
    ),
    (
        ScrapeRequest(ID, 7, (HASH, HASH[::-1])),
        f"0102030405060708 00000002 00000007 {HASH.hex()} {HASH[::-1].hex()}",
    ),
    (ScrapeRequest(ID, 7, ()), "0102030405060708 00000002 00000007"),
]
RESPONSES: list[tuple[Response, bool, str]] = [
    (ConnectResponse(5, ID), False, "00000000 00000005 0102030405060708"),
    (AnnounceResponse(5, 1800, 3, 4), False, "00000001 00000005 00000708 00000003 00000004"),
    (AnnounceResponse(5, -1, 3, 4), False, "00000001 00000005 ffffffff 00000003 00000004"),
    (
        AnnounceResponse(5, 1800, 3, 4, (V4, V4)),
        False,
        "00000001 00000005 00000708 00000003 00000004" + "c00002071ae1" * 2,
    ),
    (
        AnnounceResponse(5, 1800, 3, 4, (V6,)),
        True,
        "00000001 00000005 00000708 00000003 00000004 20010db8000000000000000000000001 1ae2",
    ),
    (ScrapeResponse(5, (Counts(1, 2, 3),)), False, "00000002 00000005 00000001 00000002 00000003"),
    (ScrapeResponse(5), False, "00000002 00000005"),
    (ErrorResponse(5, b"no\xff\x00"), False, "00000003 00000005 6e6fff00"),
]


@pytest.mark.parametrize(("message", "wire"), REQUESTS)
def test_requests_both_ways(message: Request, wire: str) -> None:
    assert message.to_wire() == bytes.fromhex(wire)
    assert request_from_wire(bytes.fromhex(wire)) == message
    assert asked_in(bytes.fromhex(wire)) == (message.transaction, message.action)


@pytest.mark.parametrize(("message", "ipv6", "wire"), RESPONSES)
def test_responses_both_ways(message: Response, ipv6: bool, wire: str) -> None:
    assert message.to_wire() == bytes.fromhex(wire)
    assert response_from_wire(bytes.fromhex(wire), ipv6=ipv6) == message
    assert answered_in(bytes.fromhex(wire)) == message.transaction


@pytest.mark.parametrize(("message", "ipv6", "wire"), RESPONSES)
def test_each_truncation_is_refused_or_odd(message: Response, ipv6: bool, wire: str) -> None:
    raw = bytes.fromhex(wire)
    for end in range(len(raw)):
        try:
            read = response_from_wire(raw[:end], ipv6=ipv6)
        except MalformedMessage:
            continue
        assert read.transaction == message.transaction
        assert read.to_wire() == raw[:end] or read.anomalies


@pytest.mark.parametrize(("message", "wire"), REQUESTS)
def test_each_truncated_request_is_refused_or_another(message: Request, wire: str) -> None:
    raw = bytes.fromhex(wire)
    for end in range(len(raw)):
        try:
            read = request_from_wire(raw[:end])
        except MalformedMessage:
            continue
        assert read.to_wire() == raw[:end]
        assert read != message


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("00000000 00000005 0102030405060708 ff", "trailing_bytes"),
        ("00000001 00000005 00000708 00000003 00000004 c00002071ae1 0102", "peer_list_length"),
        ("00000001 00000005 00000708 00000003 00000004 c00002070000", "peer_port"),
        ("00000002 00000005 00000001 00000002 00000003 00", "trailing_bytes"),
    ],
)
def test_oddities_are_kept(raw: str, kind: str) -> None:
    assert [anomaly.kind for anomaly in response_from_wire(bytes.fromhex(raw)).anomalies] == [kind]


def test_a_flood_of_oddities_is_bounded() -> None:
    raw = bytes.fromhex("00000001 00000005 00000708 00000003 00000004") + bytes(6 * 5000)
    read = response_from_wire(raw)
    assert isinstance(read, AnnounceResponse)
    assert len(read.peers) == 5000
    assert len(read.anomalies) == 9


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "00000000 00000005 01020304050607",
        "00000001 00000005 00000708 00000003 000000",
        "00000004 00000005 00000000",
        "ffffffff 00000005",
        "00000003 000000",
    ],
)
def test_refused_responses(raw: str) -> None:
    with pytest.raises(MalformedMessage):
        response_from_wire(bytes.fromhex(raw))


@pytest.mark.parametrize(
    "raw",
    [
        "0000041727101981 00000000 11223344",
        "0000041727101980 00000000 11223344 00",
        "0000041727101980 00000003 11223344",
        "0102030405060708 00000002 00000007 00",
        "0102030405060708 00000002 00000007" + "00" * 20 * (MAX_SCRAPED + 1),
        "0102030405060708 00000001 00000007" + "00" * 64 + "00000004" + "00" * 14,
        "0102030405060708 00000001 00000007" + "00" * 81,
    ],
)
def test_refused_requests(raw: str) -> None:
    with pytest.raises(MalformedMessage):
        request_from_wire(bytes.fromhex(raw))


ANNOUNCE = AnnounceRequest(1, 2, HASH, PEER_ID, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(ANNOUNCE, info_hash=b"short"),
        replace(ANNOUNCE, peer_id=b"short"),
        replace(ANNOUNCE, event="paused"),
        replace(ANNOUNCE, port=65536),
        replace(ANNOUNCE, left=-1),
        ScrapeRequest(1, 2, (HASH,) * (MAX_SCRAPED + 1)),
        ScrapeRequest(1, 2, (b"short",)),
        AnnounceResponse(1, 1 << 31, 0, 0),
    ],
)
def test_what_a_message_cannot_hold_is_our_error(wrong: Request | Response) -> None:
    with pytest.raises(ValueError, match=r"announce|scrape|hold"):
        wrong.to_wire()


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("", b""),
        ("/announce?k=v", b"\x02\x0d/announce?k=v"),
        ("/" + "a" * 254, b"\x02\xff/" + b"a" * 254),
        ("/" + "a" * 299, b"\x02\xff/" + b"a" * 254 + b"\x02\x2d" + b"a" * 45),
    ],
)
def test_the_url_travels_as_options(target: str, options: bytes) -> None:
    assert url_options(target) == options
    assert url_data_of(options) == target.encode()


def test_options_between_and_behind_are_passed() -> None:
    assert url_data_of(b"\x01\x01\x02\x01a\x09\x03xyz\x02\x01b\x00\x02\x01c") == b"ab"
    assert url_data_of(b"") == b""


@pytest.mark.parametrize("options", [b"\x02", b"\x02\x05ab", b"\x01\x09\x02a"])
def test_options_that_are_cut_off(options: bytes) -> None:
    with pytest.raises(MalformedMessage):
        url_data_of(options)


WORD = st.integers(0, 2**32 - 1)
LONG = st.integers(0, 2**64 - 1)
HASHES = st.binary(min_size=20, max_size=20)


@given(
    st.builds(ConnectRequest, WORD)
    | st.builds(ScrapeRequest, LONG, WORD, st.lists(HASHES, max_size=4).map(tuple))
    | st.builds(
        AnnounceRequest, LONG, WORD, HASHES, HASHES, st.integers(0, 65535), LONG, LONG, LONG,
        st.sampled_from([None, "started", "stopped", "completed"]), WORD, WORD,
        st.integers(-(2**31), 2**31 - 1), st.binary(max_size=30),
    )
)  # fmt: skip
def test_requests_round_trip(message: Request) -> None:
    assert request_from_wire(message.to_wire()) == message


PEERS = st.lists(st.builds(Endpoint, st.ip_addresses(v=4), st.integers(1, 65535)), max_size=9).map(tuple)


@given(
    st.builds(ConnectResponse, WORD, LONG)
    | st.builds(AnnounceResponse, WORD, st.integers(-(2**31), 2**31 - 1), WORD, WORD, PEERS)
    | st.builds(ScrapeResponse, WORD, st.lists(st.builds(Counts, WORD, WORD, WORD), max_size=5).map(tuple))
    | st.builds(ErrorResponse, WORD, st.binary(max_size=30))
)
def test_responses_round_trip(message: Response) -> None:
    assert response_from_wire(message.to_wire()) == message


@given(st.binary(max_size=200), st.booleans(), st.integers(0, 4))
def test_any_bytes_are_read_or_refused(data: bytes, ipv6: bool, action: int) -> None:
    for raw in (data, action.to_bytes(4, "big") + data, data[:8].ljust(8) + action.to_bytes(4, "big") + data):
        with suppress(MalformedMessage):
            assert request_from_wire(raw).to_wire() == raw
        with suppress(MalformedMessage):
            assert response_from_wire(raw, ipv6=ipv6).transaction == answered_in(raw)
        assert answered_in(raw) is None or len(raw) >= 8
