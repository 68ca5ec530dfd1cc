# SPDX-License-Identifier: Apache-2.0
"""Acts are found among other exhibits, also where those are encrypted or erased."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.custody.scan import acts_in, of_connections, payloads, plain_in
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant


@pytest.mark.parametrize("content_key", [None, b"c" * 32])
def test_acts_alone_and_in_order(tmp_path: Path, content_key: bytes | None) -> None:
    key = Ed25519PrivateKey.generate()
    made = EvidenceLog.create(
        tmp_path / "log", origin="x/y", key=key, salt=os.urandom, at=Instant(1), content_key=content_key
    )
    note = Act("note", "w", "h").to_exhibit(Instant(2))
    others = [
        Exhibit(kind, Direction.IN, Instant(2), "v", 1, None, None, note.payload)
        for kind in ("tcp", "acts", "ac", "time", "a")
    ]
    with made as log:
        for exhibit in (*others, note, others[0], note):
            log.record(exhibit)
        log.seal(Instant(3))
        ranges = Ranges.of([1])
        log.erase(ranges, Act("erased", "w", "h", {"ranges": "1"}).to_exhibit(Instant(4)))
    found = list(acts_in(tmp_path / "log"))
    assert [i for i, e in found if e == note] == [6, 8]
    assert [e.kind for _, e in found] == ["act"] * len(found)
    plain = [e.kind for i, e in plain_in(tmp_path / "log") if i < 10]
    assert plain.count("time") == 1
    assert set(plain) == {"act", "time"}
    assert list(payloads(acts_in(tmp_path / "log"))) == [(i, e.payload) for i, e in found]


@pytest.mark.parametrize("vantage", ["v", "v" * 200])
@pytest.mark.parametrize("content_key", [None, b"c" * 32])
def test_exhibits_of_connections(tmp_path: Path, vantage: str, content_key: bytes | None) -> None:
    key = Ed25519PrivateKey.generate()
    made = EvidenceLog.create(
        tmp_path / "log", origin="x/y", key=key, salt=os.urandom, at=Instant(1), content_key=content_key
    )
    with made as log:
        for connection in (5, 6, 1 << 63, 5, 0):
            log.record(Exhibit("tcp", Direction.IN, Instant(2), vantage, connection, None, None, b"x"))
        log.seal(Instant(3))
        log.erase(Ranges.of([4]), Act("erased", "w", "h", {"ranges": "4"}).to_exhibit(Instant(4)))
    found = {index for index, _, _ in of_connections(tmp_path / "log", {5, 1 << 63})}
    assert {1, 3} <= found, "4 was erased"
    assert 4 not in found
    told_apart = content_key is None and len(vantage) < 30
    assert (found == {1, 3}) is told_apart, "whose the others are only their whole record tells"
