# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.terms import Endpoint, MalformedMessage
from swarmwitness.wire import holepunch
from swarmwitness.wire.holepunch import PunchKind, PunchMessage, rendezvous

V4, V6 = Endpoint.of("192.0.2.7", 6881), Endpoint.of("2001:db8::7", 51413)
V4_WIRE, V6_WIRE = "c0000207 1ae1", "20010db8000000000000000000000007 c8d5"


@pytest.mark.parametrize(("endpoint", "family", "wire"), [(V4, "00", V4_WIRE), (V6, "01", V6_WIRE)])
def test_a_rendezvous_in_both_directions(endpoint: Endpoint, family: str, wire: str) -> None:
    raw = bytes.fromhex("00" + family + wire + "00000000")
    assert rendezvous(endpoint) == raw
    assert PunchMessage.from_wire(raw) == PunchMessage(PunchKind.RENDEZVOUS, endpoint)


@pytest.mark.parametrize(
    ("wire", "kind", "error", "name"),
    [
        ("01 00" + V4_WIRE, PunchKind.CONNECT, 0, "none"),
        ("01 00" + V4_WIRE + "00000000", PunchKind.CONNECT, 0, "none"),
        ("02 00" + V4_WIRE + "00000001", PunchKind.ERROR, 1, "no_such_peer"),
        ("02 00" + V4_WIRE + "00000002", PunchKind.ERROR, 2, "not_connected"),
        ("02 00" + V4_WIRE + "00000003", PunchKind.ERROR, 3, "no_support"),
        ("02 00" + V4_WIRE + "00000004", PunchKind.ERROR, 4, "no_self"),
    ],
)
def test_what_a_go_between_says(wire: str, kind: PunchKind, error: int, name: str) -> None:
    message = PunchMessage.from_wire(bytes.fromhex(wire))
    assert (message.kind, message.endpoint, message.error) == (kind, V4, error)
    assert message.error_name == name
    assert message.anomalies == ()


@pytest.mark.parametrize(
    ("wire", "kinds"),
    [
        ("01 00" + V4_WIRE + "00000002", ["punch_error"]),
        ("02 00" + V4_WIRE, ["punch_error"]),
        ("02 00" + V4_WIRE + "00000009", ["punch_error"]),
        ("01 00" + V4_WIRE + "00000000 ff", ["trailing_bytes"]),
        ("01 00" + V4_WIRE + "00000001 ff", ["trailing_bytes", "punch_error"]),
    ],
)
def test_oddities_are_kept(wire: str, kinds: list[str]) -> None:
    message = PunchMessage.from_wire(bytes.fromhex(wire))
    assert [each.kind for each in message.anomalies] == kinds


def test_a_number_that_nobody_knows_has_no_name() -> None:
    message = PunchMessage.from_wire(bytes.fromhex("02 00" + V4_WIRE + "ffffffff"))
    assert (message.error, message.error_name) == (0xFFFFFFFF, "unknown")


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "00",
        "03 00" + V4_WIRE,
        "00 02" + V4_WIRE,
        "00 00 c0000207",
        "00 01" + V4_WIRE,
        "02 00" + V4_WIRE + "00",
    ],
)
def test_what_is_no_message_is_refused(wire: str) -> None:
    with pytest.raises(MalformedMessage):
        PunchMessage.from_wire(bytes.fromhex(wire))


@pytest.mark.parametrize(("family", "wire"), [("00", V4_WIRE), ("01", V6_WIRE)])
def test_cut_anywhere_it_is_refused(family: str, wire: str) -> None:
    raw = bytes.fromhex("02" + family + wire + "00000001")
    for length in set(range(len(raw))) - {len(raw) - 4}:
        with pytest.raises(MalformedMessage):
            PunchMessage.from_wire(raw[:length])


def test_nobody_is_reached_at_port_0_and_a_folded_address_is_one() -> None:
    with pytest.raises(ValueError, match="port"):
        rendezvous(Endpoint.of("192.0.2.7", 0))
    mapped = bytes.fromhex("01 01 00000000000000000000ffff c0000207 1ae1")
    assert PunchMessage.from_wire(mapped).endpoint == V4


def test_we_can_say_nothing_but_rendezvous() -> None:
    """We relay for nobody: the module has one function that makes bytes, and the message class has none."""
    assert not hasattr(PunchMessage, "to_wire")
    makers = [name for name, value in vars(holepunch).items() if callable(value) and name.islower()]
    assert [name for name in makers if not name.startswith("_")] == [
        "dataclass", "address_from_wire", "rendezvous",
    ]  # fmt: skip


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    try:
        found = PunchMessage.from_wire(data).endpoint.ip.packed
    except MalformedMessage as error:
        found = data[: error.offset]
    assert found in data
