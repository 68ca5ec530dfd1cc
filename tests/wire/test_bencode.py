# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire.bencode import MAX_DEPTH, Encodable, Plain, decode, decode_prefix, encode

BOTH_WAYS: list[tuple[Plain, bytes]] = [
    (0, b"i0e"),
    (-7, b"i-7e"),
    (2**64 - 1, b"i18446744073709551615e"),
    (b"", b"0:"),
    (b"spam", b"4:spam"),
    (bytes(range(256)), b"256:" + bytes(range(256))),
    ([], b"le"),
    ([b"a", [1, []]], b"l1:ali1eleee"),
    ({}, b"de"),
    ({b"": 1, b"\xff": [], b"a": {b"b": b"c"}}, b"d0:i1e1:ad1:b1:ce1:\xfflee"),
]
REFUSED = [
    (b"", 0),
    (b"x", 0),
    (b"i", 0),
    (b"ie", 0),
    (b"i-e", 0),
    (b"i--1e", 0),
    (b"i+1e", 0),
    (b"i 1e", 0),
    (b"i1_0e", 0),
    (b"i1.5e", 0),
    (b"i" + b"9" * 21 + b"e", 0),
    (b"i1", 0),
    (b"5:spam", 0),
    (b"-1:a", 0),
    (b"99999999999:", 0),
    (b"2147483648:a", 0),
    (b":a", 0),
    (b"12x", 0),
    (b"l12x", 1),
    (b"d12x", 1),
    (b"d1:a12x", 4),
    (b"l", 1),
    (b"li1e", 4),
    (b"d", 1),
    (b"d1:a", 4),
    (b"d1:ae", 4),
    (b"di1ei1ee", 1),
    (b"dle1:ae", 1),
    (b"e", 0),
    (b"l" * (MAX_DEPTH + 1) + b"e" * (MAX_DEPTH + 1), MAX_DEPTH),
    (b"d1:a" * (MAX_DEPTH + 1), 4 * MAX_DEPTH),
]
ODD = [
    (b"i007e", 7),
    (b"i-0e", 0),
    (b"i-07e", -7),
    (b"i00e", 0),
    (b"03:abc", b"abc"),
    (b"00:", b""),
]

plain = st.recursive(
    st.integers(-(10**19), 10**19) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.binary(max_size=8), inner, max_size=5),
    max_leaves=25,
)


@pytest.mark.parametrize(("value", "raw"), BOTH_WAYS)
def test_both_ways(value: Plain, raw: bytes) -> None:
    assert encode(value) == raw
    decoded = decode(raw)
    assert decoded.plain() == value
    assert decoded.raw == raw
    assert decoded.canonical
    assert decoded == decode(raw, strict=False)
    assert hash(decoded) == hash(decode(raw))


@pytest.mark.parametrize(("value", "raw"), BOTH_WAYS)
def test_every_truncation_is_refused(value: Plain, raw: bytes) -> None:
    for end in range(len(raw)):
        with pytest.raises(MalformedMessage):
            decode(raw[:end])


@pytest.mark.parametrize(("value", "raw"), BOTH_WAYS)
def test_trailing_bytes_are_refused_and_a_prefix_is_not(value: Plain, raw: bytes) -> None:
    with pytest.raises(MalformedMessage) as refused:
        decode(raw + b"\n")
    assert refused.value.offset == len(raw)
    decoded, end = decode_prefix(b"??" + raw + b"\n", 2)
    assert (decoded.plain(), decoded.raw, end) == (value, raw, 2 + len(raw))


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("raw", "offset"), REFUSED)
def test_refused(raw: bytes, offset: int, strict: bool) -> None:
    with pytest.raises(MalformedMessage) as refused:
        decode(raw, strict=strict)
    assert refused.value.offset == offset


@pytest.mark.parametrize(("raw", "value"), ODD)
def test_odd_numbers_are_refused_only_when_strict(raw: bytes, value: Plain) -> None:
    with pytest.raises(MalformedMessage):
        decode(raw)
    decoded = decode(raw, strict=False)
    assert decoded.plain() == value
    assert not decoded.canonical
    assert decoded.raw == raw


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"d1:bi1e1:ai2ee", {b"b": 1, b"a": 2}),
        (b"d1:ai1e1:ai2ee", {b"a": 1}),
        (b"d0:i1e0:i2ee", {b"": 1}),
        (b"d1:bi1e1:ai2e1:bi3ee", {b"b": 1, b"a": 2}),
    ],
)
def test_dictionaries_are_kept_as_they_arrived(raw: bytes, value: Plain) -> None:
    decoded = decode(raw)
    assert decoded.plain() == value
    assert decoded.raw == raw
    assert not decoded.canonical
    assert encode(decoded) == encode(value) != raw


def test_canonical_is_told_of_each_value_alone() -> None:
    decoded = decode(b"d3:bad" + b"d1:bi1e1:ai2ee" + b"4:good" + b"d1:ai1eee")
    assert not decoded.canonical
    assert (found := decoded.find(b"bad")) is not None
    assert not found.canonical
    assert (found := decoded.find(b"good")) is not None
    assert found.canonical


def test_depth_up_to_the_limit_is_read_and_written() -> None:
    raw = b"l" * MAX_DEPTH + b"e" * MAX_DEPTH
    assert encode(decode(raw)) == raw
    with pytest.raises(MalformedMessage):
        decode(b"llee", max_depth=1)
    nested: list[Encodable] = []
    for _ in range(MAX_DEPTH):
        nested = [nested]
    with pytest.raises(ValueError, match="nested deeper"):
        encode(nested)


def test_getters_answer_none_for_what_is_missing_or_of_another_type() -> None:
    decoded = decode(b"d1:di1e1:i1:x1:lde1:sle1:tlee")
    assert decoded.find_int(b"i") is None
    assert decoded.find_bytes(b"s") is None
    assert decoded.find_list(b"l") is None
    assert decoded.find_dict(b"d") is None
    assert decoded.find(b"no") is None
    assert decode(b"i1e").find(b"a") is None
    assert decoded.find_int(b"d") == 1
    assert decoded.find_bytes(b"i") == b"x"
    assert decoded.find_list(b"s") == []
    assert decoded.find_dict(b"l") == decode(b"de")
    with pytest.raises(MalformedMessage):
        decode(b"le").as_dict()


def test_encode_takes_text_and_refuses_what_bencoding_has_not() -> None:
    assert (
        encode({"b": "é", b"a": (1, decode(b"d1:zi1e1:yi2ee"))}) == b"d1:ali1ed1:yi2e1:zi1eee1:b2:\xc3\xa9e"
    )
    for wrong in (True, 1.5, None, {1: 2}, [False], object()):
        with pytest.raises(TypeError):
            encode(wrong)  # type: ignore[arg-type]


def test_repr_is_short() -> None:
    assert len(repr(decode(b"1000:" + bytes(1000)))) < 500
    assert decode(b"i1e") != b"i1e"


@given(plain)
def test_round_trip(value: Plain) -> None:
    decoded = decode(encode(value))
    assert decoded.plain() == value
    assert decoded.canonical
    assert encode(decoded) == decoded.raw


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_malformed(data: bytes) -> None:
    offset = -1
    try:
        decoded, offset = decode_prefix(data, strict=False)
    except MalformedMessage as error:
        offset = error.offset
    else:
        assert decoded.raw == data[:offset]
    assert 0 <= offset <= len(data)


@given(plain, st.data())
def test_mutated_bytes_raise_only_malformed_and_canonical_is_true(value: Plain, data: st.DataObject) -> None:
    raw = bytearray(encode(value))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.sampled_from(b"0123456789:ilde-\0\xff"))
    try:
        decoded = decode(bytes(raw), strict=False)
    except MalformedMessage:
        return
    assert decoded.canonical == (encode(decoded) == decoded.raw)
