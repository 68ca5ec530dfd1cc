# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm import Conduct, ConductError, Torrent
from swarmwitness.swarm.announce import Answer, HttpTracker
from swarmwitness.swarm.announce.http import MAX_HOPS, next_hop, without_told
from swarmwitness.terms.endpoint import address_from_text
from swarmwitness.wire.scrape import scraped_hashes
from swarmwitness.wire.tracker_http import AnnounceRequest

URL = "http://tracker.example:8000/announce?pass=1"
ANSWERED = Answer("answered", interval=900)


@pytest.fixture
def made(sample, conduct):
    def make(torrent=sample.torrent, **more) -> HttpTracker:
        given_ = {"peer_id": conduct.peer_id(bytes(12)), "conduct": conduct} | more
        return HttpTracker(torrent, URL, **given_)

    return make


def asked(tracker, *event, **more) -> AnnounceRequest:
    return AnnounceRequest.from_wire(tracker.request(*event, **more))


def test_the_truth_is_told_to_the_tracker(made, sample) -> None:
    raw = made().request()
    told = AnnounceRequest.from_wire(raw)
    assert raw.startswith(b"GET /announce?pass=1&info_hash=")
    assert (told.info_hash, told.event, told.port) == (sample.torrent.info_hash, "started", 0)
    assert (told.uploaded, told.downloaded, told.left) == (0, 0, len(sample.content))
    assert (told.key, told.ipv6) == (None, None)
    assert told.peer_id.startswith(b"-SW0200-")
    assert b"User-Agent: swarmwitness/" in raw
    assert b"(+mailto:witness@example.org)" in raw


def test_a_listener_tells_its_port_and_key_and_other_address(made) -> None:
    address = address_from_text("2001:db8::9")
    told = asked(made(port=6881, key=0xAB), ipv6=address)
    assert (told.port, told.key, told.ipv6) == (6881, "000000ab", address)
    assert asked(made(), ipv6=address).ipv6 is None, "nobody can reach us there"


def test_started_until_the_tracker_has_answered_once(made, at) -> None:
    tracker = made()
    tracker.took(Answer("timeout"), at(0))
    assert asked(tracker).event == "started"
    tracker.took(ANSWERED, at(100))
    assert asked(tracker).event is None
    assert (asked(tracker, "stopped").event, asked(tracker, "stopped").numwant) == ("stopped", 0)


def test_a_tracker_id_is_sent_back(made, at) -> None:
    tracker = made()
    tracker.took(Answer("answered", tracker_id=b"\x00\xff"), at(0))
    tracker.took(ANSWERED, at(1000))
    assert asked(tracker).tracker_id == b"\x00\xff"


def test_without_metainfo_we_still_are_no_seed(made, sample) -> None:
    assert asked(made(Torrent.of(sample.torrent.info_hash))).left > 0


@pytest.mark.parametrize("lie", [{"peer_id": b"-qB4650-abcdefghijkl"}])
def test_a_lie_does_not_pass(made, lie) -> None:
    with pytest.raises(ConductError):
        made(**lie).request()


def test_completed_is_never_said(made) -> None:
    with pytest.raises(ConductError):
        made().request("completed")


def test_a_contact_in_other_letters_still_makes_a_header(made) -> None:
    raw = made(conduct=Conduct("büro@example.org")).request()
    assert b"(+b\\xfcro@example.org)" in raw


def test_scraping_tells_nothing_of_us(made, sample) -> None:
    tracker = made()
    assert tracker.scrape_url == "http://tracker.example:8000/scrape?pass=1"
    raw = tracker.scrape_request(tracker.scrape_url)
    assert scraped_hashes(raw) == (sample.torrent.info_hash.on_wire,)
    assert b"peer_id" not in raw


REDIRECTS = [
    (b"/other", "http://t.example/other", ""),
    (b"https://u.example/x?token=1", "https://u.example/x?token=1", ""),
    (b"//u.example/x", "http://u.example/x", ""),
    (b"?a=b", "http://t.example/a?a=b", ""),
    (b"/x?info_hash=abc&left=0&ip=192.0.2.9&token=1&event=completed", "http://t.example/x?token=1", ""),
    (b"/a?k=1", "http://t.example/a?k=1", "redirect_loop"),
    (b"/a?k=1&port=5#x", "http://t.example/a?k=1", "redirect_loop"),
    (b"udp://u.example:1/x", "udp://u.example:1/x", "redirect_scheme"),
    (b"ftp://u.example:1/x", "ftp://u.example:1/x", "redirect_scheme"),
    (b"http://", "http://t.example/a?k=1", "redirect_loop"),
    (b"http://u.example:99999/", "http://t.example/a?k=1", "bad_redirect"),
    (b"http://u.example/\r\nX: y", "http://u.example/X:%20y", "bad_redirect"),
    (b"/\xff", "http://t.example/a?k=1", "bad_redirect"),
    (b"/" + b"x" * 5000, "http://t.example/a?k=1", "bad_redirect"),
]


@pytest.mark.parametrize(("location", "target", "refusal"), REDIRECTS)
def test_where_a_redirect_may_lead(location, target, refusal) -> None:
    url = "http://t.example/a?k=1"
    led, why = next_hop([url], url, location)
    assert why == refusal
    if why != "bad_redirect":
        assert led == target


def test_a_redirect_says_where_to_ask_and_not_what_we_say(made, sample) -> None:
    lie = b"http://u.example/announce?token=9&info_hash=" + b"a" * 20 + b"&left=0&port=9&ip=192.0.2.9"
    target, refusal = next_hop([URL], URL, lie)
    raw = made().request(None, target)
    assert refusal == ""
    assert raw.startswith(b"GET /announce?token=9&info_hash=")
    told = AnnounceRequest.from_wire(raw)
    assert (told.info_hash, told.left, told.port) == (sample.torrent.info_hash, len(sample.content), 0)
    assert b"ip=" not in raw


def test_no_more_than_some_hops() -> None:
    asked_, url = ["http://t.example/0"], "http://t.example/0"
    for number in range(1, MAX_HOPS + 1):
        url, why = next_hop(asked_, url, b"/%d" % number)
        assert why == ""
        asked_.append(url)
    assert next_hop(asked_, url, b"/99")[1] == "redirect_limit"


@given(st.binary(max_size=80))
def test_no_location_raises(location) -> None:
    target, why = next_hop([URL], URL, location)
    assert why or without_told(target) == target
