# SPDX-License-Identifier: Apache-2.0
"""Reading one dictionary field by field; the whole of it is driven by test_krpc.py."""

import pytest

from swarmwitness.terms import Endpoint
from swarmwitness.wire.bencode import decode, encode
from swarmwitness.wire.krpcfields import Fields, NodeInfo, to_compact
from swarmwitness.wire.oddities import Oddities

V4, V6 = Endpoint.of("192.0.2.9", 6881), Endpoint.of("2001:db8::9", 6882)


def fields(entries) -> Fields:
    return Fields(decode(encode(entries)).as_dict(), Oddities(8))


@pytest.mark.parametrize(("endpoint", "size"), [(V4, 6), (V6, 18)])
def test_compact_both_ways(endpoint: Endpoint, size: int) -> None:
    raw = to_compact(endpoint)
    assert len(raw) == size
    assert fields({"ip": raw}).endpoint(b"ip") == endpoint
    assert fields({"values": [raw]}).endpoints(b"values") == (endpoint,)
    assert fields({"n": bytes(20) + raw}).nodes(b"n", size) == (NodeInfo(bytes(20), endpoint),)


def test_a_mapped_address_is_folded() -> None:
    raw = bytes(10) + b"\xff\xff" + to_compact(V4)
    assert fields({"ip": raw}).endpoint(b"ip") == V4


def test_what_is_missing_is_none_and_no_oddity_unless_it_is_needed() -> None:
    empty = fields({})
    assert (empty.bytes_of(b"x"), empty.number(b"x"), empty.strings(b"x"), empty.endpoint(b"x")) == (
        None, None, (), None,
    )  # fmt: skip
    assert (empty.nodes(b"x", 6), empty.info_hashes(b"x"), empty.bloom(b"x")) == ((), None, None)
    assert empty.oddities.found() == ()
    assert empty.needed(b"t") == b""
    assert empty.inner(b"r").entries == {}
    assert [anomaly.detail for anomaly in empty.oddities.found()] == ["t: is missing", "r: is missing"]
