# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.lsd import MAX_ANOMALIES, MAX_BYTES, LocalAnnounce

ONE, TWO = bytes(range(20)), bytes(range(1, 21))
TABLE = [
    (
        LocalAnnounce(6881, (ONE, TWO), b"239.192.152.143:6771", b"a1b2"),
        b"BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\nPort: 6881\r\n"
        b"Infohash: %b\r\nInfohash: %b\r\ncookie: a1b2\r\n\r\n\r\n"
        % (ONE.hex().encode(), TWO.hex().encode()),
    ),
    (
        LocalAnnounce(1, (ONE,), b"[ff15::efc0:988f]:6771", unknown=((b"X-New", b"1:2"),)),
        b"BT-SEARCH * HTTP/1.1\r\nHost: [ff15::efc0:988f]:6771\r\nPort: 1\r\n"
        b"Infohash: %b\r\nX-New: 1:2\r\n\r\n\r\n" % ONE.hex().encode(),
    ),
]


@pytest.mark.parametrize(("announce", "raw"), TABLE)
def test_both_ways(announce: LocalAnnounce, raw: bytes) -> None:
    assert announce.to_wire() == raw
    read = LocalAnnounce.from_wire(raw)
    assert read.raw == raw
    assert replace(read, raw=b"") == announce


@pytest.mark.parametrize(("announce", "raw"), TABLE)
def test_cut_anywhere(announce: LocalAnnounce, raw: bytes) -> None:
    for size in range(len(raw)):
        try:
            read = LocalAnnounce.from_wire(raw[:size])
        except MalformedMessage:
            assert size < len(b"BT-SEARCH * HTTP/1.1\r\n")
        else:
            assert set(read.info_hashes) <= set(announce.info_hashes)


def test_what_is_odd_is_kept_and_the_rest_is_read() -> None:
    raw = (
        b"BT-SEARCH * HTTP/1.1\r\nport:70000\r\nPORT: 6882\r\nINFOHASH:%b\r\nInfohash: zz\r\nnothing\r\n\r\n"
        % ONE.hex().upper().encode()
    )
    read = LocalAnnounce.from_wire(raw)
    assert (read.port, read.info_hashes, read.host, read.cookie) == (None, (ONE,), b"", None)
    assert [anomaly.kind for anomaly in read.anomalies] == ["lsd_field"] * 4


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"BT-SEARCH * HTTP/1.1",
        b"M-SEARCH * HTTP/1.1\r\n\r\n",
        b"BT-SEARCH * HTTP/1.1\nPort: 1\n",
        b"BT-SEARCH * HTTP/1.1\r\n" + bytes(MAX_BYTES),
    ],
)
def test_what_is_none(raw: bytes) -> None:
    with pytest.raises(MalformedMessage):
        LocalAnnounce.from_wire(raw)


def test_a_flood_of_oddities_is_counted() -> None:
    read = LocalAnnounce.from_wire(b"BT-SEARCH * HTTP/1.1\r\nPort: 1\r\n" + b"x\r\n" * 1000)
    assert len(read.anomalies) == MAX_ANOMALIES + 1


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for raw in (data, b"BT-SEARCH * HTTP/1.1\r\n" + data):
        try:
            read = LocalAnnounce.from_wire(raw)
        except MalformedMessage:
            continue
        assert read.raw == raw


@given(
    st.integers(1, 65535),
    st.lists(st.binary(min_size=20, max_size=20), max_size=5),
    st.from_regex(r"[0-9a-f]{1,16}", fullmatch=True),
)
def test_round_trips(port: int, info_hashes: list[bytes], cookie: str) -> None:
    made = LocalAnnounce(port, tuple(info_hashes), b"239.192.152.143:6771", cookie.encode())
    assert replace(LocalAnnounce.from_wire(made.to_wire()), raw=b"") == made
