# SPDX-License-Identifier: Apache-2.0
"""What the next observer owes to one that was killed, and what that one was at."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.lab.mourning import (
    FETCHING,
    FIRST,
    FLUSHING,
    PUBLISHING,
    ROLLING,
    SEALING,
    STARTING,
    WATCHING,
    Owed,
    phase,
)
from swarmwitness.lab.remains import Remains, Told, look
from swarmwitness.terms import Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TORN = b"bytes that nobody signed for"


def reopened(log: Path) -> EvidenceLog:
    return EvidenceLog.open(log, key=KEY, salt=os.urandom)


def exhibit(payload: bytes) -> Exhibit:
    return Exhibit("tcp", Direction.NONE, Instant(5), "here", 0, None, None, payload)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """One exhibit is sealed, one more is durable, and a write was torn."""
    made = EvidenceLog.create(
        tmp_path / "log", origin="example.org/log", key=KEY, salt=os.urandom, at=Instant(1)
    )
    with made:
        made.record(exhibit(b"durable"))
    with next((tmp_path / "log" / "segments").iterdir()).open("ab") as out:
        out.write(TORN)
    return tmp_path / "log"


def test_the_next_writer_tells_what_it_found(log: Path) -> None:
    before, owed = look(log), Owed()
    with reopened(log) as writer:
        writer.record(exhibit(b"later"))
        writer.seal(Instant(9))
    now = look(log)
    assert list(owed.settle(before, now)) == []
    assert (before.lost_in(now), now.lost_in(before)) == (0, 3)
    assert owed.cuts == {}
    with reopened(log) as writer:
        writer.record(exhibit(b"nothing was owed"))
    assert list(owed.settle(now, look(log))) == []


def test_cuts_are_owed_until_they_are_told(log: Path) -> None:
    before, owed = look(log), Owed()
    reopened(log).close()  # It cut them off, and was stopped before it could tell.
    between = look(log)
    assert (between.torn, between.durable) == (b"", before.durable)
    assert list(owed.settle(before, between)) == []
    assert list(owed.cuts.values()) == [len(TORN)]
    with reopened(log) as writer:
        writer.seal(Instant(9))
    assert list(owed.settle(between, look(log))) == []


def test_an_account_that_is_not_given_or_is_false_is_found(log: Path) -> None:
    before = look(log)
    with reopened(log) as writer:
        writer.seal(Instant(9))
    now = look(log)
    (fault,) = Owed().settle(before, replace(now, told=()))
    assert fault.startswith("the log goes on without telling {'act': 'log-recovered', 'adopted': 1")
    (fault,) = Owed({"00": 3}).settle(before, now)
    assert f"'bytes_cut': {len(TORN) + 3}" in fault
    (fault,) = Owed().settle(replace(before, sealed=before.durable, torn=b""), now)
    assert fault == "a recovery is told of that was none"


def told(*kinds: str) -> tuple[Told, ...]:
    """Exhibits from number 10 on; a kind with a dash is an act or a note of that name."""
    made = []
    for index, kind in enumerate(kinds, 10):
        name, _, said = kind.partition(":")
        made.append(Told(index, name, json.dumps(json.loads(said or "{}")).encode()))
    return tuple(made)


BEFORE = Remains(10, 10, 10, b"", (), (), b"", ())
TARGETS = ('target:{"info_hash":"aa"}', 'target:{"info_hash":"bb","control":"decoy"}')
SEALED_AFTER_A_TOKEN = ("time", 'act:{"act":"log-sealed"}')


@pytest.mark.parametrize(
    ("now", "at"),
    [
        (BEFORE, STARTING),
        (replace(BEFORE, marker=b"m", durable=12), FIRST),
        (replace(BEFORE, torn=b"t"), FLUSHING),
        (replace(BEFORE, torn=b"SWSEG001 and a frame"), ROLLING),
        (replace(BEFORE, beside=(".evidence.unsealed",)), FLUSHING),
        (replace(BEFORE, beside=(".evidence.sealing",)), SEALING),
        (replace(BEFORE, sealed=12, durable=12, marker=b"m", after=10), SEALING),
        (Remains(12, 12, 12, b"", (), told("act", "act"), b"", ()), PUBLISHING),
        (Remains(14, 14, 14, b"", (), told(*TARGETS, *SEALED_AFTER_A_TOKEN), b"", ()), FETCHING),
        (
            Remains(15, 15, 20, b"m", (), told("torrent", *TARGETS, *SEALED_AFTER_A_TOKEN), b"", ()),
            WATCHING,
        ),
        (
            Remains(12, 12, 12, b"", (), told('act:{"act":"time-absent"}', "act"), b"", ()),
            WATCHING,
        ),
    ],
)
def test_the_files_say_what_a_writer_was_at(now: Remains, at: str) -> None:
    assert phase(BEFORE, now) == at
