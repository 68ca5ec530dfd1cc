# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, InfoHash, MalformedMessage
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.tracker_http import (
    MAX_ANOMALIES,
    AnnounceRequest,
    AnnounceResponse,
    ListedPeer,
    to_compact,
)

HASH = InfoHash(bytes.fromhex("123456789abcdef123456789abcdef123456789a"))
PEER_ID = b"-SW0200-abcdefghijkl"
AGENT = "Swarmwitness/0.1 (+https://example.org)"


def test_the_request_is_exact() -> None:
    request = AnnounceRequest(HASH, PEER_ID, 6881, left=9, event="started", numwant=50)
    assert request.to_wire("http://tracker.example:6969/announce", AGENT) == (
        b"GET /announce?info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A"
        b"&peer_id=-SW0200-abcdefghijkl&port=6881&uploaded=0&downloaded=0&left=9&compact=1"
        b"&event=started&numwant=50 HTTP/1.1\r\n"
        b"Host: tracker.example:6969\r\n"
        b"User-Agent: Swarmwitness/0.1 (+https://example.org)\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Connection: close\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("http://a", b"GET /?info_hash=", b"a"),
        ("http://a/x?passkey=k", b"GET /x?passkey=k&info_hash=", b"a"),
        ("http://a/x?", b"GET /x?info_hash=", b"a"),
        ("https://user:word@a:1/x#frag", b"GET /x?info_hash=", b"a:1"),
        ("http://[2001:db8::1]:80/x", b"GET /x?info_hash=", b"[2001:db8::1]:80"),
    ],
)
def test_where_the_request_goes(url: str, line: bytes, host: bytes) -> None:
    raw = AnnounceRequest(HASH, PEER_ID, 1).to_wire(url, AGENT)
    assert raw.startswith(line)
    assert b"\r\nHost: " + host + b"\r\n" in raw


@pytest.mark.parametrize(
    "url", ["udp://a/x", "http:///x", "a/x", "http://a/x y", "http://a/\r\nX: y", "http://é/"]
)
def test_urls_that_are_no_http_tracker_are_our_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"not an HTTP|outside ASCII"):
        AnnounceRequest(HASH, PEER_ID, 1).to_wire(url, AGENT)


def test_an_agent_cannot_smuggle_lines() -> None:
    with pytest.raises(ValueError, match="outside ASCII"):
        AnnounceRequest(HASH, PEER_ID, 1).to_wire("http://a/", "x\r\nX: y")


@pytest.mark.parametrize("wrong", [{"peer_id": b"short"}, {"event": "paused"}])
def test_wrong_parts_are_our_error(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"peer_id|event"):
        AnnounceRequest(**({"info_hash": HASH, "peer_id": PEER_ID, "port": 1} | wrong))  # type: ignore[arg-type]


@given(
    st.builds(
        AnnounceRequest,
        info_hash=st.builds(InfoHash, st.binary(min_size=20, max_size=20)),
        peer_id=st.binary(min_size=20, max_size=20),
        port=st.integers(0, 65535),
        uploaded=st.integers(0, 2**63),
        downloaded=st.integers(0, 2**63),
        left=st.integers(0, 2**63),
        event=st.sampled_from([None, "started", "stopped", "completed"]),
        numwant=st.none() | st.integers(0, 1000),
        compact=st.booleans(),
        key=st.none() | st.from_regex(r"[0-9a-f]{1,8}", fullmatch=True),
        tracker_id=st.none() | st.binary(min_size=1, max_size=10),
    )
)
def test_requests_round_trip(request_: AnnounceRequest) -> None:
    raw = request_.to_wire("http://a/announce", AGENT)
    assert AnnounceRequest.from_wire(raw) == request_


def test_a_v2_hash_travels_cut() -> None:
    request = AnnounceRequest(InfoHash(bytes(range(32))), PEER_ID, 1)
    read = AnnounceRequest.from_wire(request.to_wire("http://a/", AGENT))
    assert read.info_hash == InfoHash(bytes(range(20)))


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"info_hash=short&peer_id=-SW0200-abcdefghijkl&port=1",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=x&port=1",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SW0200-abcdefghijkl",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SW0200-abcdefghijkl&port=65536",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SW0200-abcdefghijkl&port=-1",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SW0200-abcdefghijkl&port=1&left=x",
        b"info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-SW0200-abcdefghijkl&port=1&event=x",
        b"info_hash=" + b"a" * 32 + b"&peer_id=-SW0200-abcdefghijkl&port=1",
        b"&".join(b"a=1" for _ in range(100)),
    ],
)
def test_refused_requests(query: bytes) -> None:
    with pytest.raises(MalformedMessage):
        AnnounceRequest.from_wire(b"GET /announce?" + query + b" HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    "raw", [b"", b"GET", b"POST /a HTTP/1.1\r\n\r\n", b"GET /a\r\n\r\n", b"GET / HTTP/1.1\r\n"]
)
def test_what_is_no_get_request(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        AnnounceRequest.from_wire(raw)


V4 = bytes((192, 0, 2, 7)) + b"\x1a\xe1"
V6 = bytes.fromhex("20010db8000000000000000000000001") + b"\x1a\xe1"


def read(value: Encodable) -> AnnounceResponse:
    return AnnounceResponse.from_wire(encode(value))


def test_a_compact_answer() -> None:
    answer = read(
        {
            b"interval": 1800,
            b"min interval": 900,
            b"tracker id": b"\xff\x00",
            b"complete": 3,
            b"incomplete": 1,
            b"downloaded": 99,
            b"warning message": b"slow",
            b"external ip": bytes((198, 51, 100, 1)),
            b"peers": V4 + bytes((10, 0, 0, 1)) + b"\0\1",
            b"peers6": V6,
        }
    )
    assert answer.peers == (
        ListedPeer(Endpoint.of("192.0.2.7", 6881)),
        ListedPeer(Endpoint.of("10.0.0.1", 1)),
        ListedPeer(Endpoint.of("2001:db8::1", 6881)),
    )
    assert (answer.interval, answer.min_interval, answer.tracker_id) == (1800, 900, b"\xff\x00")
    assert (answer.complete, answer.incomplete, answer.downloaded) == (3, 1, 99)
    assert (answer.warning, str(answer.external_ip)) == ("slow", "198.51.100.1")
    assert answer.failure_reason is None
    assert answer.anomalies == ()


def test_a_spelled_out_answer() -> None:
    peer_id = b"-qB4650-abcdefghijkl"
    answer = read(
        {
            b"peers": [
                {b"ip": b"192.0.2.7", b"peer id": peer_id, b"port": 6881},
                {b"ip": b"::ffff:192.0.2.8", b"port": 6882},
            ]
        }
    )
    assert answer.peers == (
        ListedPeer(Endpoint.of("192.0.2.7", 6881), peer_id),
        ListedPeer(Endpoint.of("192.0.2.8", 6882)),
    )
    assert answer.anomalies == ()


def test_a_refusal() -> None:
    answer = read({b"failure reason": b"unregistered torrent \xff"})
    assert answer.failure_reason == "unregistered torrent \\xff"
    assert answer.peers == ()


@pytest.mark.parametrize(
    ("value", "kinds", "n_peers"),
    [
        ({b"peers": V4 + b"abc"}, ["peer_list_length"], 1),
        ({b"peers": V4[:4] + b"\0\0"}, ["peer_port"], 1),
        ({b"peers6": V6[:17]}, ["peer_list_length"], 0),
        ({b"peers": 5}, ["tracker_field"], 0),
        ({b"peers": [{b"ip": b"tracker.example", b"port": 1}]}, ["peer_entry"], 0),
        ({b"peers": [{b"ip": b"\xff", b"port": 1}]}, ["peer_entry"], 0),
        (
            {b"peers": [{b"ip": b"192.0.2.7"}, 5, {b"ip": b"192.0.2.7", b"port": 70000}]},
            ["peer_entry"] * 3,
            0,
        ),
        ({b"peers": [{b"ip": b"192.0.2.7", b"port": 1, b"peer id": b"short"}]}, ["peer_entry"], 1),
        ({b"interval": b"1800", b"complete": -1, b"peers": V4}, ["tracker_field"] * 2, 1),
        ({b"external ip": b"abc", b"failure reason": []}, ["tracker_field"] * 2, 0),
    ],
)
def test_odd_entries_are_kept_as_anomalies(value: Encodable, kinds: list[str], n_peers: int) -> None:
    answer = read(value)
    assert [anomaly.kind for anomaly in answer.anomalies] == kinds
    assert len(answer.peers) == n_peers
    assert answer.raw == encode(value)


def test_trailing_bytes_are_odd_and_blanks_are_not() -> None:
    assert AnnounceResponse.from_wire(b"de\r\n").anomalies == ()
    assert [a.kind for a in AnnounceResponse.from_wire(b"de<html>").anomalies] == ["trailing_bytes"]


def test_a_flood_of_oddities_is_counted_not_stored() -> None:
    answer = read({b"peers": [5] * 1000})
    assert len(answer.anomalies) == MAX_ANOMALIES + 1
    assert answer.anomalies[-1].detail == f"{1000 - MAX_ANOMALIES} further oddities"


@pytest.mark.parametrize("body", [b"", b"<html>", b"le", b"5:peers", b"d5:peers", b"d5:peers999:ae"])
def test_refused_answers(body: bytes) -> None:
    with pytest.raises(MalformedMessage):
        AnnounceResponse.from_wire(body)


def test_every_truncation_is_refused() -> None:
    body = encode({b"interval": 5, b"peers": V4 * 3, b"peers6": V6})
    for end in range(len(body)):
        with pytest.raises(MalformedMessage):
            AnnounceResponse.from_wire(body[:end])


ENDPOINTS = st.builds(Endpoint, st.ip_addresses(v=4), st.integers(1, 65535))


@given(st.lists(ENDPOINTS, max_size=20))
def test_compact_lists_round_trip(endpoints: list[Endpoint]) -> None:
    v4, v6 = to_compact([*endpoints, Endpoint.of("2001:db8::1", 6881)])
    answer = read({b"peers": v4, b"peers6": v6})
    assert [peer.endpoint for peer in answer.peers] == [*endpoints, Endpoint.of("2001:db8::1", 6881)]


@given(st.data())
def test_mutated_answers_raise_only_malformed(data: st.DataObject) -> None:
    raw = bytearray(encode({b"interval": 5, b"peers": [{b"ip": b"192.0.2.7", b"port": 1}], b"peers6": V6}))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        answer = AnnounceResponse.from_wire(bytes(raw))
    except MalformedMessage:
        return
    assert answer.raw == bytes(raw)
