# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import Encodable, encode
from swarmwitness.wire.ltep import MAX_ANOMALIES, ExtensionHandshake

FULL = ExtensionHandshake(
    m={"ut_metadata": 2, "ut_pex": 1, "off": 0},
    v="Swarmwitness/0.1 (+https://example.org)",
    p=6881,
    reqq=250,
    yourip=ip_address("192.0.2.7"),
    ipv4=ip_address("198.51.100.1"),
    ipv6=ip_address("2001:db8::1"),
    metadata_size=31235,
    complete_ago=-1,
    e=0,
    upload_only=1,
)
RAW = encode(
    {
        b"complete_ago": -1,
        b"e": 0,
        b"ipv4": bytes((198, 51, 100, 1)),
        b"ipv6": ip_address("2001:db8::1").packed,
        b"m": {b"off": 0, b"ut_metadata": 2, b"ut_pex": 1},
        b"metadata_size": 31235,
        b"p": 6881,
        b"reqq": 250,
        b"upload_only": 1,
        b"v": b"Swarmwitness/0.1 (+https://example.org)",
        b"yourip": bytes((192, 0, 2, 7)),
    }
)
FIELDS = (
    "m",
    "v",
    "p",
    "reqq",
    "yourip",
    "ipv4",
    "ipv6",
    "metadata_size",
    "complete_ago",
    "e",
    "upload_only",
)


def said(handshake: ExtensionHandshake) -> list[object]:
    return [getattr(handshake, name) for name in FIELDS]


def test_both_ways() -> None:
    assert FULL.to_wire() == RAW
    read = ExtensionHandshake.from_wire(RAW)
    assert said(read) == said(FULL)
    assert (read.raw, read.unknown, read.anomalies) == (RAW, (), ())


def test_what_is_not_said_is_none() -> None:
    assert ExtensionHandshake().to_wire() == b"d1:mdee"
    read = ExtensionHandshake.from_wire(b"de")
    assert said(read) == [{}, *[None] * 10]
    assert read.anomalies == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"v", 5),
        (b"p", b"6881"),
        (b"p", -1),
        (b"p", 65536),
        (b"reqq", -1),
        (b"reqq", 1 << 63),
        (b"yourip", b"192.0.2.7"),
        (b"ipv4", b""),
        (b"ipv6", [1]),
        (b"metadata_size", b"1"),
        (b"complete_ago", []),
        (b"e", {}),
        (b"upload_only", b"yes"),
        (b"m", 5),
        (b"m", {b"ut_pex": b"1"}),
        (b"m", {b"ut_pex": 256}),
        (b"m", {b"ut_pex": -1}),
    ],
)
def test_an_odd_field_is_kept_as_an_anomaly_and_nothing_else_is_lost(key: bytes, value: Encodable) -> None:
    raw = encode({b"v": b"client", b"reqq": 5, key: value})
    read = ExtensionHandshake.from_wire(raw)
    assert [anomaly.kind for anomaly in read.anomalies] == ["ltep_field"]
    assert key.decode() in read.anomalies[0].detail
    assert read.raw == raw
    if key == b"m":
        assert read.m == {}
    else:
        assert getattr(read, key.decode()) is None
    if key != b"v":
        assert read.v == "client"


def test_oddities_that_are_no_field() -> None:
    read = ExtensionHandshake.from_wire(b"d1:md1:\xffi1ee4:seaii1e1:v2:\xff\xfee" + b"xx")
    assert read.m == {"\\xff": 1}
    assert read.v == "\\xff\\xfe"
    assert read.unknown == (b"seai",)
    assert [anomaly.kind for anomaly in read.anomalies] == ["trailing_bytes"]


def test_a_flood_of_oddities_is_counted_not_stored() -> None:
    read = ExtensionHandshake.from_wire(encode({b"m": {b"%d" % at: -1 for at in range(1000)}}))
    assert len(read.anomalies) == MAX_ANOMALIES + 1
    assert read.anomalies[-1].detail == f"{1000 - MAX_ANOMALIES} further oddities"


@pytest.mark.parametrize("raw", [b"", b"le", b"i1e", b"d", b"1:a", b"l" * 50 + b"e" * 50, b"d1:m" * 11])
def test_refused(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        ExtensionHandshake.from_wire(raw)


def test_every_truncation_is_refused() -> None:
    for end in range(len(RAW)):
        with pytest.raises(MalformedMessage):
            ExtensionHandshake.from_wire(RAW[:end])


@given(st.data())
def test_mutated_bytes_raise_only_malformed(data: st.DataObject) -> None:
    raw = bytearray(RAW)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = ExtensionHandshake.from_wire(bytes(raw))
    except MalformedMessage:
        return
    assert read.raw == bytes(raw)


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10), st.integers(0, 255), max_size=5
    ),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.none() | st.integers(0, 65535),
    st.none() | st.ip_addresses(v=4),
)
def test_round_trip(m: dict[str, int], v: str | None, p: int | None, yourip: object) -> None:
    handshake = ExtensionHandshake(m=m, v=v, p=p, yourip=yourip)  # type: ignore[arg-type]
    assert said(ExtensionHandshake.from_wire(handshake.to_wire())) == said(handshake)
