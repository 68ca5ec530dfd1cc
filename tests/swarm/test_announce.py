# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm.announce import AnnounceDialogue, is_whole, read_answer
from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Endpoint
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.tracker_http import AnnounceRequest, to_compact

PEERS = [Endpoint.of("192.0.2.1", 6881), Endpoint.of("192.0.2.2", 6882)]
URL = "http://tracker.example:8000/announce?pass=1"


def response(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


def listing(**said) -> bytes:
    return response(encode({"interval": 900, "peers": to_compact(PEERS)[0], **said}))


@pytest.fixture
def dialogue(sample, conduct) -> AnnounceDialogue:
    return AnnounceDialogue(sample.torrent, URL, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)


def asked(dialogue, event=None) -> AnnounceRequest:
    return AnnounceRequest.from_wire(dialogue.request(event))


def test_the_truth_is_told_to_the_tracker(dialogue, sample) -> None:
    raw = dialogue.request()
    told = AnnounceRequest.from_wire(raw)
    assert (told.info_hash, told.event, told.port) == (sample.torrent.info_hash, "started", 0)
    assert (told.uploaded, told.downloaded, told.left) == (0, 0, len(sample.content))
    assert told.peer_id.startswith(b"-SW0200-")
    assert b"User-Agent: swarmwitness/" in raw
    assert b"(+mailto:witness@example.org)" in raw


def test_an_answer_lists_endpoints_once(dialogue, at) -> None:
    twice = listing(peers=to_compact([*PEERS, PEERS[0]])[0])
    answer = dialogue.answered(twice, at(0))
    assert answer.outcome == "answered"
    assert answer.listed == tuple(Listed(peer) for peer in PEERS)


def test_the_interval_is_kept(dialogue, at) -> None:
    assert dialogue.due(at(0))
    dialogue.answered(listing(), at(0))
    assert not dialogue.due(at(899))
    assert dialogue.due(at(901))
    assert asked(dialogue).event is None
    assert (asked(dialogue, "stopped").event, asked(dialogue, "stopped").numwant) == ("stopped", 0)


@pytest.mark.parametrize(("interval", "wait_s"), [(1, 60), (0, 1800), (10**15, 86_400), (120, 120)])
def test_an_interval_is_never_below_our_manners_nor_for_ever(dialogue, at, interval, wait_s) -> None:
    dialogue.answered(listing(interval=interval), at(0))
    assert not dialogue.due(at(wait_s - 1))
    assert dialogue.due(at(wait_s))


def test_the_trackers_own_minimum_counts(dialogue, at) -> None:
    dialogue.answered(listing(**{"min interval": 2000}), at(0))
    assert not dialogue.due(at(1999))


def test_failures_are_asked_again_ever_more_rarely(dialogue, at) -> None:
    now, waits = 0, []
    for _ in range(7):
        dialogue.failed(at(now))
        wait = next(s for s in range(60, 4000, 60) if dialogue.due(at(now + s)))
        waits.append(wait)
        now += wait
    assert waits == [60, 120, 240, 480, 960, 1800, 1800]
    assert not dialogue.started


def test_a_tracker_id_is_sent_back(dialogue, at) -> None:
    dialogue.answered(listing(**{"tracker id": b"\x00\xff"}), at(0))
    assert asked(dialogue).tracker_id == b"\x00\xff"
    dialogue.answered(listing(), at(1000))
    assert asked(dialogue).tracker_id == b"\x00\xff"


ANSWERS = [
    ("a failure", response(encode({"failure reason": "no"})), "refused"),
    ("not found", response(b"gone", b"404 Not Found"), "http_404"),
    ("a redirect", response(b"", b"302 Found"), "http_302"),
    ("no bencoding", response(b"<html>"), "malformed"),
    ("no HTTP", b"SSH-2.0-OpenSSH\r\n", "malformed"),
    ("nothing", b"", "malformed"),
    ("cut off", listing()[:-3], "malformed"),
    ("a list", response(b"le"), "malformed"),
    ("a 2 GiB string", response(b"2147483648:"), "malformed"),
    ("deep nesting", response(b"l" * 100_000), "malformed"),
    ("two MiB", response(b"2097152:" + bytes(2 << 20)), "malformed"),
]


@pytest.mark.parametrize(("raw", "outcome"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_an_answer_that_is_none_is_an_outcome(dialogue, at, raw, outcome) -> None:
    answer = dialogue.answered(raw, at(0))
    assert answer.outcome == outcome
    assert answer.listed == ()
    assert not dialogue.due(at(59))


def test_odd_entries_are_noted_and_the_rest_is_listed() -> None:
    answer = read_answer(listing(peers=to_compact(PEERS)[0] + b"\x01\x02"))
    assert [peer.endpoint for peer in answer.listed] == PEERS
    assert [anomaly.kind for anomaly in answer.anomalies] == ["peer_list_length"]


def test_without_metainfo_we_still_are_no_seed(conduct, sample) -> None:
    from swarmwitness.swarm import Torrent

    bare = Torrent.of(sample.torrent.info_hash)
    told = asked(AnnounceDialogue(bare, URL, peer_id=conduct.peer_id(bytes(12)), conduct=conduct))
    assert told.left > 0


@pytest.mark.parametrize(
    "url", ["udp://tracker.example:1/announce", "http://", "http://a b/", "http://x/\r\nHost: y"]
)
def test_a_url_that_is_none_is_refused(sample, conduct, url) -> None:
    dialogue = AnnounceDialogue(sample.torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct)
    with pytest.raises(ValueError, match=r"tracker|URL"):
        dialogue.request()


def test_an_answer_is_whole_when_its_length_is_there() -> None:
    raw = listing()
    assert is_whole(raw)
    assert not any(is_whole(raw[:at]) for at in range(len(raw)))


def test_a_chunked_answer_is_whole_with_its_last_chunk() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert not is_whole(head + b"2\r\nle\r\n")
    assert is_whole(head + b"2\r\nle\r\n0\r\n\r\n")


def test_without_a_length_only_the_end_of_the_connection_tells() -> None:
    assert not is_whole(b"HTTP/1.1 200 OK\r\n\r\nd8:intervali1ee")


@given(st.binary(max_size=400))
def test_no_bytes_raise(raw: bytes) -> None:
    assert read_answer(raw).listed == ()
    assert read_answer(response(raw)).outcome in ("malformed", "answered", "refused")
    assert is_whole(raw) in (True, False)
