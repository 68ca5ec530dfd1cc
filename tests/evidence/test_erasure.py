# SPDX-License-Identifier: Apache-2.0
"""Erasing: the content goes, everything else stays valid; what nobody announced is caught."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence.erasure import announced, erased_frames
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.proofs import ProofMaker, verifies_consistency, verifies_inclusion
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_bodies, read_checkpoint, read_one
from swarmwitness.evidence.segment import entry_of
from swarmwitness.terms import InputError, Instant

MakeLog = Callable[..., Path]
MakeExhibit = Callable[..., Exhibit]
Salt = Callable[[int], bytes]
Erase = Callable[[Path, Iterable[int]], int]
ActFor = Callable[[Ranges], Exhibit]


def segments(directory: Path) -> list[Path]:
    return sorted((directory / "segments").iterdir())


def whole(directory: Path) -> dict[str, bytes]:
    return {str(p.relative_to(directory)): p.read_bytes() for p in directory.rglob("*") if p.is_file()}


@pytest.mark.parametrize("content_key", [None, bytes(range(32))])
def test_what_is_erased_is_gone_and_the_rest_stands(
    make_log: MakeLog, erase: Erase, exhibit: MakeExhibit, content_key: bytes | None
) -> None:
    directory = make_log(30, content_key=content_key)
    before = dict(read(directory, content_key=content_key))
    sizes = {path.name: path.stat().st_size for path in segments(directory)}
    stored = dict(read_bodies(directory, Ranges.of(range(32))))
    gone = (3, 4, 5, 11, 20)
    assert erase(directory, gone) == 5
    report = verify(directory)
    assert report.ok, report.failures
    assert (report.size, report.erased) == (34, 5)
    assert report.encrypted == (25 if content_key else 0)
    assert "5 erased exhibits in 1 acts" in report.checks[8].detail
    assert not report.warnings
    after = dict(read(directory, content_key=content_key))
    assert {index: after[index] for index in after if index < 32} == {
        index: found for index, found in before.items() if index not in gone
    }
    now = {path.name: path.stat().st_size for path in segments(directory)}
    assert [now[name] for name in sizes][:-1] == list(sizes.values())[:-1], "no frame has moved"
    everything = b"".join(whole(directory).values())
    for index, body in stored.items():
        assert (body[:32] in everything) == (body[32:] in everything) == (index not in gone)
        assert sha256(body).digest() in everything, "the commitment stays"
    assert erased_frames(directory) == Ranges.of(gone)
    assert announced(directory) == [(32, Ranges.of(gone))]
    assert [oct(path.stat().st_mode)[-3:] for path in segments(directory)] == ["600"] * len(
        segments(directory)
    )
    assert not list(directory.parent.glob(".*")), "nothing is left beside the log"


def test_an_erased_exhibit_is_told_as_such(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(8)
    erase(directory, (4,))
    with pytest.raises(VerificationError) as caught:
        read_one(directory, 4)
    assert (caught.value.reason, caught.value.exhibit_number) == (Reason.ERASED, 4)
    assert [index for index, _ in read(directory, start=3)][:2] == [3, 5]
    assert [index for index, _ in read_bodies(directory, Ranges.of((3, 4, 5)))] == [3, 5]


def test_proofs_and_checkpoints_of_before_verify_after(make_log: MakeLog, erase: Erase) -> None:
    directory = make_log(300, segment_bytes=9000)
    held = read_checkpoint(directory)
    maker = ProofMaker(directory, held.size)
    stored = dict(read_bodies(directory, Ranges.of((5, 100, 256))))
    leaves = {index: leaf_hash(entry_of(sha256(body).digest())) for index, body in stored.items()}
    proofs = {index: maker.inclusion(index) for index in leaves}
    erase(directory, range(90, 120))
    now = read_checkpoint(directory)
    for index, leaf in leaves.items():
        assert verifies_inclusion(index, held.size, leaf, proofs[index], held.root)
        later = ProofMaker(directory, now.size)
        assert verifies_inclusion(index, now.size, leaf, later.inclusion(index), now.root)
        assert later.inclusion(index, held.size) == proofs[index]
    path = ProofMaker(directory, now.size).consistency(held.size)
    assert verifies_consistency(held.size, now.size, held.root, now.root, path)
    report = verify(directory, checkpoint=held.to_wire())
    assert report.ok, report.failures
    assert report.erased == 30


def test_erasing_again_and_writing_on(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, act_for: ActFor
) -> None:
    directory = make_log(20, segment_bytes=2000)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert log.erase(Ranges.of((2, 3)), act_for(Ranges.of((2, 3)))) == 2
        log.record(exhibit(70))
        log.flush()
        wider = Ranges.of((3, 4, log.size - 1))
        with pytest.raises(InputError, match="sealed"):
            log.erase(wider, act_for(wider))
        log.seal(Instant(50))
        assert log.erase(wider, act_for(wider)) == 2
        assert log.erase(wider, act_for(wider)) == 0
        index = log.record(exhibit(71))
        log.seal(Instant(51))
    report = verify(directory)
    assert report.ok, report.failures
    assert (report.erased, report.warnings) == (4, ())
    assert read_one(directory, index) == exhibit(71)
    assert "4 erased exhibits in 3 acts" in report.checks[8].detail
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert log.recovery is None
        assert log.finish_erasures() == 0


def test_the_last_segment_is_written_to_after_it_was_exchanged(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, act_for: ActFor
) -> None:
    """The writer's handle would otherwise go on writing to a file that has no name any more."""
    directory = make_log(3, segment_bytes=10**6)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(60))
        log.flush()
        log.seal(Instant(50))
        log.erase(Ranges.of((2,)), act_for(Ranges.of((2,))))
        index = log.record(exhibit(61))
        log.flush()
        assert verify(directory).unsealed == 1
        log.seal(Instant(52))
    assert verify(directory).ok
    assert read_one(directory, index) == exhibit(61)


@pytest.mark.parametrize("indices", [(), (0,), (2, 8), (9,), (10,), (10**15,)])
def test_what_cannot_be_erased_is_refused_and_nothing_is_changed(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, act_for: ActFor, indices: tuple[int, ...]
) -> None:
    """Nothing, exhibit 0, an act (8 is the seal's), and what is not there."""
    directory = make_log(7)
    before = whole(directory)
    ranges = Ranges.of(indices)
    with EvidenceLog.open(directory, key=key, salt=salt) as log, pytest.raises(InputError):
        log.erase(ranges, act_for(ranges))
    assert whole(directory) == before
    with EvidenceLog.open(directory, key=key, salt=salt) as log, pytest.raises(ValueError, match="other"):
        log.erase(Ranges.of((2,)), act_for(Ranges.of((3,))))
    assert whole(directory) == before


@pytest.mark.parametrize("kind", ["time", "witness", "act"])
def test_a_kind_that_stays_readable_is_not_erased(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, act_for: ActFor, kind: str
) -> None:
    directory = make_log(2)
    ranges = Ranges.of((1, 4))
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        plain = act_for(ranges)
        log.record(Exhibit(kind, plain.direction, plain.at, plain.vantage, 0, None, None, b'{"x":1}'))
        log.seal(Instant(50))
        with pytest.raises(InputError, match=f"exhibit 4 is of the kind {kind}"):
            log.erase(ranges, act_for(ranges))
    assert erased_frames(directory) == Ranges()
    assert announced(directory) == []


def test_a_damaged_frame_is_not_copied(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, act_for: ActFor
) -> None:
    directory = make_log(9, segment_bytes=10**6)
    log = EvidenceLog.open(directory, key=key, salt=salt)
    path = segments(directory)[0]
    raw = bytearray(path.read_bytes())
    raw[400] ^= 1
    path.write_bytes(raw)
    with pytest.raises(VerificationError, match="frame_check"):
        log.erase(Ranges.of((8,)), act_for(Ranges.of((8,))))
    log.close()
    assert erased_frames(directory) == Ranges()


class DiedError(BaseException):
    """The process is gone: nothing that would have come later happens."""


@contextmanager
def dying(after: int) -> Iterator[None]:
    """Let so many calls that change the disk succeed, then none; a write dies half done."""
    calls = [0]
    names = ("fsync", "write", "mkdir", "rename", "unlink", "rmdir")
    real = {name: getattr(os, name) for name in names}

    def wrap(name: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            if calls[0] == after and name == "write":
                real["write"](args[0], bytes(args[1])[: len(bytes(args[1])) // 2])  # type: ignore[call-overload]
            if calls[0] >= after:
                raise DiedError
            return real[name](*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(os, name, wrap(name))
        yield


def test_death_at_every_step_of_erasing_leaves_a_log_that_verifies_and_can_be_finished(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, act_for: ActFor
) -> None:
    master = make_log(20, name="master", segment_bytes=900)
    held = (master / "checkpoint").read_bytes()
    ranges = Ranges.of((1, 2, 9, 10, 17))
    directory, halfway = master.with_name("evidence"), 0
    for step in range(1, 200):
        shutil.copytree(master, directory)
        log, died = EvidenceLog.open(directory, key=key, salt=salt), False
        with dying(step):
            try:
                log.erase(ranges, act_for(ranges))
            except DiedError:
                died = True
        log._broken = True
        log.close()
        report = verify(directory, checkpoint=held)
        assert report.ok, (step, report.failures)
        halfway += 0 < report.erased < 5
        told = announced(directory)
        assert report.erased == 0 or told
        pending = [warning for warning in report.warnings if "still readable" in warning]
        assert len(pending) == (1 if told and report.erased < 5 else 0), (step, report.warnings)
        with EvidenceLog.open(directory, key=key, salt=salt) as again:
            assert again.finish_erasures() == (5 - report.erased if told else 0)
            again.seal(Instant(60))
            late = again.finish_erasures()  # of an act that was durable, but not sealed, when the writer died
            assert late == (5 if announced(directory) and not told else 0)
        report = verify(directory, checkpoint=held)
        assert report.ok, (step, report.failures)
        assert (report.erased, report.warnings) == (5 if told or late else 0, ())
        assert not list(directory.parent.glob(".evidence.erasing"))
        shutil.rmtree(directory)
        if not died:
            break
    assert 40 < step < 199
    assert halfway > 3


ERASER = """
import json, os, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant
key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ranges = Ranges.of(range(1, 1200, 3))
said = {"act": "erased", "on": {"ranges": ranges.to_text()}}
payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
with EvidenceLog.open(Path(sys.argv[1]), key=key, salt=os.urandom) as log:
    print("ready", flush=True)
    log.erase(ranges, Exhibit("act", Direction.NONE, Instant(9), "v", 0, None, None, payload))
    print("done", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("millis", [5, 15, 40, 90, 400])
def test_a_killed_eraser_leaves_a_log_that_can_be_finished(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, millis: int
) -> None:
    directory = make_log(1200, segment_bytes=4000)
    command = [sys.executable, "-c", ERASER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE) as eraser:
        assert eraser.stdout is not None
        assert eraser.stdout.readline() == b"ready\n"
        try:
            eraser.wait(millis / 1000)
        except subprocess.TimeoutExpired:
            eraser.send_signal(signal.SIGKILL)
    report = verify(directory)
    assert report.ok, report.failures
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.seal(Instant(60))  # the act may have been durable, but not sealed
        told = bool(announced(directory))
        assert log.finish_erasures() == (400 - report.erased if told else 0)
    report = verify(directory)
    assert report.ok, report.failures
    assert (report.erased, report.warnings) == (400 if told else 0, ())


def test_a_disk_that_refuses_leaves_the_log_whole(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, act_for: ActFor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    directory = make_log(20, segment_bytes=900)
    ranges = Ranges.of((1, 9, 17))
    real = os.rename

    def refuse(source: Path, target: Path, **kwargs: int) -> None:
        if str(source).endswith(".erasing") and not str(target).endswith(f"{0:020d}.seg"):
            raise OSError(28, "No space left on device")
        real(source, target, **kwargs)

    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", refuse)
            with pytest.raises(OSError, match="No space"):
                log.erase(ranges, act_for(ranges))
        assert verify(directory).erased == 1
        log.record(exhibit(5))
        assert log.finish_erasures() == 2
        log.seal(Instant(60))
    assert verify(directory).erased == 3
    assert verify(directory).ok


def test_what_an_erasure_does_not_leave_beside_the_log_is_named(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, erase: Erase
) -> None:
    directory = make_log(5)
    planted = directory.with_name(".evidence.erasing")
    planted.mkdir()
    (planted / "letter.txt").write_bytes(b"words")
    with pytest.raises(VerificationError) as caught:
        EvidenceLog.open(directory, key=key, salt=salt)
    assert caught.value.reason is Reason.UNEXPECTED_FILE
    (planted / "letter.txt").rename(directory.with_name("letter.txt"))
    planted.rmdir()
    planted.symlink_to("letter.txt")
    assert erase(directory, (2,)) == 1
    assert directory.with_name("letter.txt").read_bytes() == b"words", "what a link leads to is left alone"
    assert not planted.is_symlink()
    assert verify(directory).ok
