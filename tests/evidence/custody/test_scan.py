# SPDX-License-Identifier: Apache-2.0
"""Acts are found among other exhibits, also where those are encrypted or erased."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.custody import Act
from swarmwitness.evidence.custody.scan import acts_in, payloads
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
    assert list(payloads(acts_in(tmp_path / "log"))) == [(i, e.payload) for i, e in found]
