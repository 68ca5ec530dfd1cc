# SPDX-License-Identifier: Apache-2.0
import pytest

from swarmwitness.observation import Replayer
from swarmwitness.terms import Endpoint, Rung
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.tracker_http import AnnounceRequest, to_compact

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
    assert len(held.reader._raw) < 4 << 20
