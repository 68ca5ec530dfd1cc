# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import MalformedMessage
from swarmwitness.wire import metadata as m
from swarmwitness.wire import peerwire

BOTH_WAYS = [
    (m.MetadataRequest(0), b"d8:msg_typei0e5:piecei0ee"),
    (m.MetadataRequest(17), b"d8:msg_typei0e5:piecei17ee"),
    (m.MetadataReject(3), b"d8:msg_typei2e5:piecei3ee"),
]
READ_ONLY = [
    (m.MetadataData(0, 34256, b"data"), b"d8:msg_typei1e5:piecei0e10:total_sizei34256eedata"),
    (m.MetadataData(2, 34256, b""), b"d8:msg_typei1e5:piecei2e10:total_sizei34256ee"),
    (m.MetadataUnknown(9, 1), b"d8:msg_typei9e5:piecei1ee"),
]


@pytest.mark.parametrize(("message", "raw"), BOTH_WAYS)
def test_both_ways(message, raw) -> None:
    assert message.to_wire() == raw
    assert m.decode(raw) == message
    wrapped = peerwire.Extended(3, raw)
    assert peerwire.decode(peerwire.encode(wrapped)[4:]) == wrapped


@pytest.mark.parametrize(("message", "raw"), READ_ONLY)
def test_read_and_never_written(message, raw) -> None:
    assert m.decode(raw) == message
    assert not hasattr(message, "to_wire")
    with pytest.raises(ValueError, match="metadata"):
        peerwire.encode(peerwire.Extended(3, raw))


@pytest.mark.parametrize("raw", [raw for _, raw in (*BOTH_WAYS, *READ_ONLY[1:])])
def test_truncated_is_refused(raw) -> None:
    for end in range(len(raw)):
        with pytest.raises(MalformedMessage):
            m.decode(raw[:end])


@pytest.mark.parametrize(("message", "raw"), [*BOTH_WAYS, READ_ONLY[2]])
def test_trailing_bytes_are_odd(message, raw) -> None:
    longer = m.decode(raw + b"x")
    assert (type(longer), longer.piece) == (type(message), message.piece)
    assert [each.kind for each in longer.anomalies] == ["trailing_bytes"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"le",
        b"de",
        b"i0e",
        b"d8:msg_typei0ee",
        b"d5:piecei0ee",
        b"d8:msg_typei-1e5:piecei0ee",
        b"d8:msg_typei0e5:piecei-1ee",
        b"d8:msg_typei0e5:piecei2147483648ee",
        b"d8:msg_type1:05:piecei0ee",
        b"d8:msg_typelllllei0e5:piecei0ee",
    ],
)
def test_refused(raw) -> None:
    with pytest.raises(MalformedMessage):
        m.decode(raw)


@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        (b"d8:msg_typei1e5:piecei0eex", ["metadata_total_size"]),
        (b"d8:msg_typei1e5:piecei0e10:total_sizei-1eex", ["metadata_total_size"]),
        (b"d8:msg_typei1e5:piecei0e10:total_size1:5ex", ["metadata_total_size"]),
        (b"d5:piecei0e8:msg_typei1e10:total_sizei1eex", ["metadata_not_canonical"]),
    ],
)
def test_odd_data_is_kept(raw, kinds) -> None:
    told = m.decode(raw)
    assert isinstance(told, m.MetadataData)
    assert told.data == b"x"
    assert [each.kind for each in told.anomalies] == kinds


def test_a_piece_that_does_not_fit_is_our_error() -> None:
    for piece in (-1, 1 << 31):
        with pytest.raises(ValueError, match="fit"):
            m.MetadataRequest(piece).to_wire()


@given(st.integers(0, m.MAX_NUMBER), st.sampled_from([m.MetadataRequest, m.MetadataReject]))
def test_round_trip(piece, kind) -> None:
    assert m.decode(kind(piece).to_wire()) == kind(piece)


@given(st.binary(max_size=120))
def test_random_bytes_raise_only_malformed(data) -> None:
    try:
        message = m.decode(data)
    except MalformedMessage:
        return
    assert message.piece >= 0
