# SPDX-License-Identifier: Apache-2.0
"""What a walk sets aside: bounded, in order, sealed exhibits alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, verify
from swarmwitness.evidence import ledger as ledger_module
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.envelope import close
from swarmwitness.evidence.ledger import Ledger, Lengths
from swarmwitness.evidence.note import VerifyKey
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.retrace import Retrace
from swarmwitness.evidence.statement import Statement
from swarmwitness.evidence.verdict import Findings
from swarmwitness.terms import Instant

MakeLog = Callable[..., Path]
Salt = Callable[[int], bytes]
LENGTHS = sha256().hexdigest().encode()


def body_of(kind: str, payload: bytes) -> bytes:
    return bytes(32) + Exhibit(kind, Direction.NONE, Instant(1), "v", 0, None, None, payload).to_wire()


def test_lengths_are_kept_in_runs() -> None:
    lengths = Lengths()
    for index in (2, 3, 4, 9, 10, 40):
        lengths.add(index, 100 + index)
    assert len(lengths) == 6
    assert lengths.ranges() == Ranges.of((2, 3, 4, 9, 10, 40))
    assert lengths.packed(3, 5) == (103).to_bytes(4, "big") + (104).to_bytes(4, "big")
    assert lengths.packed(9, 11) == (109).to_bytes(4, "big") + (110).to_bytes(4, "big")
    assert lengths.packed(40, 41) == (140).to_bytes(4, "big")


def test_each_exhibit_goes_where_it_belongs(exhibit: Callable[..., Exhibit]) -> None:
    ledger = Ledger()
    ledger.take(1, body_of("time", b"one"))
    ledger.take(2, body_of("witness", b"two"))
    ledger.take(3, body_of("act", b'{"act":"note"}'))
    ledger.take(4, body_of("timing", b"no statement"))
    ledger.take(5, body_of("act", b'{"act":"erased","on":{"lengths":"%s","ranges":"1-3"}}' % LENGTHS))
    ledger.take(6, body_of("act", b'{"act":"erased","on":1}'))
    ledger.take(7, bytes(32) + close(exhibit(1).to_wire(), bytes(32), bytes(32)))
    ledger.erase(8, 90, 16)
    assert ledger.statements == [Statement(1, "time", b"one"), Statement(2, "witness", b"two")]
    assert [(act.index, act.ranges.to_text()) for act in ledger.announcements] == [(5, "1-3")]
    assert [index for index, _ in ledger.malformed] == [6]
    assert (ledger.encrypted, len(ledger.erased)) == (1, 1)
    assert (ledger.erased_at(8), ledger.erased_at(7)) == (16, None)


def test_memory_is_bounded_and_what_is_left_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "MAX_STATEMENTS", 2)
    monkeypatch.setattr(ledger_module, "MAX_INTERVALS", 3)
    ledger = Ledger()
    for index in range(5):
        ledger.take(index, body_of("time", b"x"))
    for index in (20, 21):
        ledger.take(index, body_of("act", b'{"act":"erased","on":{"lengths":"%s","ranges":"1,3"}}' % LENGTHS))
    assert (len(ledger.statements), ledger.statements_left) == (2, 3)
    assert (len(ledger.announcements), [index for index, _ in ledger.malformed]) == (1, [21])
    monkeypatch.setattr(ledger_module, "MAX_STATEMENTS", 100)
    monkeypatch.setattr(ledger_module, "MAX_STATEMENT_BYTES", 10)
    ledger = Ledger()
    for index in range(3):
        ledger.take(index, body_of("time", b"four"))
    assert (len(ledger.statements), ledger.statements_left) == (2, 1)


def test_a_walk_takes_sealed_statements_alone(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, erase: Callable[[Path, Iterable[int]], int]
) -> None:
    directory = make_log(6, content_key=bytes(32))
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        for kind in ("time", "witness"):
            log.record(Exhibit(kind, Direction.NONE, Instant(20), "v", 0, None, None, kind.encode()))
        log.seal(Instant(21))
    erase(directory, (2, 3))
    with EvidenceLog.open(directory, key=key, salt=salt, content_key=bytes(32)) as log:
        for kind in ("time", "tcp"):
            log.record(Exhibit(kind, Direction.NONE, Instant(30), "v", 0, None, None, kind.encode()))
    checkpoint = Checkpoint.from_wire((directory / "checkpoint").read_bytes())
    retrace = Retrace(directory, checkpoint, None, -1, Findings())
    retrace.run(VerifyKey.of(checkpoint.origin, key))
    assert retrace.statements == [Statement(8, "time", b"time"), Statement(9, "witness", b"witness")]
    assert retrace.ledger.erased.ranges() == Ranges.of((2, 3))
    assert retrace.ledger.encrypted == 4
    report = verify(directory)
    assert (report.erased, report.encrypted, report.unsealed) == (2, 4, 2)
