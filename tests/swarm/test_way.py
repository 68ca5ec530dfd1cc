# SPDX-License-Identifier: Apache-2.0
"""Playbooks: how the ways end, and which are tried."""

from __future__ import annotations

import pytest

from swarmwitness.swarm.way import MAX_RELAYS, PREFERS_ENCRYPTION, Means, Trail, Way
from swarmwitness.terms import Endpoint

ALL = Means(utp=True, mse=True)
CLOSED, SILENT = "closed", "silent"
RELAY = Endpoint.of("203.0.114.9", 6881)


def round_of(trail: Trail, means: Means, ends: dict[str, str]) -> list[str]:
    """The names of the ways tried, when each ends as told (a way that is not told comes to a handshake)."""
    tried = []
    while (way := trail.next_way(means)) is not None:
        tried.append(way.name)
        assert len(tried) < 20, "a round is finite"
        end = ends.get(way.name)
        trail.ended(way, stood=end != CLOSED, shook=end is None)
        if end is None:
            break
    return tried


PLAYBOOKS = [
    ("answers at once", ALL, {}, ["tcp"]),
    ("nobody there", ALL, {"tcp": CLOSED, "utp": CLOSED}, ["tcp", "utp"]),
    ("uTP alone", ALL, {"tcp": CLOSED}, ["tcp", "utp"]),
    ("encryption is a must", ALL, {"tcp": SILENT}, ["tcp", "tcp+mse"]),
    ("hangs up on speakers", ALL, {"tcp": SILENT, "tcp+mse": SILENT}, ["tcp", "tcp+mse", "tcp+listen"]),
    ("encrypted uTP alone", ALL, {"tcp": CLOSED, "utp": SILENT}, ["tcp", "utp", "utp+mse"]),
    (
        "a printer",
        ALL,
        {"tcp": SILENT, "tcp+mse": SILENT, "tcp+listen": SILENT, "utp": CLOSED},
        ["tcp", "tcp+mse", "tcp+listen", "utp"],
    ),
    ("plain TCP is all we have", Means(), {"tcp": CLOSED}, ["tcp"]),
    ("no encryption", Means(utp=True), {"tcp": SILENT, "tcp+listen": SILENT}, ["tcp", "tcp+listen", "utp"]),
]


@pytest.mark.parametrize(
    ("means", "ends", "tried"), [row[1:] for row in PLAYBOOKS], ids=[row[0] for row in PLAYBOOKS]
)
def test_playbooks(means, ends, tried) -> None:
    assert round_of(Trail(), means, ends) == tried


def test_what_worked_comes_first_and_the_others_after_it() -> None:
    trail = Trail()
    trail.ended(Way("tcp"), stood=False, shook=False)
    trail.ended(Way("utp", mse=True), stood=True, shook=True)
    assert trail.next_way(ALL) == Way("utp", mse=True)
    trail.ended(Way("utp", mse=True), stood=False, shook=False)
    assert trail.next_way(ALL) == Way("tcp"), "a round of its own: the refusal of before is forgotten"


def test_a_preference_for_encryption_is_followed() -> None:
    trail = Trail(flags=PREFERS_ENCRYPTION)
    assert trail.next_way(ALL) == Way("tcp", mse=True)
    trail.ended(Way("tcp", mse=True), stood=True, shook=False)
    assert trail.next_way(ALL) == Way("tcp")


def test_a_go_between_is_asked_when_nothing_else_stood() -> None:
    trail = Trail()
    trail.knows(RELAY)
    assert round_of(trail, ALL, {"tcp": CLOSED, "utp": CLOSED, "utp+punch": CLOSED}) == [
        "tcp",
        "utp",
        "utp+punch",
    ]
    silent = Trail()
    silent.knows(RELAY)
    ends = dict.fromkeys(("tcp", "tcp+mse", "tcp+listen"), SILENT) | {"utp": CLOSED}
    assert "utp+punch" not in round_of(silent, ALL, ends)


def test_a_punched_hole_is_met_by_utp_next_time() -> None:
    trail = Trail()
    trail.ended(Way("utp", relay=RELAY), stood=True, shook=True)
    assert trail.worked == Way("utp")


def test_the_latest_go_betweens_are_kept() -> None:
    trail = Trail()
    relays = [Endpoint.of("203.0.114.9", port) for port in range(1, 10)]
    for relay in [*relays, relays[-2]]:
        trail.knows(relay)
    assert trail.relays == (relays[-2], relays[-1], relays[-3], relays[-4])
    assert len(trail.relays) == MAX_RELAYS


def test_who_hung_up_is_knocked_at_where_it_took_up() -> None:
    """A full peer takes up and hangs up; listening to it, or another transport, would not help."""
    trail = Trail()
    for style in (Way("tcp"), Way("tcp", mse=True), Way("tcp", listen_first=True)):
        trail.ended(style, stood=True, shook=False, hung_up=True)
    trail.ended(Way("utp"), stood=False, shook=False)
    names = []
    for taken_up in (True, True, False):
        trail = trail.renewed()
        names.append([])
        while (way := trail.next_way(ALL)) is not None:
            names[-1].append(way.name)
            trail.ended(way, stood=taken_up, shook=False, hung_up=taken_up)
    assert names == [["tcp", "tcp+mse"], ["tcp", "tcp+mse"], ["tcp"]]
    assert trail.renewed().doors == frozenset(), "nobody takes up any more: a whole round again"


def test_a_transport_that_never_stood_hangs_up_on_nobody() -> None:
    trail = Trail()
    trail.ended(Way("tcp"), stood=False, shook=False, hung_up=True)
    assert not trail.hung_up
    assert trail.renewed().next_way(ALL) == Way("tcp")


def test_ways_have_names() -> None:
    assert Way("tcp", listen_first=True).name == "tcp+listen"
    assert Way("utp", relay=RELAY).name == "utp+punch"
