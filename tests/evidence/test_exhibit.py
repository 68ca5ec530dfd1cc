# SPDX-License-Identifier: Apache-2.0
"""Records: one spelling per exhibit, both ways; every other input is refused with MalformedMessage."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.evidence import Direction, Exhibit
from swarmwitness.evidence.exhibit import MAX_PAYLOAD, RecordCheck, is_envelope
from swarmwitness.terms import Endpoint, Instant, MalformedMessage

INT64 = st.integers(-(2**63), 2**63 - 1)
ENDPOINTS = st.none() | st.builds(
    Endpoint, st.ip_addresses(v=4) | st.ip_addresses(v=6), st.integers(0, 0xFFFF)
)
EXHIBITS = st.builds(
    Exhibit,
    st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True),
    st.sampled_from(Direction),
    st.builds(Instant, INT64, INT64, INT64, INT64),
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.integers(0, 2**64 - 1),
    ENDPOINTS,
    ENDPOINTS,
    st.binary(max_size=200),
)

TABLE = [
    (
        Exhibit("act", Direction.NONE, Instant(1), "v", 0, None, None, b""),
        "01 00 03 616374 01 76"
        "0000000000000000 0000000000000001 0000000000000000 0000000000000000 ffffffffffffffff 00000000 00 00",
    ),
    (
        Exhibit(
            "tcp",
            Direction.IN,
            Instant(2, 3, -1, 4),
            "é",
            5,
            Endpoint.of("127.0.0.1", 258),
            Endpoint.of("2001:db8::1", 6881),
            b"\x00hi",
        ),
        "01 01 03 746370 02 c3a9"
        "0000000000000005 0000000000000002 0000000000000003 ffffffffffffffff 0000000000000004 00000003"
        "04 7f000001 0102 06 20010db8000000000000000000000001 1ae1 006869",
    ),
]


@pytest.mark.parametrize(("exhibit", "text"), TABLE)
def test_the_table_holds_both_ways(exhibit: Exhibit, text: str) -> None:
    record = bytes.fromhex(text)
    assert exhibit.to_wire() == record
    assert Exhibit.from_wire(record) == exhibit


@given(EXHIBITS)
def test_an_exhibit_survives_the_record(exhibit: Exhibit) -> None:
    record = exhibit.to_wire()
    assert Exhibit.from_wire(record) == exhibit
    assert RecordCheck().well_formed(b"salt" + record, 4)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_are_the_one_spelling(raw: bytes) -> None:
    try:
        exhibit = Exhibit.from_wire(raw)
    except MalformedMessage:
        assert RecordCheck().well_formed(raw, 0) == is_envelope(raw, 0)
    else:
        assert exhibit.to_wire() == raw


@given(EXHIBITS, st.data())
def test_a_changed_record_is_refused_or_another_exhibit(exhibit: Exhibit, data: st.DataObject) -> None:
    record = bytearray(exhibit.to_wire())
    record[data.draw(st.integers(0, len(record) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        other = Exhibit.from_wire(bytes(record))
    except MalformedMessage:
        assert RecordCheck().well_formed(bytes(record), 0) == is_envelope(bytes(record), 0)
    else:
        assert other != exhibit
        assert other.to_wire() == record


@pytest.mark.parametrize(("exhibit", "text"), TABLE)
def test_a_record_is_refused_at_every_other_length(exhibit: Exhibit, text: str) -> None:
    record = exhibit.to_wire()
    for length in range(len(record)):
        with pytest.raises(MalformedMessage):
            Exhibit.from_wire(record[:length])
    with pytest.raises(MalformedMessage):
        Exhibit.from_wire(record + b"\0")


@pytest.mark.parametrize(
    ("offset", "byte"),
    [(0, 2), (1, 3), (2, 0), (2, 33), (3, ord("A")), (3, 0xFF), (7, 0xFF), (48, 5), (49, 1), (49, 7)],
)
def test_a_byte_that_no_exhibit_has_is_refused(offset: int, byte: int) -> None:
    record = bytearray(TABLE[0][0].to_wire())
    record[offset] = byte
    with pytest.raises(MalformedMessage):
        Exhibit.from_wire(bytes(record))
    assert not RecordCheck().well_formed(bytes(record), 0)


def test_an_envelope_is_known_by_its_form_and_not_read_as_an_exhibit() -> None:
    for length in range(120):
        record = b"\2" + b"\xff" * length
        assert RecordCheck().well_formed(record, 0) == is_envelope(record, 0) == (length >= 91)
        with pytest.raises(MalformedMessage):
            Exhibit.from_wire(record)
    with pytest.raises(MalformedMessage, match="opened first"):
        Exhibit.from_wire(b"\2" * 99)


def with_(**fields: object) -> Exhibit:
    values: dict[str, object] = {
        "kind": "tcp", "direction": Direction.IN, "at": Instant(1), "vantage": "v",
        "connection": 1, "local": None, "remote": None, "payload": b"x",
    }  # fmt: skip
    return Exhibit(**{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "exhibit",
    [
        with_(kind=""),
        with_(kind="TCP"),
        with_(kind="a" * 33),
        with_(kind="é"),
        with_(kind="tcp\n"),
        with_(vantage="v" * 256),
        with_(vantage="\ud800"),
        with_(connection=-1),
        with_(connection=2**64),
        with_(at=Instant(2**63)),
        with_(payload=bytes(MAX_PAYLOAD + 1)),
        with_(remote=Endpoint(ipaddress.IPv6Address("fe80::1%eth0"), 1)),
    ],
)
def test_what_a_record_cannot_hold_is_our_mistake(exhibit: Exhibit) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        exhibit.to_wire()


def test_a_mapped_address_is_kept_as_the_socket_said_it() -> None:
    mapped = with_(remote=Endpoint(ipaddress.IPv6Address("::ffff:192.0.2.1"), 9))
    found = Exhibit.from_wire(mapped.to_wire()).remote
    assert found is not None
    assert found.ip.version == 6


def test_a_checker_forgets_heads_and_stays_right() -> None:
    check = RecordCheck()
    for number in range(5000):
        assert check.well_formed(with_(vantage=f"v{number}").to_wire(), 0)
    assert not check.well_formed(b"\x01\x00", 0)
