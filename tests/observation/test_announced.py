# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.observation import Replayer
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.wire import tracker_udp
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.tracker_http import AnnounceRequest

TRACKER = Endpoint.of("192.0.2.80", 80)
ONE, TWO = Endpoint.of("198.51.100.7", 6881), Endpoint.of("2001:db8::7", 6882)
OUR_ID = b"-SW0200-123456789012"


@pytest.fixture
def announce(tape):
    """A tape of one announce with this answer, cut where told."""

    def announced(answer: bytes, *cuts: int, port: int = 0):
        from swarmwitness.terms import InfoHash

        tape.watched().opened(4, TRACKER, url="http://tracker.example/announce")
        ask = AnnounceRequest(InfoHash(tape.info_hash), OUR_ID, port, left=1)
        tape.said(ask.to_wire("http://tracker.example/announce", "test"), 4, TRACKER, kind="http")
        ends = [*cuts, len(answer)]
        for start, end in zip([0, *cuts], ends, strict=True):
            tape.heard(answer[start:end], 4, TRACKER, kind="http")
        return tape.closed(4, TRACKER, "answered")

    return announced


def response(**said) -> bytes:
    body = encode({"interval": 900, **said})
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def rows_of(tape, replayer=None):
    replayer = replayer or Replayer("o")
    return [row for index, exhibit in tape.numbered for row in replayer.feed(index, exhibit)]


def test_listed_endpoints_stand_at_rung_zero(announce) -> None:
    v4, v6 = to_compact([ONE, TWO])
    rows = rows_of(announce(response(peers=v4, peers6=v6), 10, 40))
    assert [(row.ip, row.port, row.rung, row.source) for row in rows] == [
        (str(ONE.ip), 6881, Rung.LISTED, "tracker"),
        (str(TWO.ip), 6882, Rung.LISTED, "tracker"),
    ]
    assert {row.exhibit for row in rows} == {"log:o/7"}, "the read with which the answer was whole"
    assert len({row.sighting_id for row in rows}) == 2
    assert {row.client for row in rows} == {None}
    assert {row.said_by for row in rows} == {"http://tracker.example:80"}, "never the path"


def test_a_peer_id_that_the_tracker_tells_is_kept(announce) -> None:
    rows = rows_of(announce(response(peers=[{"ip": "198.51.100.7", "port": 1, "peer id": b"p" * 20}])))
    assert rows[0].peer_id == "70" * 20


def test_our_own_announce_is_no_sighting(announce) -> None:
    ours = Endpoint.of("203.0.113.1", 0)
    rows = rows_of(announce(response(peers=to_compact([ours, ONE])[0])))
    assert [row.ip for row in rows] == [str(ONE.ip)]


def test_our_address_with_another_port_is_somebody(announce) -> None:
    other = Endpoint.of("203.0.113.1", 6881)
    assert [row.port for row in rows_of(announce(response(peers=to_compact([other])[0])))] == [6881]


def test_port_zero_is_no_port(announce) -> None:
    rows = rows_of(announce(response(peers=to_compact([Endpoint.of("198.51.100.1", 0)])[0])))
    assert [row.port for row in rows] == [None]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 500 No\r\n\r\n",
        response(**{"failure reason": "no"}),
        b"\xff" * 100,
        response(peers=b"x" * 6)[:-1],
    ],
)
def test_an_answer_that_lists_nobody(announce, answer) -> None:
    assert rows_of(announce(answer)) == []


def test_odd_entries_are_counted(announce) -> None:
    replayer = Replayer("o")
    rows_of(announce(response(peers=b"x" * 7)), replayer)
    assert replayer.oddities["peer_list_length"] == 1


def test_what_is_poured_out_is_kept_up_to_a_limit(tape) -> None:
    tape.watched().opened(4, TRACKER, url="http://tracker.example/announce")
    replayer = Replayer("o")
    for index, exhibit in tape.numbered:
        replayer.feed(index, exhibit)
    tape.heard(bytes(1 << 20), 4, TRACKER, kind="http")
    for index in range(50):
        replayer.feed(10 + index, tape.exhibits[-1])
    (held,) = replayer._open.values()
    assert len(held.reader._readers["http"]._raw) < 4 << 20


def test_our_address_as_the_tracker_sees_it_is_no_sighting(announce) -> None:
    outside = Endpoint.of("203.0.113.99", 6881)
    said = {"peers": to_compact([outside, ONE])[0], "external ip": outside.ip.packed}
    assert [row.ip for row in rows_of(announce(response(**said), port=6881))] == [str(ONE.ip)]


def test_a_scrape_lists_nobody(tape) -> None:
    tape.watched().opened(4, TRACKER, url="http://tracker.example/scrape", method="scrape")
    body = encode({"files": {tape.info_hash: {"complete": 3}}, "peers": to_compact([ONE])[0]})
    tape.heard(b"HTTP/1.1 200 OK\r\n\r\n" + body, 4, TRACKER, kind="http").closed(4, TRACKER, "answered")
    assert rows_of(tape) == []


# UDP

UDP = "udp://tracker.example:6969/announce/secret"
STRANGER = Endpoint.of("192.0.2.81", 6969)


@pytest.fixture
def asked(tape):
    """A tape of one UDP announce up to its question, with the transactions 1 (connect) and 2."""

    def made(remote=TRACKER, port=0):
        tape.watched().opened(4, remote, url=UDP)
        tape.said(tracker_udp.ConnectRequest(1).to_wire(), 4, remote, kind="udp")
        tape.heard(tracker_udp.ConnectResponse(1, 77).to_wire(), 4, remote, kind="udp")
        ask = tracker_udp.AnnounceRequest(77, 2, tape.info_hash, OUR_ID, port, left=1)
        return tape.said(ask.to_wire(), 4, remote, kind="udp")

    return made


def answer_of(*peers, transaction=2):
    return tracker_udp.AnnounceResponse(transaction, 900, 1, 2, peers).to_wire()


def test_what_a_udp_tracker_lists_stands_at_rung_zero(asked) -> None:
    tape = asked().heard(answer_of(ONE, ONE), 4, TRACKER, kind="udp").closed(4, TRACKER, "answered")
    (row,) = rows_of(tape)
    assert (row.ip, row.port, row.rung, row.source) == (str(ONE.ip), 6881, Rung.LISTED, "tracker")
    assert row.said_by == "udp://tracker.example:6969"
    assert row.exhibit == "log:o/7", "the datagram that answered"


def test_over_ipv6_peers_take_18_bytes(asked) -> None:
    remote = Endpoint.of("2001:db8::80", 6969)
    tape = asked(remote).heard(answer_of(TWO), 4, remote, kind="udp")
    replayer = Replayer("o")
    assert rows_of(tape, replayer) == []
    assert [row.ip for row in replayer.finish()] == [str(TWO.ip)], "the log ends before the exchange does"


@pytest.mark.parametrize(
    ("data", "sender", "oddity"),
    [
        (answer_of(ONE), STRANGER, "wrong_endpoint"),
        (answer_of(ONE, transaction=3), TRACKER, "wrong_transaction"),
        (answer_of(ONE, transaction=1), TRACKER, "wrong_action"),
        (answer_of(ONE)[:19], TRACKER, "malformed_answer"),
    ],
)
def test_what_answers_no_question_of_ours_is_kept_and_not_believed(asked, data, sender, oddity) -> None:
    replayer = Replayer("o")
    tape = asked().heard(data, 4, sender, kind="udp").closed(4, TRACKER, "timeout")
    assert rows_of(tape, replayer) == []
    assert replayer.oddities[oddity] == 1


def test_a_true_answer_behind_a_false_one_counts(asked) -> None:
    tape = asked().heard(answer_of(TWO, transaction=9), 4, TRACKER, kind="udp")
    tape.heard(answer_of(ONE), 4, TRACKER, kind="udp").closed(4, TRACKER, "answered")
    assert [row.ip for row in rows_of(tape)] == [str(ONE.ip)]


def test_our_own_udp_announce_is_no_sighting(asked) -> None:
    ours = Endpoint.of("203.0.113.1", 6881)
    tape = asked(port=6881).heard(answer_of(ours, ONE), 4, TRACKER, kind="udp").closed(4, TRACKER, "answered")
    assert [row.ip for row in rows_of(tape)] == [str(ONE.ip)]
