# SPDX-License-Identifier: Apache-2.0
"""Watching times by hand; whole tapes are in test_aside.py."""

from swarmwitness.observation.polls import Watching
from swarmwitness.terms import InfoHash


def test_a_second_target_and_a_clock_set_back_change_nothing(tape) -> None:
    watching, name = Watching(), InfoHash(tape.info_hash)
    tape.note("target").note("target").note("net", event="x")
    for exhibit in (tape.exhibits[0], tape.exhibits[2], tape.exhibits[1]):
        watching.saw(exhibit)
    watching.target(name, tape.exhibits[0])
    watching.target(name, tape.exhibits[1])
    first, last = (tape.exhibits[at].at.utc_us for at in (0, 2))
    assert list(watching.over(None)) == [(name, "here", first, last)]
    assert list(watching.over(None)) == []


def test_acts_of_people_do_not_lengthen_a_watch(tape) -> None:
    watching = Watching()
    tape.note("target").note("act", act="export")
    watching.target(InfoHash(tape.info_hash), tape.exhibits[0])
    for exhibit in tape.exhibits:
        watching.saw(exhibit)
    assert list(watching.over(None)) == []
