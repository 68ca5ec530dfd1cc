# SPDX-License-Identifier: Apache-2.0
"""Addresses with several clients, one after the other or together, and clients with two addresses."""

from __future__ import annotations

import pytest

from swarmwitness.observation.aside import Spoken
from swarmwitness.observation.classes.kinds import Kind
from swarmwitness.observation.classes.places import Address, Families, listening_at
from swarmwitness.terms import Endpoint, InfoHash, Instant, Rung
from swarmwitness.wire.ltep import ExtensionHandshake

IP = Endpoint.of("192.0.2.1", 1).ip
NAME = InfoHash(bytes(20))
SECOND = 1_000_000_000


def met(
    name: str, port: int, since: int, until: int, *, source: str = "outbound", bound_ns: int = 5_000_000
) -> tuple[int, Spoken]:
    """A connection from one second to another."""
    times = [Instant(at * SECOND, at * SECOND, 0, bound_ns) for at in (since, until)]
    peer_id = (name + "x" * 20)[:20].encode()
    end = Endpoint(IP, port)
    return port, Spoken(
        1, end, NAME, *times, "eof", source, top=Rung.HANDSHAKEN, peer_id=peer_id, reserved=bytes(8),
        exhibit=f"log:o/{since}",
    )  # fmt: skip


def classed(*visits: tuple[int, Spoken]) -> list[tuple[Kind, str]]:
    address = Address()
    for port, spoken in visits:
        address.met(port, spoken)
    return [(each.kind, str(each.subject)) for each in address.classed(IP)]


@pytest.mark.parametrize(
    ("visits", "found"),
    [
        ([met("-AA0001-", 1, 0, 9), met("-BB0001-", 2, 5, 20)], [(Kind.SHARED_ADDRESS, "192.0.2.1:0")]),
        ([met("-AA0001-", 1, 0, 9), met("-AA0001-", 2, 5, 20)], [(Kind.SHARED_ADDRESS, "192.0.2.1:0")]),
        ([met("-AA0001-", 1, 0, 9), met("-AA0001-", 2, 5, 20, source="inbound")], []),
        ([met("-AA0001-", 1, 0, 9), met("-BB0001-", 2, 15, 20)], []),
        ([met("-AA0001-", 1, 0, 9), met("-AA0001-", 1, 15, 20)], []),
        ([met("-AA0001-", 1, 0, 9), met("-BB0001-", 1, 15, 20)], [(Kind.REASSIGNED, "192.0.2.1:1")]),
        (
            [met("-AA0001-", 1, 0, 9), met("-BB0001-", 1, 10, 11), met("-AA0001-", 1, 15, 20)],
            [(Kind.SHARED_ADDRESS, "192.0.2.1:0")],
        ),
        ([met("", 1, 0, 9), met("-BB0001-", 1, 15, 20)], []),
    ],
    ids=[
        "together",
        "namesakes",
        "told port",
        "apart",
        "again",
        "one after the other",
        "in turns",
        "nameless",
    ],
)
def test_who_shares_an_address(visits: list[tuple[int, Spoken]], found: list[tuple[Kind, str]]) -> None:
    assert classed(*visits) == found


@pytest.mark.parametrize(
    ("bound_ns", "gap_s", "words"),
    [
        (5_000_000, 6, "more than the clock's error"),
        (4 * SECOND, 6, "known here alone"),
        (-1, 6, "not known"),
    ],
)
def test_a_new_tenant_is_held_against_the_clock(bound_ns: int, gap_s: int, words: str) -> None:
    address = Address()
    for port, spoken in (
        met("-AA0001-", 1, 0, 9, bound_ns=bound_ns),
        met("-BB0001-", 1, 9 + gap_s, 30, bound_ns=bound_ns),
    ):
        address.met(port, spoken)
    (found,) = address.classed(IP)
    assert found.counts["gap_us"] == gap_s * 1_000_000
    assert words in found.why


def spoken_at(text: str, peer_id: bytes = b"-AA0001-abcdefghijkl", **more: object) -> tuple[Endpoint, Spoken]:
    ltep = ExtensionHandshake(**more).to_wire() if more else None  # type: ignore[arg-type]
    end = Endpoint.from_text(text)
    return end, Spoken(1, end, NAME, Instant(0), Instant(1), "eof", "outbound", peer_id=peer_id, ltep=ltep)


def test_one_client_over_both_families() -> None:
    same = Families()
    for end, spoken in (spoken_at("192.0.2.1:5"), spoken_at("[2001:db8::1]:5")):
        same.take(end, spoken, 10)
    told = Families()
    six = Endpoint.from_text("[2001:db8::1]:5").ip
    for end, spoken in (spoken_at("192.0.2.1:5", ipv6=six), spoken_at("[2001:db8::1]:5", bytes(20))):
        told.take(end, spoken, 10)
    for families in (same, told):
        (found,) = families.classed(NAME)
        assert (found.kind, str(found.subject)) == (Kind.TWO_FAMILIES, "192.0.2.1:5")


def test_two_clients_over_two_families() -> None:
    families = Families()
    for end, spoken in (spoken_at("192.0.2.1:5"), spoken_at("[2001:db8::1]:5", bytes(20))):
        families.take(end, spoken, 10)
    assert list(families.classed(NAME)) == []


def test_where_a_peer_listens() -> None:
    _, dialled = met("-AA0001-", 7, 0, 1)
    _, came = met("-AA0001-", 50_000, 0, 1, source="inbound")
    assert listening_at(dialled) == Endpoint(IP, 7)
    assert listening_at(came) is None
