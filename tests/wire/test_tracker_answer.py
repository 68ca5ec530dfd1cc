# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.compact import to_compact
from swarmwitness.wire.tracker_answer import MAX_ANOMALIES, MAX_SPELLED, NEVER, AnnounceResponse, ListedPeer

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


def test_a_list_without_measure_is_read_up_to_a_number() -> None:
    entry: Encodable = {b"ip": b"192.0.2.7", b"port": 1}
    answer = read({b"peers": [entry] * (MAX_SPELLED + 1)})
    assert len(answer.peers) == MAX_SPELLED
    assert [anomaly.kind for anomaly in answer.anomalies] == ["peer_list_size"]


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


@pytest.mark.parametrize(
    ("said", "minutes", "kinds"),
    [
        (5, 5, []),
        (b"5", 5, []),
        (b"never", NEVER, []),
        (-1, None, ["tracker_field"]),
        (b"soon", None, ["tracker_field"]),
        (b"1" * 50, None, ["tracker_field"]),
        ([], None, ["tracker_field"]),
    ],
)
def test_when_to_come_back_after_a_failure(said: Encodable, minutes: int | None, kinds: list[str]) -> None:
    answer = read({b"failure reason": b"busy", b"retry in": said})
    assert answer.retry_in == minutes
    assert [anomaly.kind for anomaly in answer.anomalies] == kinds
