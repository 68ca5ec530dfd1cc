# SPDX-License-Identifier: Apache-2.0
"""Playbooks of datagrams in and out; transactions are 1, 2, 3, … as they are drawn."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.swarm import ConductError
from swarmwitness.swarm.announce.place import BadUrl
from swarmwitness.swarm.announce.udp import MAX_ASKED, Door, UdpExchange, UdpReading, UdpTracker
from swarmwitness.swarm.facts import Listed
from swarmwitness.terms import Endpoint
from swarmwitness.wire import tracker_udp as wire

ONE, TWO = Endpoint.of("192.0.2.1", 6881), Endpoint.of("192.0.2.2", 6882)
URL = "udp://tracker.example:6969/announce?pass=1"


@pytest.fixture
def tracker(sample, conduct) -> UdpTracker:
    return UdpTracker(
        sample.torrent, URL, peer_id=conduct.peer_id(bytes(12)), conduct=conduct, port=6881, key=0xAB
    )


@pytest.fixture
def exchange(tracker):
    """An exchange that draws 1, 2, 3, …"""

    def made(ask=None, door=None, **more) -> UdpExchange:
        numbers = itertools.count(1)
        return UdpExchange(ask or tracker.announce(), door or Door(), lambda: next(numbers), **more)

    return made


def announced(transaction, *peers, interval=900) -> bytes:
    return wire.AnnounceResponse(transaction, interval, 1, 2, peers).to_wire()


def connected(transaction, connection_id=77) -> bytes:
    return wire.ConnectResponse(transaction, connection_id).to_wire()


def test_what_we_tell(tracker, sample, at) -> None:
    told = wire.request_from_wire(tracker.announce()(77, 5))
    assert isinstance(told, wire.AnnounceRequest)
    assert (told.connection_id, told.transaction, told.info_hash) == (77, 5, sample.torrent.info_hash.on_wire)
    assert (told.uploaded, told.downloaded, told.left) == (0, 0, len(sample.content))
    assert (told.event, told.port, told.key, told.numwant, told.ip) == ("started", 6881, 0xAB, 200, 0)
    assert wire.url_data_of(told.options) == b"/announce?pass=1"
    stopped = wire.request_from_wire(tracker.announce("stopped")(77, 5))
    assert (stopped.event, stopped.numwant) == ("stopped", 0)


def test_a_lie_does_not_pass(sample, conduct, tracker) -> None:
    false = UdpTracker(sample.torrent, URL, peer_id=b"-qB4650-abcdefghijkl", conduct=conduct)
    with pytest.raises(ConductError):
        false.announce()(1, 2)
    with pytest.raises(ConductError):
        tracker.announce("completed")(1, 2)


@pytest.mark.parametrize("url", ["udp://tracker.example/announce", "udp://:5", "udp://t.example:1/ä"])
def test_a_url_that_is_none(sample, conduct, url) -> None:
    with pytest.raises(BadUrl):
        UdpTracker(sample.torrent, url, peer_id=conduct.peer_id(bytes(12)), conduct=conduct).announce()


def test_connect_then_announce(exchange, tracker, at) -> None:
    it = exchange()
    assert it.begin(at(0)) == wire.ConnectRequest(1).to_wire()
    assert it.received(connected(1), at(0.1)) == tracker.announce()(77, 2)
    assert it.received(announced(2, ONE, TWO, ONE), at(0.2)) is None
    assert it.over is not None
    assert (it.over.outcome, it.over.listed) == ("answered", (Listed(ONE), Listed(TWO)))
    assert (it.over.complete, it.over.incomplete, it.over.interval) == (2, 1, 900)
    assert it.tick(at(100)) is None


def test_a_door_is_shared_for_a_minute(exchange, tracker, at) -> None:
    door = Door()
    first = exchange(door=door)
    first.begin(at(0))
    first.received(connected(1), at(0))
    assert exchange(door=door).begin(at(59)) == tracker.announce()(77, 1)
    assert exchange(door=door).begin(at(61)) == wire.ConnectRequest(1).to_wire()


def test_a_scrape(exchange, tracker, sample, at) -> None:
    it = exchange(tracker.scrape())
    it.begin(at(0))
    hashes = (sample.torrent.info_hash.on_wire,)
    assert it.received(connected(1), at(0)) == wire.ScrapeRequest(77, 2, hashes).to_wire()
    it.received(wire.ScrapeResponse(2, (wire.Counts(5, 6, 7),)).to_wire(), at(0))
    assert it.over is not None
    assert (it.over.complete, it.over.downloaded, it.over.incomplete) == (5, 6, 7)


def test_an_empty_scrape(exchange, tracker, at) -> None:
    it = exchange(tracker.scrape(), Door(77, 1 << 62))
    it.begin(at(0))
    it.received(wire.ScrapeResponse(1).to_wire(), at(0))
    assert it.over is not None
    assert it.over.outcome == "not_scraped"


def test_what_is_lost_is_sent_again_ever_more_rarely(exchange, at) -> None:
    it = exchange(timeout_s=200)
    sent, times = [it.begin(at(0))], [0]
    for second in range(1, 300):
        data = it.tick(at(second))
        if data is not None:
            sent.append(data)
            times.append(second)
    assert times == [0, 15, 45, 105]
    assert len(set(sent)) == 1
    assert it.over is not None
    assert it.over.outcome == "timeout"


def test_the_first_wait_can_be_shorter_and_the_timeout_bounds_it(exchange, at) -> None:
    it = exchange(first_wait_s=1.0, timeout_s=5.0)
    it.begin(at(0))
    assert [second for second in range(1, 9) if it.tick(at(second)) is not None] == [1, 3]
    assert it.over is not None


def test_an_id_that_ran_out_meanwhile_is_asked_for_anew(exchange, at) -> None:
    it = exchange(first_wait_s=40.0, timeout_s=300.0)
    it.begin(at(0))
    it.received(connected(1), at(0))
    assert it.tick(at(41)) is not None
    assert it.tick(at(125)) == wire.ConnectRequest(3).to_wire()
    assert it.received(announced(2, ONE), at(126)) is None
    assert it.over is not None, "the late answer to the first asking is an answer"


def test_a_shared_id_that_the_tracker_forgot_is_asked_for_once_more(exchange, tracker, at) -> None:
    it = exchange(door=Door(5, 1 << 62))
    assert it.begin(at(0)) == tracker.announce()(5, 1)
    assert (
        it.received(wire.ErrorResponse(1, b"connection id").to_wire(), at(0))
        == wire.ConnectRequest(2).to_wire()
    )
    assert it.received(connected(2), at(0)) == tracker.announce()(77, 3)
    it.received(wire.ErrorResponse(3, b"no\xff").to_wire(), at(0))
    assert it.over is not None
    assert (it.over.outcome, it.over.reason) == ("denied", "no\\xff")


def test_an_error_to_the_first_message_is_a_refusal(exchange, at) -> None:
    it = exchange()
    it.begin(at(0))
    it.received(wire.ErrorResponse(1, b"banned").to_wire(), at(0))
    assert it.over is not None
    assert it.over.outcome == "denied"


@pytest.mark.parametrize(
    ("data", "genuine", "kind"),
    [
        (announced(1, ONE), False, "wrong_endpoint"),
        (announced(9, ONE), True, "wrong_transaction"),
        (announced(1, ONE), True, "wrong_action"),
        (b"\0\0\0\1", True, "wrong_transaction"),
    ],
)
def test_what_answers_no_question_is_refused_and_kept(exchange, at, data, genuine, kind) -> None:
    it = exchange()
    it.begin(at(0))
    assert it.received(data, at(0), genuine=genuine) is None
    assert it.over is None
    assert [anomaly.kind for anomaly in it.reading.anomalies] == [kind]
    it.tick(at(21))
    assert it.over is not None
    assert it.over.anomalies == it.reading.anomalies


def test_a_malformed_answer_is_an_outcome(exchange, at) -> None:
    it = exchange(door=Door(5, 1 << 62))
    it.begin(at(0))
    it.received(announced(1)[:19], at(0))
    assert it.over is not None
    assert it.over.outcome == "malformed"


def test_over_ipv6_peers_take_18_bytes(exchange, at) -> None:
    six = Endpoint.of("2001:db8::1", 1)
    it = exchange(door=Door(5, 1 << 62), ipv6=True)
    it.begin(at(0))
    it.received(announced(1, six), at(0))
    assert it.over is not None
    assert it.over.listed == (Listed(six),)


def test_a_connection_id_that_comes_twice_counts_once(exchange, at) -> None:
    it = exchange()
    it.begin(at(0))
    it.received(connected(1), at(0))
    assert it.received(connected(1, 78), at(0)) is None
    assert it.over is None


def test_memory_is_bounded_whatever_comes() -> None:
    reading = UdpReading(ipv6=False)
    for number in range(1000):
        reading.sent(wire.ConnectRequest(number).to_wire())
        reading.heard(announced(10**6 + number, ONE))
    assert len(reading.asked) == MAX_ASKED
    assert len(reading.anomalies) == 33


@given(st.lists(st.tuples(st.binary(max_size=60), st.booleans(), st.integers(1, 3)), max_size=20))
def test_any_datagrams_are_survived(datagrams) -> None:
    reading = UdpReading(ipv6=True)
    reading.sent(wire.ConnectRequest(1).to_wire())
    reading.sent(wire.ScrapeRequest(1, 2, ()).to_wire())
    for data, genuine, transaction in datagrams:
        reading.heard(data, genuine=genuine)
        reading.heard(data[:4] + transaction.to_bytes(4, "big") + data[4:], genuine=genuine)
    assert reading.answer is None or reading.answer.listed == ()
