# SPDX-License-Identifier: Apache-2.0
"""The log as a writer uses it: create, record, flush, seal, reopen, in any order."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerificationError, read, verify
from swarmwitness.evidence.log import LogBrokenError, LogBusyError
from swarmwitness.terms import Instant

ORIGIN = "example.org/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MakeLog = Callable[..., Path]
MakeExhibit = Callable[..., Exhibit]
Salt = Callable[[int], bytes]


def test_creation_is_an_exhibit_and_is_sealed(tmp_path: Path, key: Ed25519PrivateKey, salt: Salt) -> None:
    directory = tmp_path / "evidence"
    with EvidenceLog.create(directory, origin=ORIGIN, key=key, salt=salt, at=Instant(5)) as log:
        assert (log.origin, log.size, log.durable) == (ORIGIN, 1, 1)
        before = (directory / "checkpoint").read_bytes()
        assert log.seal(Instant(6)).to_wire() == before, "nothing new: the same checkpoint"
    ((index, first),) = read(directory)
    assert (index, first.kind, first.at.utc_ns, first.vantage) == (0, "act", 5, ORIGIN)
    assert b'"act":"log-created"' in first.payload
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence"]
    assert verify(directory).ok


def test_a_log_is_never_created_over_anything(make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt) -> None:
    directory = make_log(2)
    before = sorted(str(path) for path in directory.rglob("*"))
    with pytest.raises(FileExistsError):
        EvidenceLog.create(directory, origin=ORIGIN, key=key, salt=salt, at=Instant(5))
    assert sorted(str(path) for path in directory.rglob("*")) == before
    other = directory.with_name("other")
    other.write_text("a file")
    with pytest.raises(FileExistsError):
        EvidenceLog.create(other, origin=ORIGIN, key=key, salt=salt, at=Instant(5))
    with pytest.raises(ValueError, match="key name"):
        EvidenceLog.create(directory.with_name("third"), origin="a b", key=key, salt=salt, at=Instant(5))


def test_an_empty_folder_may_become_a_log(tmp_path: Path, key: Ed25519PrivateKey, salt: Salt) -> None:
    (tmp_path / "evidence").mkdir()
    EvidenceLog.create(tmp_path / "evidence", origin=ORIGIN, key=key, salt=salt, at=Instant(5)).close()
    assert verify(tmp_path / "evidence").ok


def test_an_interrupted_creation_is_told_and_never_taken_over(
    tmp_path: Path, key: Ed25519PrivateKey, salt: Salt
) -> None:
    (tmp_path / ".evidence.creating").mkdir()
    with pytest.raises(FileExistsError, match="interrupted creation"):
        EvidenceLog.create(tmp_path / "evidence", origin=ORIGIN, key=key, salt=salt, at=Instant(5))


def test_a_creation_that_fails_leaves_nothing(tmp_path: Path, key: Ed25519PrivateKey, salt: Salt) -> None:
    with pytest.raises(ValueError, match="salts"):
        EvidenceLog.create(
            tmp_path / "evidence", origin=ORIGIN, key=key, salt=lambda count: b"", at=Instant(5)
        )
    assert not list(tmp_path.iterdir())
    EvidenceLog.create(tmp_path / "evidence", origin=ORIGIN, key=key, salt=salt, at=Instant(5)).close()
    assert verify(tmp_path / "evidence").ok


def test_recorded_exhibits_come_back_under_their_indices(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(0)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        numbers = [log.record(exhibit(number)) for number in range(300)]
        log.seal(Instant(8))
        more = [log.record(exhibit(number)) for number in range(300, 310)]
        log.seal(Instant(9))
    found = dict(read(directory))
    assert [found[number] for number in numbers + more] == [exhibit(number) for number in range(310)]
    assert list(found) == list(range(len(found)))
    assert verify(directory).ok


def test_files_are_private(make_log: MakeLog) -> None:
    directory = make_log(300)
    for path in [directory, *directory.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


def test_one_writer_at_a_time(make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt) -> None:
    directory = make_log(1)
    with EvidenceLog.open(directory, key=key, salt=salt), pytest.raises(LogBusyError):
        EvidenceLog.open(directory, key=key, salt=salt)
    EvidenceLog.open(directory, key=key, salt=salt).close()


def test_only_its_own_key_opens_a_log(make_log: MakeLog, salt: Salt) -> None:
    directory = make_log(1)
    with pytest.raises(VerificationError, match="key_differs"):
        EvidenceLog.open(directory, key=Ed25519PrivateKey.from_private_bytes(b"o" * 32), salt=salt)
    EvidenceLog.open(directory, key=KEY, salt=salt).close()


def test_what_is_no_log_does_not_open(tmp_path: Path, key: Ed25519PrivateKey, salt: Salt) -> None:
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(VerificationError):
            EvidenceLog.open(path, key=key, salt=salt)


def test_a_closed_log_takes_nothing(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    log = EvidenceLog.open(make_log(1), key=key, salt=salt)
    log.close()
    log.close()
    for act in (lambda: log.record(exhibit(1)), log.flush, lambda: log.seal(Instant(1))):
        with pytest.raises(LogBrokenError):
            act()


def test_an_exhibit_that_does_not_fit_changes_nothing(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(1)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        size = log.size
        bad = Exhibit("tcp", Direction.IN, Instant(1), "v", -1, None, None, b"")
        with pytest.raises(ValueError, match="number"):
            log.record(bad)
        assert log.record(exhibit(1)) == size
        log.seal(Instant(2))
    assert verify(directory).ok


def test_a_full_buffer_is_written_without_being_asked(
    make_log: MakeLog, key: Ed25519PrivateKey, salt: Salt, exhibit: MakeExhibit
) -> None:
    directory = make_log(1, segment_bytes=64 * 2**20)
    with EvidenceLog.open(directory, key=key, salt=salt) as log:
        before = log.durable
        for number in range(5):
            log.record(exhibit(number, bytes(2**20)))
        assert before < log.durable < log.size
        log.seal(Instant(2))
    assert verify(directory).ok


def test_a_disk_that_refuses_breaks_the_log_until_it_is_opened_again(
    make_log: MakeLog,
    key: Ed25519PrivateKey,
    salt: Salt,
    exhibit: MakeExhibit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = make_log(1)
    log = EvidenceLog.open(directory, key=key, salt=salt)
    log.record(exhibit(1))
    log.flush()
    log.record(exhibit(2))

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            log.flush()
    for act in (lambda: log.record(exhibit(3)), log.flush, lambda: log.seal(Instant(3))):
        with pytest.raises(LogBrokenError):
            act()
    log.close()
    with EvidenceLog.open(directory, key=key, salt=salt) as again:
        assert again.durable >= 4
        again.seal(Instant(4))
    assert verify(directory).ok


def test_a_source_of_salts_that_runs_dry_is_our_mistake(
    make_log: MakeLog, key: Ed25519PrivateKey, exhibit: MakeExhibit
) -> None:
    log = EvidenceLog.open(make_log(1), key=key, salt=lambda count: b"short")
    for _ in range(2):
        with pytest.raises(ValueError, match="salts"):
            log.record(exhibit(1))
    log.close()


def test_salts_differ_and_hide_equal_exhibits(
    make_log: MakeLog, key: Ed25519PrivateKey, exhibit: MakeExhibit
) -> None:
    directory = make_log(0)
    with EvidenceLog.open(directory, key=key, salt=os.urandom) as log:
        for _ in range(600):
            log.record(exhibit(1))
        log.seal(Instant(3))
    bundles = [path.read_bytes() for path in (directory / "tile/entries").rglob("*") if path.is_file()]
    entries = [raw[at : at + 35] for raw in bundles for at in range(0, len(raw), 35)]
    assert len(set(entries)) == len(entries) == 602


class AnyOrder(RuleBasedStateMachine):
    """record, flush, seal, close, die and reopen in any order; the model is a list of exhibits."""

    def __init__(self) -> None:
        super().__init__()
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.root = Path(tempfile.mkdtemp(prefix="swarmwitness-", dir=memory))
        self.directory = self.root / "evidence"
        self.log: EvidenceLog | None = EvidenceLog.create(
            self.directory, origin=ORIGIN, key=KEY, salt=os.urandom, at=Instant(1), segment_bytes=700
        )
        self.recorded: dict[int, Exhibit] = {}
        self.settled = 1
        self.held: list[bytes] = []

    def teardown(self) -> None:
        if self.log is not None:
            self.log.close()
        shutil.rmtree(self.root)

    @precondition(lambda self: self.log is not None)
    @rule(payloads=st.lists(st.binary(max_size=300), max_size=40))
    def record(self, payloads: list[bytes]) -> None:
        assert self.log is not None
        for payload in payloads:
            exhibit = Exhibit("tcp", Direction.IN, Instant(len(payload)), "v", 1, None, None, payload)
            self.recorded[self.log.record(exhibit)] = exhibit

    @precondition(lambda self: self.log is not None)
    @rule()
    def flush(self) -> None:
        assert self.log is not None
        self.log.flush()
        self.settled = self.log.durable

    @precondition(lambda self: self.log is not None)
    @rule()
    def seal(self) -> None:
        assert self.log is not None
        checkpoint = self.log.seal(Instant(2))
        self.settled = checkpoint.size
        self.held.append(checkpoint.to_wire())

    @precondition(lambda self: self.log is not None)
    @rule()
    def close(self) -> None:
        assert self.log is not None
        self.settled = self.log.size
        self.log.close()
        self.log = None

    @precondition(lambda self: self.log is not None)
    @rule()
    def die(self) -> None:
        """What was only observed is gone with the process."""
        assert self.log is not None
        self.log._broken = True
        self.settled = max(self.settled, self.log.durable)
        self.log.close()
        self.log = None

    @precondition(lambda self: self.log is None)
    @rule()
    def reopen(self) -> None:
        self.log = EvidenceLog.open(self.directory, key=KEY, salt=os.urandom)
        assert self.log.size >= self.settled
        self.recorded = {index: found for index, found in self.recorded.items() if index < self.log.size}

    @invariant()
    def verifies(self) -> None:
        for held in (self.held[:1] + self.held[-1:]) or [None]:
            report = verify(self.directory, checkpoint=held)
            assert report.ok, report.failures
        assert report.size + report.unsealed >= self.settled
        found = dict(read(self.directory))
        assert all(self.recorded[index] == found[index] for index in self.recorded if index < report.size)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
