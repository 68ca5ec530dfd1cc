# SPDX-License-Identifier: Apache-2.0
"""Dumps of routing tables: every origin of a prefix, and a place and a reason for what can't be read."""

from __future__ import annotations

import datetime as dt
import ipaddress
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmwitness.attribution.sources import Holding, Refused, Told
from swarmwitness.attribution.sources.mrt import CACHED, FORMAT, MAX_RECORD, read
from swarmwitness.attribution.sources.record import Record
from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import AS_PATH, SECONDS, SEQUENCE, SET, rib, route

A, B = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")
C = ipaddress.ip_network("198.51.100.128/25")
PEERS = dumps.peer_index((64496, 64497, 64498))

Reading = Callable[[bytes], list[Record]]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    def read_bytes(data: bytes) -> list[Record]:
        path = tmp_path / "dump"
        path.write_bytes(data)
        return list(read(path, Told("routeviews")))

    return read_bytes


def held(prefix: object, place: int, *asns: int) -> list[Holding]:
    assert isinstance(prefix, ipaddress.IPv4Network | ipaddress.IPv6Network)
    return [Holding(prefix, f"as{asn}", place, asn=asns) for asn in asns]


def test_the_origins_of_all_peers_are_put_together(reading: Reading) -> None:
    routes = [(0, route(64496, 64500)), (1, route(64497, 64501)), (2, route(64498, 64496, 64500))]
    assert reading(PEERS + rib(A, routes)) == held(A, len(PEERS), 64500, 64501)


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("path_ids", [False, True])
@pytest.mark.parametrize("prefix", [A, B, C, ipaddress.ip_network("203.0.113.7/32")])
def test_every_form_of_a_table_is_read(
    reading: Reading, prefix: object, generic: bool, path_ids: bool
) -> None:
    assert isinstance(prefix, ipaddress.IPv4Network | ipaddress.IPv6Network)
    routes = [(0, route(64496, 64500)), (1, route(64497, 64500))]
    data = PEERS + rib(prefix, routes, generic=generic, path_ids=path_ids)
    assert reading(data) == held(prefix, len(PEERS), 64500)


def test_an_old_table_gathers_the_records_of_a_prefix(reading: Reading) -> None:
    first = dumps.old_rib(A, route(64496, 64500, width=2))
    data = first + dumps.old_rib(A, route(64497, 64501, width=2)) + dumps.old_rib(B, route(64502, width=2))
    third = 2 * len(first)
    assert reading(data) == [*held(A, 0, 64500, 64501), *held(B, third, 64502)]


def test_one_table_after_another_is_told_in_order(reading: Reading) -> None:
    data = rib(A, [(0, route(64500))]) + rib(B, [(0, route(64501))])
    assert reading(data) == [*held(A, 0, 64500), *held(B, len(rib(A, [(0, route(64500))])), 64501)]


def test_updates_and_multicast_are_counted_once_each(reading: Reading) -> None:
    update, multicast = dumps.mrt(16, 4, b"\0" * 40), dumps.mrt(13, 3, b"\0" * 9)
    data = update + rib(A, [(0, route(64500))]) + update * 2 + multicast + dumps.mrt(99, 7, b"")
    found = reading(data)
    assert [one for one in found if isinstance(one, Holding)] == held(A, len(update), 64500)
    reasons = [one.reason for one in found if isinstance(one, Refused)]
    assert reasons == [
        "records without a unicast table left out, BGP4MP (updates): 3",
        "records without a unicast table left out, multicast tables: 1",
        "records without a unicast table left out, type 99, subtype 0: 1",
    ]


def test_a_generic_table_of_another_family_is_left_out(reading: Reading) -> None:
    body = bytes(4) + struct.pack(">HB", 25, 65) + b"\0\0\0"
    (refused,) = reading(dumps.mrt(13, 6, body))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("records without a unicast table")


def test_a_dump_that_is_cut_short_keeps_what_stands_before(reading: Reading) -> None:
    first, second = rib(A, [(0, route(64500))]), rib(B, [(0, route(64501))])
    for size in range(len(first) + 1, len(first) + len(second)):
        found = reading((first + second)[:size])
        assert found[:-1] == held(A, 0, 64500)
        last = found[-1]
        assert isinstance(last, Refused)
        assert last.place == len(first)
        assert last.reason.startswith("cut short")


def _broken(body: bytes, subtype: int = 2) -> bytes:
    return dumps.mrt(13, subtype, body)


GOOD = route(64500)
ENTRY = struct.pack(">HIH", 0, SECONDS, len(GOOD)) + GOOD


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (_broken(b""), "a prefix that is cut short"),
        (_broken(bytes(4) + b"\x21" + bytes(5) + b"\0\1" + ENTRY), "a prefix of 33 bits"),
        (_broken(bytes(4) + b"\x81" + bytes(17) + b"\0\1" + ENTRY, 4), "a prefix of 129 bits"),
        (_broken(bytes(4) + b"\x10\xc0\x00\xff"), "too short"),
        (_broken(bytes(4) + b"\x17\xc0\x00\x03\0\1" + ENTRY), "bits set behind its length"),
        (_broken(bytes(4) + b"\x18\xc0\x00\x02\0\2" + ENTRY), "fewer entries"),
        (_broken(bytes(4) + b"\x18\xc0\x00\x02\0\1" + ENTRY[:-1]), "reaches past the end"),
        (_broken(bytes(4) + b"\x18\xc0\x00\x02\0\1" + ENTRY + b"\0"), "1 bytes behind the last entry"),
        (_broken(bytes(4) + b"\x18\xc0\x00\x02\0\0"), "no entries"),
        (_broken(bytes(5), 6), "too short"),
        (dumps.mrt(12, 1, b"\0" * 10), "too short"),
        (dumps.mrt(12, 1, dumps.old_rib(A, GOOD)[12:] + b"\0"), "do not fill"),
    ],
)
def test_a_broken_record_is_refused_and_the_next_is_read(reading: Reading, record: bytes, why: str) -> None:
    found = reading(record + rib(A, [(0, route(64500))]))
    refused, *rest = found
    assert isinstance(refused, Refused)
    assert why in refused.reason
    assert refused.place == 0
    assert rest == held(A, len(record), 64500)


def test_a_route_that_can_not_be_read_leaves_the_others(reading: Reading) -> None:
    bad = dumps.attribute(AS_PATH, b"\x02\x09\0\0")
    refused, *rest = reading(rib(A, [(0, route(64500)), (1, bad), (2, bad)]))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith("routes that can't be read: an AS path with a segment")
    assert refused.text == str(A)
    assert rest == held(A, 0, 64500)


def test_numbers_of_nobody_are_refused(reading: Reading) -> None:
    sets = dumps.attribute(AS_PATH, dumps.path((SEQUENCE, (64496,)), (SET, (0, 64500))))
    refused, held_one = reading(rib(A, [(0, sets)]))
    assert refused == Refused(0, "AS0 names nobody", str(A))
    assert held_one == Holding(A, "as64500", 0, asn=(0, 64500))


def test_a_huge_record_is_passed_over(reading: Reading) -> None:
    huge = dumps.mrt(13, 2, bytes(MAX_RECORD + 1))
    refused, *rest = reading(huge + rib(A, [(0, route(64500))]))
    assert isinstance(refused, Refused)
    assert "more than" in refused.reason
    assert rest == held(A, len(huge), 64500)


def test_a_record_of_another_day_is_not_told_under_this_one(reading: Reading) -> None:
    data = rib(A, [(0, route(64500))]) + rib(A, [(0, route(64501))], seconds=SECONDS + 90_000)
    *first, refused = reading(data)
    assert first == held(A, 0, 64500)
    assert isinstance(refused, Refused)
    assert "a day apart" in refused.reason


def test_more_attribute_sets_than_are_remembered_change_nothing(reading: Reading) -> None:
    n = CACHED + 10
    data = b"".join(rib(ipaddress.ip_network((0x0A000000 + at, 32)), [(0, route(at + 1))]) for at in range(n))
    found = [one.asn for one in reading(data) if isinstance(one, Holding)]
    assert found == [(at + 1,) for at in range(n) if at + 1 not in (23456, 65535)][: len(found)]
    assert n - len(found) == 2


def test_the_day_is_that_of_the_first_record(tmp_path: Path) -> None:
    path = tmp_path / "rib"
    path.write_bytes(PEERS)
    assert FORMAT.as_of(path) == dt.date(2025, 4, 2)
    for data in (b"", b"\0" * 5, b"not a dump at all"):
        path.write_bytes(data)
        assert FORMAT.as_of(path) is None


def test_dumps_are_told_from_other_files() -> None:
    assert FORMAT.sniff(PEERS, "rib.20250402.0000")
    assert FORMAT.sniff(dumps.old_rib(A, GOOD), "x")
    for head in (
        b"",
        b"prefix,org_id\n192.0.2.0/24,x\n",
        b"{" + b" " * 30,
        bytes(40),
        b"2|ripencc|1|2|3|4|5",
    ):
        assert not FORMAT.sniff(head, "rib.mrt")


numbers = st.integers(1, 60_000).filter(lambda asn: asn != 23456)
segments = st.lists(
    st.tuples(st.sampled_from((SET, SEQUENCE, 3, 4)), st.lists(numbers, min_size=1, max_size=5)), max_size=4
)


def naive(path: list[tuple[int, list[int]]]) -> set[int]:
    last: set[int] = set()
    for kind, members in path:
        if kind == SET:
            last = set(members)
        elif kind == SEQUENCE:
            last = {members[-1]}
    return last


@given(st.lists(segments, min_size=1, max_size=6), st.booleans(), st.booleans())
def test_the_origins_are_those_of_a_naive_reading(
    tmp_path_factory: pytest.TempPathFactory,
    paths: list[list[tuple[int, list[int]]]],
    path_ids: bool,
    generic: bool,
) -> None:
    routes = [(0, dumps.attribute(AS_PATH, dumps.path(*each))) for each in paths]
    file = tmp_path_factory.mktemp("mrt") / "dump"
    file.write_bytes(rib(B, routes, path_ids=path_ids, generic=generic))
    found = list(read(file, Told("x")))
    expected = set[int]().union(*(naive(each) for each in paths))
    assert {one.org_id for one in found if isinstance(one, Holding)} == {f"as{asn}" for asn in expected}
    assert any(isinstance(one, Refused) for one in found) == any(not naive(each) for each in paths)


def test_the_parser_of_pyasn_finds_the_same_origins(tmp_path: Path) -> None:
    mrtx = pytest.importorskip("pyasn.mrtx")
    made = {
        ipaddress.ip_network((0xC6120000 + (at << 8), 24)): [
            route(64496, 200_000 + at),
            route(64497, 300_000),
        ]
        for at in range(50)
    }
    path = tmp_path / "dump"
    path.write_bytes(PEERS + b"".join(rib(prefix, enumerate(routes)) for prefix, routes in made.items()))
    with path.open("rb") as file:
        theirs = mrtx.parse_mrt_file(file, print_progress=False, skip_record_on_error=False)
    ours = {str(one.prefix): one.asn for one in read(path, Told("x")) if isinstance(one, Holding)}
    # It keeps the origin of the first peer alone, and takes documentation numbers for bogus ones.
    assert theirs.keys() == ours.keys()
    assert all(origin in ours[prefix] for prefix, origin in theirs.items())
    assert all(len(origins) == 2 for origins in ours.values())
