# SPDX-License-Identifier: Apache-2.0
import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.announce.answer import (
    MAX_ANSWER_BYTES,
    Answer,
    Scraped,
    Wholeness,
    is_whole,
    joined,
    read_answer,
    read_scrape,
)
from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Anomaly, Endpoint
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact

PEERS = [Endpoint.of("192.0.2.1", 6881), Endpoint.of("192.0.2.2", 6882)]
SIX = Endpoint.of("2001:db8::1", 1)
HASH = bytes(range(20))


def response(body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n%b\r\n%b" % (status, len(body), more, body)


def listing(**said) -> bytes:
    return response(encode({"interval": 900, "peers": to_compact(PEERS)[0], **said}))


def test_all_that_an_answer_says() -> None:
    said = {
        "complete": 3, "incomplete": 4, "downloaded": 5, "min interval": 60, "tracker id": b"\xff",
        "external ip": bytes((198, 51, 100, 1)), "peers6": to_compact([SIX])[1],
    }  # fmt: skip
    assert read_answer(listing(**said)) == Answer(
        "answered",
        tuple(Listed(peer) for peer in [*PEERS, SIX]),
        complete=3,
        incomplete=4,
        downloaded=5,
        external=address_from_text("198.51.100.1"),
        interval=900,
        min_interval=60,
        tracker_id=b"\xff",
    )


def test_an_endpoint_is_listed_once() -> None:
    twice = listing(peers=to_compact([*PEERS, PEERS[0]])[0])
    assert read_answer(twice).listed == tuple(Listed(peer) for peer in PEERS)


def test_odd_entries_are_noted_and_the_rest_is_listed() -> None:
    answer = read_answer(listing(peers=to_compact(PEERS)[0] + b"\x01\x02"))
    assert [peer.endpoint for peer in answer.listed] == PEERS
    assert [anomaly.kind for anomaly in answer.anomalies] == ["peer_list_length"]


def test_a_packed_answer() -> None:
    packed = gzip.compress(encode({"peers": to_compact(PEERS)[0]}))
    assert len(read_answer(response(packed, more=b"Content-Encoding: gzip\r\n")).listed) == 2


def test_a_refusal_lists_nobody_whatever_else_it_says() -> None:
    answer = read_answer(listing(**{"failure reason": "no", "retry in": 5}))
    assert (answer.outcome, answer.listed, answer.reason, answer.retry_in) == ("denied", (), "no", 5)


BOMB = gzip.compress(bytes(50 * MAX_ANSWER_BYTES))
ANSWERS = [
    ("not found", response(b"gone", b"404 Not Found"), "http_404"),
    ("a redirect", response(b"", b"302 Found", b"Location: /x\r\n"), "redirected"),
    ("a redirect to nowhere", response(b"", b"302 Found"), "http_302"),
    ("not modified", response(b"", b"304 Not Modified", b"Location: /x\r\n"), "http_304"),
    ("no bencoding", response(b"<html>"), "malformed"),
    ("no HTTP", b"SSH-2.0-OpenSSH\r\n", "malformed"),
    ("nothing", b"", "malformed"),
    ("cut off", listing()[:-3], "malformed"),
    ("a list", response(b"le"), "malformed"),
    ("a 2 GiB string", response(b"2147483648:"), "malformed"),
    ("deep nesting", response(b"l" * 100_000), "malformed"),
    ("two MiB", response(b"2097152:" + bytes(2 << 20)), "too_long"),
    ("a bomb", response(BOMB, more=b"Content-Encoding: gzip\r\n"), "too_long"),
]


@pytest.mark.parametrize(("raw", "outcome"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_an_answer_that_is_none_is_an_outcome(raw, outcome) -> None:
    for answer in (read_answer(raw), read_scrape(raw, HASH)):
        assert answer.outcome == outcome
        assert answer.listed == ()


def test_a_scrape_tells_counts() -> None:
    raw = response(encode({"files": {HASH: {"complete": 1, "incomplete": 2, "downloaded": 3}}}))
    assert Scraped.of(read_scrape(raw, HASH)) == Scraped("answered", 1, 2, 3)
    assert Scraped.of(read_scrape(raw, bytes(20))) == Scraped("not_scraped")
    assert read_scrape(response(encode({"failure reason": "no"})), HASH).outcome == "denied"


def test_an_answer_is_whole_when_its_length_is_there() -> None:
    raw = listing()
    assert is_whole(raw)
    assert not any(is_whole(raw[:at]) for at in range(len(raw)))


def test_a_chunked_answer_is_whole_with_its_last_chunk() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert not is_whole(head + b"2\r\nle\r\n")
    assert is_whole(head + b"2\r\nle\r\n0\r\n\r\n")


def test_a_growing_answer_is_looked_at_once() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
    bare = listing().replace(b"\r\n", b"\n")
    for raw in (listing(), bare, chunked, b"\n\nX", b"no colon\n\n"):
        growing, grown = Wholeness(), bytearray()
        for at in range(len(raw)):
            grown += raw[at : at + 1]
            assert growing.reached(grown) == is_whole(raw[: at + 1])


def test_a_head_that_comes_byte_by_byte_costs_little() -> None:
    growing, grown = Wholeness(), bytearray(b"a:\n" * 20_000)
    begun = time.process_time()
    for _ in range(4000):
        grown += b"a"
        assert not growing.reached(grown)
    assert time.process_time() - begun < 1


def test_without_a_length_only_the_end_of_the_connection_tells() -> None:
    assert not is_whole(b"HTTP/1.1 200 OK\r\n\r\nd8:intervali1ee")


def test_what_was_said_over_both_families_is_one_answer() -> None:
    over4 = Answer("timeout", anomalies=(Anomaly("x", ""),))
    over6 = Answer("answered", (Listed(SIX),), complete=1, external=SIX.ip, interval=5)
    both = joined([over4, over6])
    assert (both.outcome, both.listed, both.complete, both.external) == (
        "answered",
        (Listed(SIX),),
        1,
        SIX.ip,
    )
    assert both.anomalies == over4.anomalies
    assert joined([over4]) is over4
    assert joined([over4, Answer("refused")]).outcome == "timeout"
    more = joined([Answer("answered", (Listed(PEERS[0]), Listed(SIX)), complete=2), over6])
    assert (more.listed, more.complete) == ((Listed(PEERS[0]), Listed(SIX)), 2)


@given(st.binary(max_size=400))
def test_no_bytes_raise(raw: bytes) -> None:
    assert read_answer(raw).listed == ()
    assert read_answer(response(raw)).outcome in ("malformed", "answered", "denied")
    assert read_scrape(response(raw), HASH).outcome in ("malformed", "not_scraped", "denied")
    assert is_whole(raw) in (True, False)
