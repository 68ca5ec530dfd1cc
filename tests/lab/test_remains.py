# SPDX-License-Identifier: Apache-2.0
"""What is left of a log is read by hand, and nothing is taken for durable that nobody signed for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.reading import durable_size
from swarmwitness.lab.remains import look, promised
from swarmwitness.terms import Endpoint, Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TORN = b"bytes that nobody signed for"


def exhibit(kind: str, payload: bytes) -> Exhibit:
    remote = Endpoint.of("2001:db8::7", 6881)
    return Exhibit(kind, Direction.NONE, Instant(5, 6, 7, 8), "here", 3, None, remote, payload)


def reopened(log: Path) -> EvidenceLog:
    return EvidenceLog.open(log, key=KEY, salt=os.urandom)


def segment(log: Path) -> Path:
    return next((log / "segments").iterdir())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Five exhibits are sealed, two more are durable, and a write was torn."""
    made = EvidenceLog.create(
        tmp_path / "log", origin="example.org/log", key=KEY, salt=os.urandom, at=Instant(1)
    )
    with made:
        for number in range(3):
            made.record(exhibit("tcp", bytes([number])))
        made.seal(Instant(2))
        made.record(exhibit("torrent", b"d4:infodee"))
        made.record(exhibit("tcp", b""))
    with segment(tmp_path / "log").open("ab") as out:
        out.write(TORN)
    return tmp_path / "log"


def test_what_is_signed_for_is_told_apart(log: Path) -> None:
    left = look(log)
    assert (left.sealed, left.after, left.durable) == (5, 5, 7)
    assert left.durable == len(left.commitments) == durable_size(log) == promised(log)
    assert left.torn == TORN
    assert left.last_ns == 5
    assert [told.note.get("act") for told in left.told[:2]] == ["log-created", "log-sealed"]
    assert [(told.index, told.kind, told.payload, told.note) for told in left.told[2:]] == [
        (5, "torrent", b"d4:infodee", {})
    ]


def test_what_is_encrypted_is_opened_by_its_key_alone(tmp_path: Path) -> None:
    key, log = bytes(range(1, 33)), tmp_path / "log"
    EvidenceLog.create(
        log, origin="example.org/log", key=KEY, salt=os.urandom, at=Instant(1), segment_bytes=512
    ).close()
    with EvidenceLog.open(log, key=KEY, salt=os.urandom, content_key=key) as writer:
        for number in range(4):
            writer.record(exhibit("torrent", bytes([number]) * 300))
        writer.seal(Instant(2))
    left, opened = look(log), look(log, key)
    assert left.enveloped == opened.enveloped == (1, 2, 3, 4)
    assert left.segments == 3
    assert [told.kind for told in left.told] == ["act"] * 2
    assert [told.payload[:1] for told in opened.told if told.kind == "torrent"] == [
        b"\0",
        b"\1",
        b"\2",
        b"\3",
    ]
    assert (left.legible(0), opened.legible(0)) == (0, 0)
    assert left.last_ns == opened.last_ns == 2
    with pytest.raises(ValueError, match="exhibit 1 is in an envelope that this key did not close"):
        look(log, bytes(32))


def test_what_lies_open_is_counted(log: Path) -> None:
    assert (look(log).legible(0), look(log).legible(5)) == (5, 2)


def test_an_act_that_is_encrypted_hides_nothing_that_is_legible(log: Path) -> None:
    left = look(log)
    acts = [told.index for told in left.told if told.kind == "act"]
    assert acts == [0, 4]
    wrong = replace(left, enveloped=(4, 6))
    assert (left.closed_wrongly(0), wrong.legible(0), wrong.closed_wrongly(0)) == ((), 4, ("act",))
    assert (wrong.legible(5), wrong.closed_wrongly(5)) == (1, ())


@pytest.mark.parametrize("at", [-1, -200])
def test_another_byte_in_a_durable_exhibit_is_refused(log: Path, at: int) -> None:
    raw = bytearray(segment(log).read_bytes()[: -len(TORN)])
    raw[at] ^= 1
    segment(log).write_bytes(raw)
    with pytest.raises(ValueError, match="fails its check"):
        look(log)


def test_durable_exhibits_that_are_gone_are_missed(log: Path) -> None:
    raw = segment(log).read_bytes()[: -len(TORN)]
    segment(log).write_bytes(raw[:-1])
    with pytest.raises(ValueError, match="exhibit 6 is cut short"):
        look(log)
    at, starts = 16, []
    while at < len(raw):
        starts.append(at)
        at += 8 + int.from_bytes(raw[at : at + 4])
    segment(log).write_bytes(raw[: starts[6]])
    with pytest.raises(ValueError, match="7 exhibits are signed for, 6 are there"):
        look(log)


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("unsealed", lambda raw: raw.replace(b"durable 7", b"durable 6"), "does not hold"),
        (
            "unsealed",
            lambda raw: raw.replace("— example.org".encode(), "— example.net".encode()),
            "signed by",
        ),
        ("checkpoint", lambda raw: raw.replace(b"\n5\n", b"\n4\n"), "does not hold"),
    ],
)
def test_what_is_not_signed_is_refused(
    log: Path, name: str, change: Callable[[bytes], bytes], why: str
) -> None:
    before = (log / name).read_bytes()
    (log / name).write_bytes(change(before))
    assert (log / name).read_bytes() != before
    with pytest.raises(ValueError, match=why):
        look(log)


def test_a_marker_of_another_checkpoint_is_refused(log: Path) -> None:
    marker = (log / "unsealed").read_bytes()
    reopened(log).close()
    with reopened(log) as writer:
        writer.seal(Instant(9))
    (log / "unsealed").write_bytes(marker)
    with pytest.raises(ValueError, match="a marker behind 5 with 7"):
        look(log)
