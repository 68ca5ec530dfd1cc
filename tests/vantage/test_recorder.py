# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from swarmwitness.evidence import Direction, read, verify
from swarmwitness.terms import Endpoint
from swarmwitness.vantage import Clock, Recorder, RecordingError
from swarmwitness.vantage.recorder import canonical

PEER = Endpoint.of("192.0.2.1", 6881)
HERE = Endpoint.of("198.51.100.1", 50_000)


def test_what_is_recorded_is_in_the_log(station) -> None:
    line = station.recorder.new_line(HERE, PEER)
    at = station.recorder.record("tcp", Direction.IN, b"bytes", line)
    station.recorder.seal()
    exhibit = dict(read(station.directory))[station.seen[0][0]]
    assert (exhibit.kind, exhibit.direction, exhibit.payload) == ("tcp", Direction.IN, b"bytes")
    assert (exhibit.at, exhibit.vantage, exhibit.connection) == (at, "here", line.connection)
    assert (exhibit.local, exhibit.remote) == (HERE, PEER)
    assert verify(station.directory).failures == ()


def test_connection_numbers_are_unique_in_the_log(station) -> None:
    numbers = []
    for _ in range(3):
        line = station.recorder.new_line(HERE, PEER)
        numbers.append(line.connection)
        station.recorder.note("net", {"event": "open"}, line)
        station.recorder.note("net", {"event": "close"}, line)
    assert len(set(numbers)) == 3
    assert all(exhibit.connection == index + 1 for index, exhibit in station.seen[::2])


def test_the_hearer_is_told_after_the_log(station) -> None:
    at_that_time = []
    recorder = Recorder(
        station.log, Clock(), "here", lambda index, _: at_that_time.append((index, station.log.size))
    )
    recorder.note("act", {"act": "test"})
    assert at_that_time == [(station.log.size - 1, station.log.size)]


def test_notes_have_one_spelling() -> None:
    assert canonical({"b": 1, "a": ["ü", None, True]}) == b'{"a":["\\u00fc",null,true],"b":1}'
    assert json.loads(canonical({"x": 0.5})) == {"x": 0.5}


class FullDisk:
    """A log whose disk is full."""

    size = 7

    def record(self, _exhibit):
        raise OSError(28, "No space left on device")

    def flush(self):
        raise OSError(28, "No space left on device")

    def seal(self, _at):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("act", ["record", "flush", "seal"])
def test_a_full_disk_is_no_failure_of_the_network(act) -> None:
    recorder = Recorder(FullDisk(), Clock(), "here")
    calls = {"record": lambda: recorder.note("act", {}), "flush": recorder.flush, "seal": recorder.seal}
    with pytest.raises(RecordingError, match="No space left"):
        calls[act]()
    assert isinstance(recorder.failure, OSError)
    assert not issubclass(RecordingError, OSError)
