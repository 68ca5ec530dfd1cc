# SPDX-License-Identifier: Apache-2.0
"""Crashes: nothing durable is lost, no settled index holds other data, what is sealed stays sealed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence.failure import Reason
from swarmwitness.terms import Instant

ORIGIN = "example.org/log"
MakeLog = Callable[..., Path]
MakeExhibit = Callable[..., Exhibit]
Salt = Callable[[int], bytes]


def last_segment(directory: Path) -> Path:
    return max((directory / "segments").iterdir())


def test_an_unsealed_tail_is_a_warning_with_its_number(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(4)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        for number in range(3):
            log.record(exhibit(number))
    report = verify(directory)
    assert report.ok, report.failures
    assert report.unsealed == 3
    assert "3 durable exhibits after the last checkpoint, unsealed" in report.warnings[0]
    assert len(list(read(directory))) == 6, "unsealed exhibits are not evidence yet"
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert log.recovery is not None
        assert (log.recovery.after, log.recovery.exhibits_kept, log.recovery.bytes_cut) == (6, 3, 0)
        assert log.record(exhibit(9)) == 10
        log.seal(Instant(11))
    assert verify(directory).ok
    assert not verify(directory).warnings
    found = [found for _, found in read(directory)]
    assert found[6:9] + found[10:11] == [exhibit(0), exhibit(1), exhibit(2), exhibit(9)]
    assert (found[9].kind, found[9].vantage, found[9].at) == ("act", ORIGIN, exhibit(9).at)
    assert found[9].payload == (
        b'{"act":"log-recovered","adopted":3,"after":6,"bytes_cut":0,"cut_sha256":""}'
    ), "the sealed log tells what was adopted"
    assert found[11].payload == b'{"act":"log-sealed","size":11}'


def test_sealed_bytes_are_covered_while_a_tail_is_open(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(4)
    sealed_end = last_segment(directory).stat().st_size
    tail_segment = last_segment(directory)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(1))
    assert verify(directory).ok
    for path in sorted(p for p in directory.rglob("*") if p.is_file()):
        whole = path.read_bytes()
        end = sealed_end if path == tail_segment else len(whole)
        if path.parent.name == "segments" and path > tail_segment:
            continue
        for offset in range(0, end, 3):
            changed = bytearray(whole)
            changed[offset] ^= 4
            path.write_bytes(changed)
            report = verify(directory)
            assert str(path.relative_to(directory)) in {f.file for f in report.failures}, (path, offset)
        path.write_bytes(whole)
    assert verify(directory).ok


@pytest.mark.parametrize("extra", ["notes", "tile/0/000.p/3", "tile/0/001.p/1", "sealing/a/b", "segments/x"])
def test_an_open_log_still_has_no_place_for_strangers(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, extra: str
) -> None:
    directory = make_log(4)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(1))
    (directory / extra).parent.mkdir(parents=True, exist_ok=True)
    (directory / extra).write_bytes(b"x" * 32)
    assert extra in {failure.file for failure in verify(directory).failures}


def test_a_tail_that_no_writer_announced_fails(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(4, segment_bytes=10**6)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(1))
    marker = directory / "unsealed"
    forged = marker.read_bytes().replace(b"after 6", b"after 5")
    marker.write_bytes(forged)
    assert {failure.file for failure in verify(directory).failures} >= {"unsealed"}
    with pytest.raises(VerificationError, match="unsealed"):
        EvidenceLog.open(directory, key=key, salt=salt)
    marker.unlink()
    report = verify(directory)
    assert [failure.reason for failure in report.failures] == [Reason.TRAILING_DATA]
    with pytest.raises(VerificationError) as caught:
        EvidenceLog.open(directory, key=key, salt=salt)
    assert caught.value.reason is Reason.TRAILING_DATA


@pytest.mark.parametrize("segment_bytes", [10**6, 400, 700])
def test_a_flush_cut_at_any_byte_opens_again_with_what_was_acknowledged(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, segment_bytes: int
) -> None:
    """Whatever prefix of an unacknowledged flush reached the disk: nothing of it is adopted, all is kept."""
    directory = make_log(2, segment_bytes=segment_bytes)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.record(exhibit(1))
        log.flush()
        marker = (directory / "unsealed").read_bytes()
        before = {path: path.stat().st_size for path in (directory / "segments").iterdir()}
        log.record(exhibit(2))
    (directory / "unsealed").write_bytes(marker)
    master = directory.with_name("master")
    directory.rename(master)
    tail = last_segment(master)
    begin = before.get(directory / "segments" / tail.name, 0)
    for length in range(begin, tail.stat().st_size + 1, 5):
        shutil.copytree(master, directory)
        with last_segment(directory).open("r+b") as stream:
            stream.truncate(length)
        report = verify(directory)
        assert report.ok, (length, report.failures)
        assert report.unsealed == 1
        torn = length - begin
        if torn:
            assert any(f"{torn} bytes at the end of segments/{tail.name}" in w for w in report.warnings)
        with EvidenceLog.open(directory, key=key, salt=salt) as log:
            assert log.recovery is not None
            assert (log.size, log.recovery.exhibits_kept, log.recovery.bytes_cut) == (5, 1, torn)
            if log.recovery.kept_at is not None:
                assert log.recovery.kept_at.read_bytes() == tail.read_bytes()[begin:length]
                log.recovery.kept_at.unlink()
            assert log.record(exhibit(77)) == 6
            log.seal(Instant(12))
        after = verify(directory)
        assert after.ok, (length, after.failures)
        assert not after.warnings
        told = dict(read(directory))[5].payload
        assert b'"adopted":1,"after":4,"bytes_cut":%d,' % torn in told
        shutil.rmtree(directory)


def test_a_cut_is_told_by_the_next_writer_if_the_first_was_killed_before_it_could(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(2, segment_bytes=10**6)
    log = EvidenceLog.open(directory, key=key, salt=salt)
    log.record(exhibit(1))
    sealed = last_segment(directory).stat().st_size
    with dying(10), pytest.raises(DiedError):
        log.flush()
    release(log)
    torn = last_segment(directory).read_bytes()[sealed:]
    assert torn
    for _ in range(2):
        log = EvidenceLog.open(directory, key=key, salt=salt)
        assert log.recovery is not None
        assert list(log.recovery.cut.values()) == [len(torn)]
        release(log)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        log.seal(Instant(40))
    told, act = [found for index, found in read(directory) if index >= 4]
    assert json.loads(told.payload) == {
        "act": "log-recovered",
        "adopted": 0,
        "after": 4,
        "bytes_cut": len(torn),
        "cut_sha256": sha256(torn).hexdigest(),
    }
    assert (told.at, act.payload) == (Instant(40), b'{"act":"log-sealed","size":5}')
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert log.recovery is None, "told once"


def test_a_damaged_sealed_part_does_not_open(make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt) -> None:
    directory = make_log(4)
    for path in (last_segment(directory), directory / "checkpoint", directory / "log.vkey"):
        whole = path.read_bytes()
        path.write_bytes(whole[:40] + bytes((whole[40] ^ 1,)) + whole[41:])
        with pytest.raises(VerificationError):
            EvidenceLog.open(directory, key=key, salt=salt)
        path.write_bytes(whole)
    for tile in (directory / "tile/entries").rglob("*"):
        if tile.is_file():
            whole = tile.read_bytes()
            tile.write_bytes(whole[:-1] + b"?")
            with pytest.raises(VerificationError):
                EvidenceLog.open(directory, key=key, salt=salt)
            tile.write_bytes(whole)
    EvidenceLog.open(directory, key=key, salt=salt).close()


class DiedError(BaseException):
    """The process is gone: nothing that would have come later happens."""


@contextmanager
def dying(after: int) -> Iterator[list[int]]:
    """Let so many calls that change the disk succeed, then none; a write dies half done."""
    calls = [0]
    names = ("fsync", "write", "mkdir", "rename", "unlink", "rmdir")
    real = {name: getattr(os, name) for name in names}

    def wrap(name: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            calls[0] += 1
            if calls[0] == after and name == "write":
                real["write"](args[0], bytes(args[1])[: len(bytes(args[1])) // 2])  # type: ignore[arg-type]
            if calls[0] >= after:
                raise DiedError
            return real[name](*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(os, name, wrap(name))
        patch.setattr("swarmwitness.evidence.sealing._FEW", 10**6)
        yield calls


def record_and_seal(log: EvidenceLog, exhibit: MakeExhibit) -> None:
    """Two flushes and a seal, over the edge of a tile; with the seal's act 13 exhibits."""
    for batch in range(2):
        for number in range(6):
            log.record(exhibit(batch * 100 + number))
        log.flush()
    log.seal(Instant(20))


def test_death_at_every_step_of_recording_and_sealing_leaves_a_log_that_verifies(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    """From 250 exhibits to 263, dying at each call that touches the disk."""
    master = make_log(248, name="master", segment_bytes=2500)
    held = (master / "checkpoint").read_bytes()
    directory = master.with_name("evidence")
    for step in range(1, 400):
        shutil.copytree(master, directory)
        log = EvidenceLog.open(directory, key=key, salt=salt)
        died = False
        with dying(step):
            try:
                record_and_seal(log, exhibit)
                log.close()
            except DiedError:
                died = True
        settled = log.durable
        release(log)
        report = verify(directory, checkpoint=held)
        assert report.ok, (step, report.failures)
        assert report.size + report.unsealed >= settled, (step, report)
        with EvidenceLog.open(directory, key=key, salt=salt) as again:
            assert again.durable >= settled, step
            again.record(exhibit(5))
            again.seal(Instant(30))
        report = verify(directory, checkpoint=held)
        assert report.ok, (step, report.failures)
        assert not report.warnings, (step, report.warnings)
        shutil.rmtree(directory)
        if not died:
            break
    assert 60 < step < 399


@pytest.mark.parametrize("died_at", [14, 22, 55, 62])
def test_death_while_recovering_leaves_a_log_that_verifies(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit, died_at: int
) -> None:
    """Die while recording or sealing, then again at each call of opening."""
    master = make_log(248, name="master", segment_bytes=2500)
    log = EvidenceLog.open(master, key=key, salt=salt)
    with dying(died_at), pytest.raises(DiedError):
        record_and_seal(log, exhibit)
    settled = log.durable
    release(log)
    directory = master.with_name("evidence")
    for step in range(1, 60):
        shutil.copytree(master, directory)
        died = False
        with dying(step):
            try:
                EvidenceLog.open(directory, key=key, salt=salt).close()
            except DiedError:
                died = True
        report = verify(directory)
        assert report.ok, (step, report.failures)
        with EvidenceLog.open(directory, key=key, salt=salt) as again:
            assert again.durable >= settled
            again.seal(Instant(30))
        assert verify(directory).ok
        shutil.rmtree(directory)
        if not died:
            break
    assert 1 < step < 59


def release(log: EvidenceLog) -> None:
    """What the kernel does when a process dies: close its files, and with them the lock."""
    log._broken = True
    log.close()


WRITER = """
import os, sys
from pathlib import Path
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.terms import Instant
key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
with EvidenceLog.open(Path(sys.argv[1]), key=key, salt=os.urandom) as log:
    number = log.size
    while True:
        for _ in range(40):
            log.record(Exhibit("tcp", Direction.IN, Instant(number), "v", 1, None, None, b"%d" % number))
            number += 1
        log.flush()
        if number % 3 == 0:
            log.seal(Instant(number))
            number += 1
        print(log.durable, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 4, 9])
def test_a_killed_writer_loses_nothing_durable(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, lines: int
) -> None:
    directory = make_log(1, segment_bytes=4000)
    with subprocess.Popen([sys.executable, "-c", WRITER, str(directory)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        said = 0
        for _ in range(lines):
            said = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        said = int((writer.stdout.read().split() or [b"%d" % said])[-1])
        writer.wait()
    report = verify(directory)
    assert report.ok, report.failures
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        assert log.durable >= said
        log.seal(Instant(5))
    assert verify(directory).ok
    payloads = [int(found.payload) for index, found in read(directory) if found.vantage == "v"]
    numbers = [index for index, found in read(directory) if found.vantage == "v"]
    assert payloads == numbers, "each index holds what was recorded under it"
