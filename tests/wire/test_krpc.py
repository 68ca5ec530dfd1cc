# SPDX-License-Identifier: Apache-2.0
"""The DHT's datagrams; the first examples are BEP 5's own."""

from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import krpc
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.bloom import BloomFilter
from swarmwitness.wire.krpc import ErrorReply, NodeInfo, Query, Response

ID, OTHER = b"abcdefghij0123456789", b"mnopqrstuvwxyz123456"
V4, V6 = Endpoint.of("192.0.2.9", 6881), Endpoint.of("2001:db8::9", 6882)
FILTER = BloomFilter.of([ip_address("192.0.2.9")])
TABLE: list[tuple[krpc.Message, bytes]] = [
    (Query(b"aa", "ping", ID), b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"),
    (
        Query(b"aa", "find_node", ID, OTHER),
        b"d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe",
    ),
    (
        Query(b"aa", "get_peers", ID, OTHER),
        b"d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz123456e1:q9:get_peers1:t2:aa1:y1:qe",
    ),
    (
        Query(b"aa", "announce_peer", ID, OTHER, token=b"aoeusnth", port=6881, implied_port=1),
        b"d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e"
        b"5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:y1:qe",
    ),
    (
        Query(
            b"x", "get_peers", ID, OTHER, scrape=1, noseed=0, want=(b"n4", b"n6"), read_only=1, v=b"SW\0\1"
        ),
        b"d1:ad2:id20:abcdefghij01234567899:info_hash20:mnopqrstuvwxyz1234566:noseedi0e6:scrapei1e"
        b"4:wantl2:n42:n6ee1:q9:get_peers2:roi1e1:t1:x1:v4:SW\0\x011:y1:qe",
    ),
    (
        Query(b"", "sample_infohashes", ID, OTHER),
        b"d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q17:sample_infohashes1:t0:1:y1:qe",
    ),
    (Response(b"aa", OTHER), b"d1:rd2:id20:mnopqrstuvwxyz123456e1:t2:aa1:y1:re"),
    (
        Response(b"aa", ID, token=b"aoeusnth", values=(Endpoint.of("97.120.106.101", 11893), V6)),
        b"d1:rd2:id20:abcdefghij01234567895:token8:aoeusnth6:valuesl6:axje.u18:"
        + V6.ip.packed
        + b"\x1a\xe2ee1:t2:aa1:y1:re",
    ),
    (
        Response(b"aa", ID, (NodeInfo(OTHER, V4),), (NodeInfo(ID, V6),), v=b"LT\1\2", ip=V4),
        b"d2:ip6:\xc0\0\2\x09\x1a\xe11:rd2:id20:abcdefghij01234567895:nodes26:mnopqrstuvwxyz123456\xc0\0\2\x09\x1a\xe1"
        b"6:nodes638:abcdefghij0123456789" + V6.ip.packed + b"\x1a\xe2e1:t2:aa1:v4:LT\1\x021:y1:re",
    ),
    (
        Response(b"aa", ID, seeds=BloomFilter(), peers=FILTER, p=6881),
        b"d1:rd4:BFpe256:"
        + FILTER.raw
        + b"4:BFsd256:"
        + bytes(256)
        + b"2:id20:abcdefghij01234567891:pi6881ee"
        b"1:t2:aa1:y1:re",
    ),
    (
        Response(b"aa", ID, samples=(ID, OTHER), interval=60, num=2),
        b"d1:rd2:id20:abcdefghij01234567898:intervali60e3:numi2e7:samples40:abcdefghij0123456789mnopqrstuvwxyz123456e"
        b"1:t2:aa1:y1:re",
    ),
    (
        ErrorReply(b"aa", 201, b"A Generic Error Ocurred"),
        b"d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
    ),
]


def bare(message: krpc.Message) -> krpc.Message:
    return replace(message, raw=b"")


@pytest.mark.parametrize(("message", "raw"), TABLE, ids=[type(m).__name__ for m, _ in TABLE])
def test_both_ways(message: krpc.Message, raw: bytes) -> None:
    assert message.to_wire() == raw
    read = krpc.decode(raw)
    assert read.raw == raw
    assert bare(read) == message


@pytest.mark.parametrize(("message", "raw"), TABLE, ids=[type(m).__name__ for m, _ in TABLE])
def test_cut_and_continued(message: krpc.Message, raw: bytes) -> None:
    for size in range(len(raw)):
        with pytest.raises(MalformedMessage):
            krpc.decode(raw[:size])
    read = krpc.decode(raw + b"xyz")
    assert [anomaly.kind for anomaly in read.anomalies] == ["trailing_bytes"]
    assert replace(read, raw=b"", anomalies=()) == message


ODD_RESPONSES = [
    ({"id": b"short"}, "id"),
    ({"id": 5}, "id"),
    ({"nodes": b"x" * 27}, "nodes"),
    ({"nodes6": b"x" * 37}, "nodes6"),
    ({"nodes": 5}, "nodes"),
    ({"values": b"\0" * 12}, "values"),
    ({"values": [b"12345", 7]}, "values"),
    ({"token": 1}, "token"),
    ({"samples": b"x" * 21}, "samples"),
    ({"samples": []}, "samples"),
    ({"interval": -1}, "interval"),
    ({"num": 1 << 63}, "num"),
    ({"BFsd": bytes(255)}, "BFsd"),
    ({"BFpe": 0}, "BFpe"),
    ({"p": 65536}, "p"),
]


@pytest.mark.parametrize(("said", "name"), ODD_RESPONSES, ids=[str(said)[:24] for said, _ in ODD_RESPONSES])
def test_an_odd_field_of_a_response(said, name: str) -> None:
    raw = encode({"t": b"aa", "y": b"r", "r": {"id": ID, "seq": 1, **said}, "v": b"UT"})
    read = krpc.decode(raw)
    assert isinstance(read, Response)
    assert {anomaly.kind for anomaly in read.anomalies} == {"krpc_field"}
    assert all(anomaly.detail.startswith(f"{name}:") for anomaly in read.anomalies)
    assert (read.v, read.unknown, read.raw) == (b"UT", (b"seq",), raw)
    assert read.node_id == (None if name == "id" else ID)


def test_whole_entries_of_a_list_that_ends_early_are_read() -> None:
    read = krpc.decode(
        encode({"t": b"a", "y": b"r", "r": {"nodes": OTHER + V4.ip.packed + b"\x1a\xe1" + b"xx"}})
    )
    assert isinstance(read, Response)
    assert read.nodes == (NodeInfo(OTHER, V4),)


ODD_QUERIES = [
    ({"q": 5}, "q: "),
    ({"q": None}, "q: "),
    ({"a": None}, "a: "),
    ({"a": 5}, "a: "),
    ({"t": None}, "t: "),
    ({"t": 7}, "t: "),
    ({"ro": b"1"}, "ro: "),
    ({"v": 5}, "v: "),
    ({"a": {"id": ID, "target": b"x"}}, "target: "),
    ({"a": {"id": ID, "info_hash": OTHER, "port": -1}}, "port: "),
    ({"a": {"id": ID, "want": b"n4"}}, "want: "),
    ({"a": {"id": ID, "want": [4]}}, "want: "),
]


@pytest.mark.parametrize(("said", "detail"), ODD_QUERIES, ids=[str(said)[:32] for said, _ in ODD_QUERIES])
def test_an_odd_field_of_a_query(said, detail: str) -> None:
    given = {"t": b"aa", "y": b"q", "q": b"get_peers", "a": {"id": ID}, "odd": 1, **said}
    read = krpc.decode(encode({key: value for key, value in given.items() if value is not None}))
    assert isinstance(read, Query)
    assert [anomaly.detail[: len(detail)] for anomaly in read.anomalies] == [detail]
    assert read.unknown_outer == (b"odd",)


@pytest.mark.parametrize(
    ("said", "code", "text"),
    [
        ([203], 203, None),
        ([b"no"], None, b"no"),
        (b"no", None, None),
        ({}, None, None),
        ([b"x", 202], 202, b"x"),
    ],
)
def test_an_odd_error(said, code, text) -> None:
    read = krpc.decode(encode({"t": b"aa", "y": b"e", "e": said}))
    assert isinstance(read, ErrorReply)
    assert (read.code, read.text) == (code, text)
    assert bool(read.anomalies) == (None in (code, text))


def test_the_address_alone() -> None:
    read = krpc.decode(encode({"t": b"", "y": b"r", "r": {}, "ip": bytes((192, 0, 2, 1))}))
    assert isinstance(read, Response)
    assert read.ip == Endpoint.of("192.0.2.1", 0)
    read = krpc.decode(encode({"t": b"", "y": b"r", "r": {}, "ip": b"12345"}))
    assert isinstance(read, Response)
    assert (read.ip, [anomaly.kind for anomaly in read.anomalies]) == (None, ["krpc_field"])


def test_a_method_that_nobody_knows_is_read() -> None:
    read = krpc.decode(
        encode({"t": b"a", "y": b"q", "q": b"p\xff", "a": {"id": ID, "k": b"key", "target": OTHER}})
    )
    assert isinstance(read, Query)
    assert (read.method, read.target, read.unknown) == ("p\\xff", OTHER, (b"k",))


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"i5e", b"le", b"de", b"5:hello", b"d1:yi1ee", b"d1:y1:xe", b"d1:y2:qqe",
        b"d1:y1:r1:r" + b"l" * 50 + b"e" * 50 + b"e", b"\0" * 100, b"d1:y1:q", bytes(1 << 16),
    ],
)  # fmt: skip
def test_what_is_no_message(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        krpc.decode(raw)


def test_a_flood_of_oddities_is_counted() -> None:
    read = krpc.decode(encode({"t": b"", "y": b"r", "r": {"values": [b"x"] * 5000}}))
    assert len(read.anomalies) == krpc.MAX_ANOMALIES + 1


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for raw in (data, b"d1:y1:q" + data, b"d1:rd" + data):
        try:
            read = krpc.decode(raw)
        except MalformedMessage:
            continue
        assert read.raw == raw


ids = st.binary(min_size=20, max_size=20)
endpoints = st.builds(Endpoint, st.ip_addresses(v=4), st.integers(0, 65535))
small = st.none() | st.integers(0, 1 << 40)


@given(
    st.builds(
        Response,
        transaction=st.binary(max_size=8),
        node_id=st.none() | ids,
        nodes=st.lists(st.builds(NodeInfo, ids, endpoints), max_size=9).map(tuple),
        values=st.lists(endpoints, max_size=9).map(tuple),
        token=st.none() | st.binary(max_size=20),
        samples=st.none() | st.lists(ids, max_size=4).map(tuple),
        interval=small,
        v=st.none() | st.binary(max_size=4),
        ip=st.none() | endpoints,
    )
)
def test_responses_round_trip(response: Response) -> None:
    assert bare(krpc.decode(response.to_wire())) == response


@given(
    st.builds(
        Query,
        transaction=st.binary(max_size=8),
        method=st.sampled_from(["ping", "find_node", "get_peers", "announce_peer", "sample_infohashes"]),
        node_id=st.none() | ids,
        target=st.none() | ids,
        token=st.none() | st.binary(max_size=9),
        port=st.none() | st.integers(0, 65535),
        seed=small,
        want=st.lists(st.binary(max_size=3), max_size=3).map(tuple),
        read_only=small,
    )
)
def test_queries_round_trip(query: Query) -> None:
    assert bare(krpc.decode(query.to_wire())) == query
