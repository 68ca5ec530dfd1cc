# SPDX-License-Identifier: Apache-2.0
"""A monitor is measured against the clients' own accounts; a small crowd is watched for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmwitness.lab.actors.client import ClientSpec
from swarmwitness.lab.crowd import Guest
from swarmwitness.lab.mixed import SECOND, Contact, Truth, by_poller, measure, run, table
from swarmwitness.lab.stage import find_stage

CROWD = [
    Guest(kind, address, False, ClientSpec(address, ()))
    for kind, address in (("tcp", "a"), ("tcp", "b"), ("utp", "c"), ("shielded", "d"), ("shielded", "e"))
]


def at(seconds: float) -> int:
    """UTC ns of a moment of the watch."""
    return int((1000 + seconds) * SECOND)


def test_shares_are_of_what_there_was() -> None:
    truth = Truth(CROWD, {"a": at(50), "c": at(70), "d": at(500)}, {"us": 7, "them": 9})
    known = {
        "a": Contact(8, at(5), at(100), at(51)),
        "b": Contact(2, at(61), at(62)),
        "d": Contact(4, at(10), at(90)),
    }
    found = measure(truth, known, ["us"], (at(0), at(120)))
    assert found.contacted == 0.3333
    assert found.contacted_shielded == 0.5
    assert found.by_kind == {"shielded": (1, 2), "tcp": (2, 2), "utp": (0, 1)}
    assert found.seconds == (61.0, 61.0)
    assert found.again == 0.6667
    assert (found.completions, found.true_completions) == (0.5, 2)
    assert found.rungs == {"HANDSHAKEN": 1, "PROGRESSED": 1, "PART": 1}
    assert found.uploaded_bytes == 7


def test_who_has_no_place_is_told_apart() -> None:
    """`a` is full but for one poll in five, `b` is full later on, `c` is not bounded."""
    full = [(at(t), 1 if t % 10 == 0 else 0) for t in range(0, 60, 2)]
    later = [(at(t), 1 if t < 60 else 0) for t in range(0, 120, 2)]
    truth = Truth(CROWD, {}, {}, {"a": full, "b": later})
    known = {"a": Contact(2, at(90), at(91)), "b": Contact(2, at(59), at(60)), "c": Contact(2, at(5), at(6))}
    found = measure(truth, known, [], (at(0), at(120)))
    assert (found.contacted, found.contacted_roomy, found.full) == (0.6667, 1.0, 1)
    assert found.contacted_any_place == 0.6667


def test_who_never_has_a_place_is_missed_by_nobody() -> None:
    """`a` has none in any poll, `b` in one: who misses `b` is told so, though both count as full."""
    never = [(at(t), 0) for t in range(0, 60, 2)]
    once = [*never, (at(59), 1)]
    truth = Truth(CROWD, {}, {}, {"a": never, "b": once})
    found = measure(truth, {"c": Contact(2, at(5), at(6))}, [], (at(0), at(120)))
    assert (found.contacted_roomy, found.full, found.contacted_any_place) == (1.0, 2, 0.5)


def test_a_seed_has_not_completed_before_us() -> None:
    told = {"first_ns": 1, "last_ns": 2, "complete_ns": 1, "rung": 3}
    peers = {"seed": told | {"shares": [1.0, 1.0]}, "leecher": told | {"shares": [0.2, 1.0]}}
    known = by_poller({"peers": peers})
    assert (known["seed"].complete_ns, known["leecher"].complete_ns) == (0, 1)


@pytest.mark.lab
@pytest.mark.slow
def test_a_small_crowd_is_met_whole_and_given_nothing(tmp_path: Path) -> None:
    pytest.importorskip("libtorrent")
    if not find_stage().private:
        pytest.skip(find_stage().why)
    told = run(tmp_path / "out", 20, 40.0)
    observer = told["observer"]
    assert observer["contacted"] == 1.0
    assert observer["uploaded_bytes"] == 0
    assert "| contacted | 1.0 |" in table(told)
