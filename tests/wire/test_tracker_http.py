# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import InfoHash, MalformedMessage
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.wire.tracker_http import AnnounceRequest

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
        ipv4=st.none() | st.ip_addresses(v=4),
        ipv6=st.none() | st.ip_addresses(v=6).filter(lambda ip: ip.ipv4_mapped is None),
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
        b"&".join(b"a=1" for _ in range(200)),
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


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (b"ipv6=2001%3Adb8%3A%3A1", "2001:db8::1"),
        (b"ipv6=%5B2001%3Adb8%3A%3A1%5D%3A6881", "2001:db8::1"),
        (b"ipv4=192.0.2.7", "192.0.2.7"),
        (b"ipv4=192.0.2.7%3A6881", "192.0.2.7"),
    ],
)
def test_addresses_that_an_announcer_calls_its_own(said: bytes, address: str) -> None:
    raw = AnnounceRequest(HASH, PEER_ID, 1).to_wire("http://a/", AGENT)
    read = AnnounceRequest.from_wire(raw.replace(b" HTTP/1.1", b"&" + said + b" HTTP/1.1"))
    assert address_from_text(address) in (read.ipv4, read.ipv6)


def test_an_address_that_is_none_is_refused() -> None:
    raw = AnnounceRequest(HASH, PEER_ID, 1).to_wire("http://a/", AGENT)
    with pytest.raises(MalformedMessage):
        AnnounceRequest.from_wire(raw.replace(b" HTTP/1.1", b"&ipv6=nowhere HTTP/1.1"))
