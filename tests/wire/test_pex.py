# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire.bencode import encode
from swarmwitness.wire.pex import HOLEPUNCH, MAX_READ, POLITE, SEED, UTP, PexMessage, PexPeer

FOUR = Endpoint.of("192.0.2.7", 6881)
SIX = Endpoint.of("2001:db8::7", 51413)
EMPTY = {b"added": b"", b"added.f": b"", b"added6": b"", b"added6.f": b"", b"dropped": b"", b"dropped6": b""}

BOTH_WAYS = [
    (PexMessage(), encode(EMPTY)),
    (
        PexMessage((PexPeer(FOUR, SEED | UTP),), ()),
        encode({**EMPTY, b"added": b"\xc0\0\x02\x07\x1a\xe1", b"added.f": b"\x06"}),
    ),
    (
        PexMessage((PexPeer(FOUR, 0), PexPeer(SIX, HOLEPUNCH)), (FOUR, SIX)),
        encode(
            {
                b"added": b"\xc0\0\x02\x07\x1a\xe1",
                b"added.f": b"\0",
                b"added6": SIX.ip.packed + b"\xc8\xd5",
                b"added6.f": b"\x08",
                b"dropped": b"\xc0\0\x02\x07\x1a\xe1",
                b"dropped6": SIX.ip.packed + b"\xc8\xd5",
            }
        ),
    ),
]


@pytest.mark.parametrize(("message", "raw"), BOTH_WAYS)
def test_both_ways(message, raw) -> None:
    assert PexMessage.from_wire(raw) == message
    assert message.to_wire() == raw


@pytest.mark.parametrize(("message", "raw"), BOTH_WAYS)
def test_truncated_is_refused_and_more_is_odd(message, raw) -> None:
    for end in range(len(raw)):
        with pytest.raises(MalformedMessage):
            PexMessage.from_wire(raw[:end])
    longer = PexMessage.from_wire(raw + b"x")
    assert (longer.added, longer.dropped) == (message.added, message.dropped)
    assert [each.kind for each in longer.anomalies] == ["trailing_bytes"]


@pytest.mark.parametrize("raw", [b"", b"le", b"i1e", b"4:spam", b"d1:a", b"\0\0\0", b"d" * 100])
def test_refused(raw) -> None:
    with pytest.raises(MalformedMessage):
        PexMessage.from_wire(raw)


PEER = b"\xc0\0\x02\x07\x1a\xe1"
ODD = [
    ({b"added": PEER + b"\xff"}, 1, ["pex_stride"]),
    ({b"added": 5}, 0, ["pex_field"]),
    ({b"added": PEER, b"added.f": 5}, 1, ["pex_field"]),
    ({b"added": PEER, b"added.f": b"\x01\x02"}, 1, ["pex_flags"]),
    ({b"added": PEER * 2, b"added.f": b"\x01"}, 2, ["pex_flags"]),
    ({b"added": PEER * POLITE}, POLITE, []),
    ({b"added": PEER * (POLITE + 1)}, POLITE + 1, ["pex_crowded"]),
    ({b"added": PEER * (MAX_READ + 5)}, MAX_READ, ["pex_overflow", "pex_crowded"]),
    ({b"dropped": PEER * (POLITE + 1)}, 0, ["pex_crowded"]),
    ({b"added6": PEER}, 0, ["pex_stride"]),
    ({b"added": [PEER]}, 0, ["pex_field"]),
]


@pytest.mark.parametrize(("told", "added", "kinds"), ODD)
def test_what_is_odd_is_kept_in_sight(told, added, kinds) -> None:
    message = PexMessage.from_wire(encode(told))
    assert (len(message.added), [each.kind for each in message.anomalies]) == (added, kinds)


def test_flags_are_kept_as_they_came_and_unknown_keys_named() -> None:
    message = PexMessage.from_wire(encode({b"added": PEER, b"added.f": b"\xff", b"more": 1}))
    assert message.added == (PexPeer(FOUR, 0xFF),)
    assert message.unknown == (b"more",)


def test_a_mapped_address_is_folded() -> None:
    mapped = bytes(10) + b"\xff\xff\xc0\0\x02\x07\x1a\xe1"
    assert PexMessage.from_wire(encode({b"added6": mapped})).added == (PexPeer(FOUR),)


endpoints = st.builds(
    Endpoint,
    st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6, network="2001:db8::/32")),
    st.integers(0, 0xFFFF),
)


@given(
    st.lists(st.builds(PexPeer, endpoints, st.integers(0, 255)), max_size=POLITE),
    st.lists(endpoints, max_size=POLITE),
)
def test_round_trip(added, dropped) -> None:
    message = PexMessage.from_wire(PexMessage(tuple(added), tuple(dropped)).to_wire())
    assert message.added == tuple(sorted(added, key=lambda peer: peer.endpoint.ip.version))
    assert message.dropped == tuple(sorted(dropped, key=lambda each: each.ip.version))
    assert message.anomalies == ()


@given(st.binary(max_size=200))
def test_random_bytes_raise_only_malformed(data) -> None:
    try:
        message = PexMessage.from_wire(data)
    except MalformedMessage:
        return
    assert len(message.added) <= len(data)
