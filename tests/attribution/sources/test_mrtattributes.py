# SPDX-License-Identifier: Apache-2.0
"""The origin of a route: the last AS of its path, every member of a set, nobody where it can't be read."""

from __future__ import annotations

import pytest

from swarmwitness.attribution.sources.mrtattributes import origins_of
from swarmwitness.lab import dumps
from swarmwitness.lab.dumps import AS4_PATH, AS_PATH, CONFED_SEQUENCE, CONFED_SET, SEQUENCE, SET


def as_path(*segments: dumps.Segment, width: int = 4, extended: bool = False) -> bytes:
    return dumps.attribute(AS_PATH, dumps.path(*segments, width=width), extended=extended)


@pytest.mark.parametrize("extended", [False, True])
def test_the_origin_is_the_last_of_the_path(extended: bool) -> None:
    ahead = dumps.attribute(1, b"\0", extended=extended)
    path = as_path((SEQUENCE, (64496, 64497, 64500)), extended=extended)
    assert origins_of(ahead + path) == (64500,)


def test_every_member_of_a_set_at_the_end_is_an_origin() -> None:
    assert origins_of(as_path((SEQUENCE, (64496,)), (SET, (64502, 64501, 64502)))) == (64501, 64502)


def test_a_set_before_the_end_is_none() -> None:
    assert origins_of(as_path((SET, (64501, 64502)), (SEQUENCE, (64496, 64500)))) == (64500,)


def test_confederations_are_inside_of_a_network() -> None:
    path = as_path((CONFED_SEQUENCE, (65001,)), (SEQUENCE, (64500,)), (CONFED_SET, (65002, 65003)))
    assert origins_of(path) == (64500,)
    assert origins_of(as_path((CONFED_SEQUENCE, (65001,)))) == "an empty AS path"


def test_numbers_have_two_bytes_in_old_tables() -> None:
    assert origins_of(dumps.route(64496, 64500, width=2), 2) == (64500,)


def test_a_number_that_does_not_fit_stands_in_as4_path() -> None:
    four = dumps.attribute(AS4_PATH, dumps.path((SEQUENCE, (64497, 131072))))
    assert origins_of(dumps.route(64496, 64497, 23456, width=2, more=four), 2) == (131072,)


def test_a_longer_as4_path_is_not_believed() -> None:
    four = dumps.attribute(AS4_PATH, dumps.path((SEQUENCE, (1, 2, 3, 131072))))
    assert origins_of(dumps.route(64496, 23456, width=2, more=four), 2) == (23456,)


def test_as4_path_has_no_say_where_the_origin_fits() -> None:
    four = dumps.attribute(AS4_PATH, dumps.path((SEQUENCE, (64499,))))
    assert origins_of(dumps.route(23456, 64500, width=2, more=four), 2) == (64500,)


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (b"", "no AS path"),
        (dumps.attribute(1, b"\0"), "no AS path"),
        (dumps.attribute(AS_PATH, b""), "an empty AS path"),
        (b"\x40\x02", "an attribute is cut short"),
        (b"\x50\x02\x00", "an attribute is cut short"),
        (b"\x40\x02\x09\x02\x01", "attribute 2 reaches past the end of its attributes"),
        (dumps.attribute(AS_PATH, b"\x07\x01\0\0\0\1"), "an AS path with a segment of type 7"),
        (dumps.attribute(AS_PATH, b"\x02\x00"), "an AS path with a segment that is empty or cut short"),
        (dumps.attribute(AS_PATH, b"\x02"), "an AS path with a segment that is empty or cut short"),
        (
            dumps.attribute(AS_PATH, b"\x02\x02\0\0\0\1"),
            "an AS path with a segment that is empty or cut short",
        ),
    ],
)
def test_what_can_not_be_read_names_nobody(attributes: bytes, why: str) -> None:
    assert origins_of(attributes) == why


def test_every_cut_of_a_route_is_read_or_refused() -> None:
    whole = dumps.route(64496, 64500)
    found = {str(origins_of(whole[:size])) for size in range(len(whole))}
    assert "(64496,)" not in found, "part of a path is no path"
