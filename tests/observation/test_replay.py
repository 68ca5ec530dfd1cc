# SPDX-License-Identifier: Apache-2.0
"""Exhibits -> rows, as a pure function: from a tape, from a sealed log, in any cut, with any damage."""

import random
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.observation import Replayer, replay
from swarmwitness.terms import Endpoint, Instant, Rung


def replayed(numbered, collector=None):
    replayer = Replayer("test.example/log", collector)
    rows = [row for index, exhibit in numbered for row in replayer.feed(index, exhibit)]
    return rows + replayer.finish(), replayer


def tops(rows) -> dict[str, Rung]:
    highest: dict[str, Rung] = {}
    for row in rows:
        highest[row.ip] = max(highest.get(row.ip, Rung.LISTED), row.rung)
    return highest


def test_a_whole_watch(full_tape) -> None:
    rows, replayer = replayed(full_tape.numbered)
    assert tops(rows) == {
        "198.51.100.7": Rung.PART,
        "198.51.100.8": Rung.PROGRESSED,
        "198.51.100.9": Rung.LISTED,
    }
    assert sum(row.bytes_received for row in rows) == 32768
    assert {row.collector for row in rows} == {"here"}
    assert len({row.sighting_id for row in rows}) == len(rows)
    assert not replayer.oddities


def test_the_collector_can_be_named(full_tape) -> None:
    assert {row.collector for row in replayed(full_tape.numbered, "vendor")[0]} == {"vendor"}


def test_a_sealed_log_gives_the_same_rows(full_tape, tmp_path) -> None:
    live, rows = Replayer("test.example/log"), []
    log = EvidenceLog.create(
        tmp_path / "evidence",
        origin="test.example/log",
        key=Ed25519PrivateKey.generate(),
        salt=bytes,
        at=Instant(0),
    )
    with log:
        for exhibit in full_tape.exhibits:
            rows += live.feed(log.record(exhibit), exhibit)
        rows += live.finish()
        log.seal(Instant(1))
    assert list(replay(tmp_path / "evidence")) == rows
    assert len(rows) == 15


def recut(exhibits: list[Exhibit], rng: random.Random) -> list[Exhibit]:
    """The same bytes in other portions: consecutive reads of one connection joined, or one cut up."""
    cut: list[Exhibit] = []
    for exhibit in exhibits:
        data, at = exhibit.payload, 0
        if exhibit.direction is Direction.NONE:
            cut.append(exhibit)
            continue
        while at < len(data):
            step = rng.choice((1, 7, 68, 500, 1 << 20)) if len(data) < 500 else rng.choice((5000, 1 << 20))
            cut.append(replace(exhibit, payload=data[at : at + step]))
            at += step
    return cut


@pytest.mark.parametrize("seed", range(20))
def test_how_bytes_were_cut_into_reads_makes_no_difference(full_tape, seed) -> None:
    rows, _ = replayed(full_tape.numbered)
    again, _ = replayed(enumerate(recut(full_tape.exhibits, random.Random(seed))))
    assert [(r.ip, r.port, r.rung) for r in again if not r.observed_until] == [
        (r.ip, r.port, r.rung) for r in rows if not r.observed_until
    ]
    assert sum(r.bytes_received for r in again) == sum(r.bytes_received for r in rows)
    assert [r.progress for r in again if r.observed_until] == [r.progress for r in rows if r.observed_until]


def damage(exhibit: Exhibit, rng: random.Random) -> list[Exhibit]:
    fate, payload = rng.random(), bytearray(exhibit.payload)
    if fate < 0.1:
        return []
    if fate < 0.5 and payload:
        for _ in range(rng.randrange(1, 4)):
            payload[rng.randrange(len(payload))] = rng.randrange(256)
    changed = replace(exhibit, payload=bytes(payload))
    if 0.3 < fate < 0.6:
        kind = rng.choice(("tcp", "http", "net", "target", "torrent", "act", "strange"))
        changed = replace(changed, kind=kind, connection=rng.choice((0, 4, 7, 8)))
    return [replace(changed, remote=None), changed, changed] if fate > 0.9 else [changed]


@pytest.mark.parametrize("seed", range(60))
def test_no_damage_raises(full_tape, seed) -> None:
    """Mutated payloads, lost and doubled exhibits, strange kinds and numbers: rows or oddities, no error."""
    rng = random.Random(seed)
    damaged = [each for exhibit in full_tape.exhibits for each in damage(exhibit, rng)]
    rows, _ = replayed(enumerate(damaged))
    assert all(row.exhibit.startswith("log:test.example/log/") for row in rows)


def test_an_observer_that_was_killed_leaves_its_rows(full_tape) -> None:
    """The next start ends the connections of the former run; their numbers are not mixed up."""
    del full_tape.exhibits[-3:]
    full_tape.heard(full_tape.ltep(v="Late 1"), 8, Endpoint.of("198.51.100.8", 51_413))
    rows, replayer = replayed(enumerate([*full_tape.exhibits, full_tape.exhibits[0]]))
    ends = [row for row in rows if row.observed_until]
    assert [(row.ip, row.client) for row in ends] == [("198.51.100.8", "Late 1")]
    assert replayer._open == {}


def test_a_watch_knows_nothing_that_an_earlier_one_had_fetched(tape) -> None:
    tape.watched().opened().shaken().heard(tape.have(1)).closed()
    start = len(tape.exhibits)
    tape.note("act", act="observe-start")
    tape.note("target", info_hash=tape.info_hash.hex(), works=[], pieces_allowed=False)
    tape.opened(9).shaken(9).heard(tape.have(1), 9).closed(9)
    whole, live = Replayer("a-log"), Replayer("a-log")
    replayed = [row for index, exhibit in tape.numbered for row in whole.feed(index, exhibit)]
    seen = [row for index, exhibit in tape.numbered[start:] for row in live.feed(index, exhibit)]
    assert [row.progress for row in seen] == [None, None, None]
    assert replayed[-len(seen) :] == seen
    assert replayed[-len(seen) - 1].progress == 0.2


def test_bytes_of_a_connection_that_never_opened(tape) -> None:
    rows, replayer = replayed(tape.watched().heard(b"x").numbered)
    assert rows == []
    assert replayer.oddities == {"bytes_without_connection": 1}


def test_an_unreadable_exhibit_is_counted_and_passed_over(tape) -> None:
    tape.add("torrent", Direction.NONE, b"d4:infoi1ee").add("net", Direction.NONE, b"{")
    rows, replayer = replayed(tape.opened().shaken().numbered)
    assert [row.rung for row in rows] == [Rung.REACHABLE, Rung.HANDSHAKEN]
    assert replayer.oddities == {"unreadable_net": 1, "unreadable_torrent": 1}


def test_kinds_of_later_versions_are_passed_over(tape) -> None:
    rows, replayer = replayed(tape.add("quic", Direction.IN, b"x", 7).numbered)
    assert rows == []
    assert not replayer.oddities
