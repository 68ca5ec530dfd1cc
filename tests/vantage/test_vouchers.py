# SPDX-License-Identifier: Apache-2.0
"""Where statements go, and what is told of a publication."""

from __future__ import annotations

import json

from swarmwitness.evidence import Direction
from swarmwitness.evidence.time import Token
from swarmwitness.vantage.vouchers import Published, RecorderPlace, Vouchers


def test_a_recorders_place_records_and_seals(station) -> None:
    place = RecorderPlace(station.recorder, station.directory)
    place.record("time", b"{}")
    checkpoint = place.seal()
    assert checkpoint.size == 3
    assert (station.directory / "checkpoint").read_bytes() == checkpoint.to_wire()
    ((index, exhibit),) = station.seen
    assert (index, exhibit.kind, exhibit.direction, exhibit.connection) == (1, "time", Direction.NONE, 0)


def test_nobody_vouches_unless_named() -> None:
    assert Vouchers() == Vouchers("", b"", ())


def test_a_publication_is_told_to_machines() -> None:
    token = Token(5, None, 1, "1.2", "CN=tsa", "00", ("rfc3161-client",))
    told = Published("o", 7, token, True, ("w",), ("cosignature from u: timeout",)).to_json()
    assert json.loads(json.dumps(told)) == {
        "origin": "o",
        "size": 7,
        "stamped": True,
        "gen_time_ns": 5,
        "authority": "CN=tsa",
        "verified_by": ["rfc3161-client"],
        "witnesses": ["w"],
        "absent": ["cosignature from u: timeout"],
    }
    assert Published("o", 7, None, False, (), ()).to_json()["authority"] is None
