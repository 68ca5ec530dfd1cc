# SPDX-License-Identifier: Apache-2.0
"""Classes from tapes and sealed logs: named rightly, bounded, and without effect on rows."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog
from swarmwitness.observation import Replayer
from swarmwitness.observation.classes import Classes, Kind, classes
from swarmwitness.observation.classes import gathering as room
from swarmwitness.observation.classes.gathering import counted
from swarmwitness.terms import Endpoint, Instant

OTHER = Endpoint.of("198.51.100.9", 6881)


def heard(tape) -> Classes:
    told = Classes()
    replayer = Replayer("o", aside=told)
    for index, exhibit in tape.numbered:
        replayer.feed(index, exhibit)
    replayer.finish()
    return told


def named(tape) -> list[tuple[Kind, str]]:
    return [(each.kind, str(each.subject)) for each in heard(tape).classed()]


def test_an_honest_watch_has_no_classes(full_tape) -> None:
    assert named(full_tape) == []


def test_a_printer_and_a_poisoner_and_a_caller_for_another_torrent(tape) -> None:
    tape.watched()
    tape.opened(3, OTHER).said(tape.shake(), 3, OTHER).heard(b"@PJL INFO STATUS", 3, OTHER).closed(
        3, OTHER, "eof"
    )
    tape.opened(7).shaken(7).heard(tape.frame(14) + tape.frame(1)).said(tape.requests(0))
    spoiled = bytearray(tape.given(0))
    spoiled[-1] ^= 1
    tape.heard(bytes(spoiled)).closed(7)
    caller = Endpoint.of("198.51.100.77", 50_123)
    tape.note("net", 9, caller, event="open", outcome="accepted", direction="in")
    tape.heard(tape.shake()[:28] + b"x" * 20 + b"-ZZ0001-abcdefghijkl", 9, caller).closed(
        9, caller, "unwatched"
    )
    assert named(tape) == [
        (Kind.FALSE_LISTING, "198.51.100.9:6881"),
        (Kind.HASH_FAILING, "198.51.100.7:6881"),
        (Kind.REUSED_PORT, "198.51.100.77:50123"),
    ]
    assert all(each.evidence for each in heard(tape).classed())


def test_a_rewind_counts_between_connections_that_did_not_overlap(tape) -> None:
    tape.watched()
    for number, bits in ((3, b"\xf8"), (4, b"\xe0"), (5, b"\x80")):
        tape.opened(number).shaken(number).heard(tape.frame(5, bits), number).closed(number)
    assert (Kind.REWINDS, "198.51.100.7:6881") in named(tape)


def test_no_rewind_between_connections_that_overlap(tape) -> None:
    tape.watched()
    for number in (3, 4, 5):
        tape.opened(number).shaken(number)
    for number, bits in ((3, b"\xf8"), (4, b"\xe0"), (5, b"\x80")):
        tape.heard(tape.frame(5, bits), number).closed(number)
    assert named(tape) == []


def test_who_takes_part_in_a_swarm_of_ours_is_a_monitor(tape) -> None:
    tape.note("act", act="observe-start")
    tape.note("target", info_hash=tape.info_hash.hex(), control="decoy", works=[], pieces_allowed=False)
    tape.opened(7).shaken(7).closed(7)
    assert named(tape) == [(Kind.MONITOR, "198.51.100.7:6881")]


def test_a_sealed_log_gives_the_same(tape, tmp_path: Path) -> None:
    tape.watched().opened(3, OTHER).said(tape.shake(), 3, OTHER).heard(b"@PJL INFO STATUS", 3, OTHER)
    tape.closed(3, OTHER, "eof")
    where = tmp_path / "evidence"
    key = Ed25519PrivateKey.generate()
    with EvidenceLog.create(where, origin="o", key=key, salt=bytes, at=Instant(0)) as log:
        for exhibit in tape.exhibits:
            log.record(exhibit)
        log.seal(Instant(1))
    found = classes(where)
    assert counted(found) == {"false_listing": 1}
    # The log's own first act comes before the tape's.
    assert [ref.rpartition("/")[2] for ref in found[0].evidence] == [str(len(tape.exhibits))]


def test_beyond_the_limits_nobody_is_in_a_class(tape, monkeypatch) -> None:
    monkeypatch.setattr(room, "MAX_PEERS", 1)
    tape.watched()
    for number in range(3, 6):
        end = Endpoint.of(f"198.51.100.{number}", 6881)
        tape.opened(number, end).said(tape.shake(), number, end).heard(b"@PJL INFO", number, end)
        tape.closed(number, end, "eof")
    told = heard(tape)
    assert len(told.classed()) == 1
    assert told.left_out["peers"] == 2
