# SPDX-License-Identifier: Apache-2.0
import json

from swarmwitness.terms import Instant
from swarmwitness.vantage.clockwatch import ClockWatch

GOOD, UNKNOWN, FAR_OFF = (0, 1000), (0, -1), (20_000_000, 1000)


def test_a_note_at_the_beginning_and_at_each_change(station) -> None:
    watch = ClockWatch(station.recorder)
    for reading in (GOOD, GOOD, (5, 2000), UNKNOWN, UNKNOWN, GOOD, FAR_OFF):
        watch.look(Instant(0, 0, *reading))
    told = [json.loads(exhibit.payload) for _, exhibit in station.seen]
    assert {note["event"] for note in told} == {"clock"}
    assert [(n["offset_ns"], n["bound_ns"], n["synchronised"]) for n in told] == [
        (*GOOD, True),
        (*UNKNOWN, False),
        (*GOOD, True),
        (*FAR_OFF, True),
    ]
