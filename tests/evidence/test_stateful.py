# SPDX-License-Identifier: Apache-2.0
"""A log's life as a property test: append, crash, reopen, seal, publish, hold, prune, reveal, verify.

Hypothesis draws sequences of steps; a model beside the log remembers what was promised. After each step:
an index once durable holds what it held or was erased after an announcement; sizes never shrink; every
checkpoint and every proof that was ever given out still verifies; nothing held is erased. A crash comes
between any two calls that change the disk, a write half done: the kernel closes the files, nothing else.

Publishing is a cosignature by a witness in this process, which is cryptography as it is outside; tokens are
tested where an authority can be had. CI runs a seeded sample; `make sweep` runs 10,000 sequences, in parts
that are remembered. To see a failure of the sweep small: python test_stateful.py SEED SEQUENCES --shrink.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path

import hypothesis
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import swarmwitness
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerificationError, VerifyKey, verify
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.custody.holds import broken_holds, in_force
from swarmwitness.evidence.envelope import encrypted, exhibit_key, open_with_exhibit_key
from swarmwitness.evidence.erasure import announced, erased_frames
from swarmwitness.evidence.failure import Reason
from swarmwitness.evidence.merkle import leaf_hash
from swarmwitness.evidence.proofs import ProofMaker, verifies_consistency, verifies_inclusion
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read, read_bodies, read_checkpoint, read_one
from swarmwitness.evidence.segment import entry_of
from swarmwitness.evidence.time.assurance import Trust
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.evidence.time.statements import Cosigned
from swarmwitness.terms import InputError, Instant

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
WITNESS = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS_NAME = "witness.example/one"
ORIGIN, CUSTODY_ORIGIN = "example.org/log", "example.org/custody"
PUBLIC = VerifyKey.of(ORIGIN, KEY)
STEPS = 30
SAMPLE, PART, SEQUENCES = 100, 100, 10_000
SEED = 20261124
SWEEP = os.environ.get("SWARMWITNESS_SWEEP") == "1"
JOURNAL = Path(__file__).parents[2] / "bench" / "out" / "sweep_stateful.jsonl"


class DiedError(BaseException):
    """The process is gone: nothing that would have come later happens."""


@contextmanager
def dying(after: int) -> Iterator[None]:
    """Let so many calls that change the disk succeed, then none; a write dies half done."""
    left = [after]
    names = ("fsync", "write", "mkdir", "rename", "replace", "unlink", "rmdir", "ftruncate", "truncate")
    real = {name: getattr(os, name) for name in names}

    def wrap(name: str) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            left[0] -= 1
            if left[0] == 0 and name == "write":
                half = bytes(args[1])  # type: ignore[call-overload]
                real["write"](args[0], half[: len(half) // 2])
            if left[0] <= 0:
                raise DiedError
            return real[name](*args, **kwargs)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in names:
            patch.setattr(os, name, wrap(name))
        patch.setattr("swarmwitness.evidence.sealing._FEW", 10**6)
        yield


def release(log: EvidenceLog) -> None:
    """What the kernel does when a process dies: close its files, and with them the lock."""
    log._broken = True
    log.close()


class Life(RuleBasedStateMachine):
    """The log, and what was promised of it."""

    def __init__(self) -> None:
        super().__init__()
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.base = Path(tempfile.mkdtemp(prefix="swarmwitness-life-", dir=place))
        self.directory, self.custody = self.base / "evidence", self.base / "custody"
        self.drawn, self.ticks, self.named = count(1), count(1), count(1)
        self.log: EvidenceLog | None = None
        self.content_key: bytes | None = None
        self.recorded: dict[int, Exhibit] = {}
        self.settled = self.sealed = 0
        self.checkpoints: list[Checkpoint] = []
        self.proofs: list[tuple[int, int, list[bytes], bytes]] = []
        self.asked, self.erased = Ranges(), Ranges()
        self.cosigned = 0

    # What every step needs.

    def salt(self, size: int) -> bytes:
        return shake_256(b"%d" % next(self.drawn)).digest(size)

    def now(self) -> Instant:
        return Instant(10**18 + next(self.ticks))

    def opened(self) -> EvidenceLog:
        return EvidenceLog.open(self.directory, key=KEY, salt=self.salt, content_key=self.content_key)

    def ready(self) -> EvidenceLog:
        """The log, opened if the last step has closed or killed its writer."""
        if self.log is None:
            self.reopen()
        assert self.log is not None
        return self.log

    def remember(self, checkpoint: Checkpoint) -> None:
        assert checkpoint.size >= self.sealed, "a log has shrunk"
        if checkpoint.size > self.sealed:
            self.checkpoints.append(checkpoint)
        self.sealed, self.settled = checkpoint.size, max(self.settled, checkpoint.size)

    def put(self, log: EvidenceLog, exhibit: Exhibit) -> int:
        index = log.record(exhibit)
        self.recorded[index] = exhibit
        return index

    def acts(self) -> list[tuple[int, bytes]]:
        return [(index, found.payload) for index, found in read(self.custody) if found.kind == "act"]

    # Steps.

    @initialize(secret=st.booleans(), segment_bytes=st.sampled_from([300, 2_000, 10**6]))
    def begin(self, secret: bool, segment_bytes: int) -> None:
        self.content_key = bytes(range(32)) if secret else None
        self.log = EvidenceLog.create(
            self.directory, origin=ORIGIN, key=KEY, salt=self.salt, at=self.now(),
            segment_bytes=segment_bytes, content_key=self.content_key,
        )  # fmt: skip
        self.remember(read_checkpoint(self.directory))
        EvidenceLog.create(
            self.custody, origin=CUSTODY_ORIGIN, key=KEY, salt=self.salt, at=self.now()
        ).close()
        self.append(12, 20)
        self.seal()

    @precondition(lambda self: self.log is None)
    @rule()
    def reopen(self) -> None:
        self.log = self.opened()
        assert self.log.durable >= self.settled, "something durable is gone"
        self.settled = self.log.durable
        self.recorded = {index: it for index, it in self.recorded.items() if index < self.settled}
        self.remember(read_checkpoint(self.directory))

    @rule(number=st.integers(1, 30) | st.just(300), size=st.integers(0, 60))
    def append(self, number: int, size: int) -> None:
        log = self.ready()
        for _ in range(number):
            tick = next(self.ticks)
            payload = b"%d " % tick + bytes(size)
            kind = "http" if tick % 7 == 0 else "tcp"
            exhibit = Exhibit(kind, Direction.IN, Instant(tick), "vantage", tick % 5, None, None, payload)
            self.put(log, exhibit)

    @rule()
    def flush(self) -> None:
        log = self.ready()
        log.flush()
        assert log.durable == log.size
        self.settled = log.durable

    @rule()
    def seal(self) -> None:
        log = self.ready()
        self.remember(log.seal(self.now()))

    @rule()
    def publish(self) -> None:
        """Seal, let a witness cosign, record what it said, seal again."""
        log = self.ready()
        checkpoint = log.seal(self.now())
        self.remember(checkpoint)
        said = Cosignature.sign(checkpoint.note, WITNESS_NAME, WITNESS, 10**9 + next(self.ticks))
        payload = Cosigned(checkpoint, WitnessKey.of(WITNESS_NAME, WITNESS), said).to_payload()
        self.put(log, Exhibit("witness", Direction.NONE, self.now(), "vantage", 0, None, None, payload))
        self.remember(log.seal(self.now()))
        self.cosigned += 1

    @rule()
    def close(self) -> None:
        log = self.ready()
        log.close()
        self.settled = log.durable
        self.log = None

    @rule()
    def crash(self) -> None:
        """The process dies between two steps: what waits in memory is gone."""
        log = self.ready()
        self.settled = max(self.settled, log.durable)
        release(log)
        self.log = None

    @rule(
        after=st.integers(1, 40), what=st.sampled_from(["flush", "seal", "erase", "finish"]), data=st.data()
    )
    def crash_within(self, after: int, what: str, data: st.DataObject) -> None:
        """The process dies in the midst of a step, or just misses it."""
        log = self.ready()
        chosen = self.choose(data) if what == "erase" else Ranges()
        died = False
        with dying(after):
            try:
                if what == "flush":
                    log.flush()
                elif what == "seal":
                    log.seal(self.now())
                elif what == "finish":
                    log.finish_erasures()
                elif chosen:
                    self.asked |= chosen
                    log.erase(chosen, self.act_of(chosen))
            except DiedError:
                died = True
        self.settled = max(self.settled, log.durable)
        if not died:
            self.remember(read_checkpoint(self.directory))
            self.erased |= chosen
            if what == "finish":
                self.erased |= self.announced()
            return
        release(log)
        self.log = None

    @precondition(lambda self: self.log is None)
    @rule(after=st.integers(1, 25))
    def crash_while_opening(self, after: int) -> None:
        with dying(after):
            try:
                log = self.opened()
            except DiedError:
                return
        self.settled = max(self.settled, log.durable)
        release(log)

    # Holding and erasing.

    @rule(data=st.data())
    def hold(self, data: st.DataObject) -> None:
        # Sealed first: an act `erased` that a killed writer left behind the checkpoint came before the hold.
        self.remember(self.ready().seal(self.now()))
        low = data.draw(st.integers(0, self.sealed - 1))
        ranges = Ranges.merged([(low, min(self.sealed, low + data.draw(st.integers(1, 20))))])
        on = {
            "hold": f"hold-{next(self.named)}",
            "scope": "some exhibits",
            "logs": {ORIGIN: {"size": self.sealed, "ranges": ranges.to_text()}},
        }
        self.do("hold", on)

    @precondition(lambda self: self.custody.exists() and self.standing())
    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        on = dict(data.draw(st.sampled_from(self.standing())))
        size = self.log.size if self.log is not None else self.sealed
        on["logs"] = {ORIGIN: {"size": max(size, self.sealed), "ranges": on["logs"][ORIGIN]["ranges"]}}
        self.do("release", on)

    def standing(self) -> list[dict]:  # type: ignore[type-arg]
        acts = [json.loads(payload) for _, payload in self.acts() if b'"hold":' in payload]
        lifted = {act["on"]["hold"] for act in acts if act["act"] == "release"}
        return [act["on"] for act in acts if act["act"] == "hold" and act["on"]["hold"] not in lifted]

    def do(self, name: str, on: dict[str, object]) -> None:
        with EvidenceLog.open(self.custody, key=KEY, salt=self.salt) as custody:
            custody.record(Act(name, "custodian", "test", on).to_exhibit(self.now()))
            custody.seal(self.now())

    def choose(self, data: st.DataObject) -> Ranges:
        """Some sealed exhibits that may be erased and are not held."""
        log = self.ready()
        low = data.draw(st.integers(1, max(1, self.sealed - 1)))
        wanted = Ranges.merged([(low, min(self.sealed, low + data.draw(st.integers(1, 12))))])
        plain = Ranges.of(i for i in wanted if i not in self.recorded or self.recorded[i].kind == "witness")
        return wanted - plain - in_force(self.acts(), ORIGIN, log.size)

    def act_of(self, ranges: Ranges) -> Exhibit:
        on = {"ranges": ranges.to_text()}
        return Act("erased", "custodian", "test", on, "retention").to_exhibit(self.now())

    def announced(self) -> Ranges:
        found = Ranges()
        for _, ranges in announced(self.directory):
            found |= ranges
        return found

    @rule(data=st.data())
    def prune(self, data: st.DataObject) -> None:
        log = self.ready()
        chosen = self.choose(data)
        if not chosen:
            return
        self.asked |= chosen
        log.erase(chosen, self.act_of(chosen))
        self.erased |= chosen
        self.remember(read_checkpoint(self.directory))
        assert (chosen - erased_frames(self.directory)) == Ranges()

    @rule(data=st.data())
    def prune_what_cannot_be(self, data: st.DataObject) -> None:
        """Exhibit 0, acts and statements, and what is not sealed: refused, and nothing is changed."""
        log = self.ready()
        witnesses = [i for i, it in self.recorded.items() if it.kind == "witness" and i < self.sealed]
        bad = data.draw(st.sampled_from([0, self.sealed, log.size, *witnesses]))
        before = erased_frames(self.directory)
        with pytest.raises((ValueError, InputError)):
            log.erase(Ranges.of([bad]), self.act_of(Ranges.of([bad])))
        self.remember(read_checkpoint(self.directory))
        assert bad not in self.announced()
        assert erased_frames(self.directory) == before

    @rule()
    def finish(self) -> None:
        log = self.ready()
        self.remember(log.seal(self.now()))
        log.finish_erasures()
        self.erased |= self.announced()
        assert (self.announced() - erased_frames(self.directory)) == Ranges()

    # Looking.

    @rule(data=st.data())
    def reveal(self, data: st.DataObject) -> None:
        """Open one exhibit with its proof, as a bundle does; keep the proof for ever."""
        index = data.draw(st.integers(0, self.sealed - 1))
        # A seal that died late has left a larger tree than was told; it proves the smaller one too.
        path = ProofMaker(self.directory, read_checkpoint(self.directory).size).inclusion(index, self.sealed)
        found = dict(read_bodies(self.directory, Ranges.of([index])))
        if index in self.erased:
            assert not found, "what was erased is there again"
            with pytest.raises(VerificationError) as caught:
                read_one(self.directory, index, content_key=self.content_key)
            assert caught.value.reason is Reason.ERASED
            return
        if not found:
            assert index in self.asked
            return
        body = found[index]
        leaf = leaf_hash(entry_of(sha256(body).digest()))
        root = self.checkpoints[-1].root
        assert verifies_inclusion(index, self.sealed, leaf, path, root)
        self.proofs.append((index, len(self.checkpoints) - 1, path, leaf))
        exhibit = read_one(self.directory, index, content_key=self.content_key)
        if index in self.recorded:
            assert exhibit == self.recorded[index]
            plain = self.content_key is None or exhibit.kind == "witness"
            assert encrypted(body) is not plain
            assert (
                plain or open_with_exhibit_key(body, exhibit_key(body, bytes(range(32)))) == exhibit.to_wire()
            )

    @rule(data=st.data())
    def verify_against_any_older_checkpoint(self, data: st.DataObject) -> None:
        held = data.draw(st.sampled_from(self.checkpoints))
        trust = Trust(witnesses=(WitnessKey.of(WITNESS_NAME, WITNESS).to_text(),))
        report = verify(self.directory, key=PUBLIC, checkpoint=held.to_wire(), trust=trust)
        assert report.ok, report.failures
        assert report.size >= self.sealed
        assert report.size + report.unsealed >= self.settled
        # Killed between the checkpoint and its promise, a seal may already cover more than was told.
        assert report.assurance is not None
        assert len(report.assurance.cosignatures) >= self.cosigned
        assert report.erased == len(erased_frames(self.directory))
        assert verify(self.custody).ok

    @precondition(lambda self: self.log is None)
    @rule(place=st.integers(0, 2**32))
    def rolled_back_or_forked_is_seen(self, place: int) -> None:
        """The same folder fails against a checkpoint of a log that went another way."""
        last = self.checkpoints[-1]
        other = Checkpoint.sign(ORIGIN, last.size, sha256(b"%d" % place).digest(), KEY)
        further = Checkpoint.sign(ORIGIN, self.settled + 1000 + place, last.root, KEY)
        assert {f.reason for f in verify(self.directory, checkpoint=other.to_wire()).failures} == {
            Reason.FORKED
        }
        assert {f.reason for f in verify(self.directory, checkpoint=further.to_wire()).failures} == {
            Reason.ROLLED_BACK
        }

    # What holds after every step.

    @invariant()
    def nothing_held_is_erased(self) -> None:
        if self.custody.exists() and self.asked:
            assert broken_holds(self.acts(), ORIGIN, announced(self.directory)) == []

    @invariant()
    def what_is_erased_was_asked_for_and_stays_so(self) -> None:
        if not self.asked:
            return
        now = erased_frames(self.directory)
        assert self.erased - now == Ranges(), "what was erased is there again"
        assert now - self.asked == Ranges(), "something else was erased"

    @invariant()
    def every_old_promise_is_kept(self) -> None:
        if not self.checkpoints:
            return
        now = read_checkpoint(self.directory)
        assert now.size >= self.sealed
        maker = ProofMaker(self.directory, now.size)
        for old in {0, len(self.checkpoints) // 2, len(self.checkpoints) - 1}:
            then = self.checkpoints[old]
            path = maker.consistency(then.size)
            assert verifies_consistency(then.size, now.size, then.root, now.root, path)
        for index, which, path, leaf in self.proofs:
            then = self.checkpoints[which]
            assert verifies_inclusion(index, then.size, leaf, path, then.root)

    def teardown(self) -> None:
        """At the end everything that was promised is read back, whole."""
        try:
            if self.checkpoints:
                self.settle()
        finally:
            if self.log is not None:
                release(self.log)
            shutil.rmtree(self.base)

    def settle(self) -> None:
        """Die once more, come back, finish, seal; then verify and read all."""
        if self.log is not None:
            self.crash()
        log = self.ready()
        found = log.recovery
        self.remember(log.seal(self.now()))
        log.finish_erasures()
        self.erased |= self.announced()
        log.close()
        self.log = None
        report = verify(self.directory, key=PUBLIC, checkpoint=self.checkpoints[0].to_wire())
        assert report.ok, report.failures
        assert not report.warnings, report.warnings
        exhibits = dict(read(self.directory, content_key=self.content_key))
        if found is not None and (found.exhibits_kept or found.cut):
            told = exhibits[found.after + found.exhibits_kept].payload
            assert told.startswith(b'{"act":"log-recovered","adopted":%d,' % found.exhibits_kept)
        assert {i: it for i, it in exhibits.items() if it.kind != "act"} == {
            i: it for i, it in self.recorded.items() if it.kind != "act" and i not in self.erased
        }
        for index, _, _, leaf in self.proofs:
            if index in exhibits:
                ((_, body),) = read_bodies(self.directory, Ranges.of([index]))
                assert leaf_hash(entry_of(sha256(body).digest())) == leaf, "an index holds other data"


def live(seed: int, sequences: int, *, shrink: bool = False) -> None:
    """Run so many sequences from a seed; a failure is told as it was found, unless it is to be shrunk."""
    phases = [hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else [])]
    machine = hypothesis.seed(seed)(type("SeededLife", (Life,), {}))
    quiet = [hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=hypothesis.settings(
            max_examples=sequences, phases=phases, stateful_step_count=STEPS, deadline=None, database=None,
            derandomize=False, suppress_health_check=quiet, print_blob=True,
        ),
    )  # fmt: skip


def fingerprint() -> str:
    """Of all that a result depends on."""
    sources = Path(swarmwitness.__file__).parent / "evidence"
    digest = sha256()
    used = [path for path in sorted(sources.rglob("*.py")) if "bundle" not in path.parts]
    for path in [*used, Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def test_a_seeded_sample_of_lives_keeps_every_promise() -> None:
    live(SEED, SAMPLE)


def too_early(log: EvidenceLog) -> None:
    """Promise before the frames are written."""
    log._durable = log._size


def forgetful(log: EvidenceLog) -> int:
    """Say that what was announced is done, and do nothing."""
    return 0


@pytest.mark.parametrize(
    ("method", "planted"),
    [("flush", too_early), ("finish_erasures", forgetful), ("_tell", lambda log, at: None)],
    ids=["promises too early", "forgets to erase", "does not tell of a recovery"],
)
def test_a_planted_mistake_is_found(
    monkeypatch: pytest.MonkeyPatch, method: str, planted: Callable[..., object]
) -> None:
    """The property can fail: a log with a mistake in it does not live through the sample."""
    monkeypatch.setattr(EvidenceLog, method, planted)
    with pytest.raises((AssertionError, VerificationError, ExceptionGroup)):
        live(SEED, SAMPLE)


@pytest.mark.slow
@pytest.mark.timeout(8 * 3600)
@pytest.mark.skipif(not SWEEP, reason="`make sweep` runs 10,000 sequences")
def test_ten_thousand_lives_keep_every_promise() -> None:
    JOURNAL.parent.mkdir(exist_ok=True)
    of, done = fingerprint(), set()
    if JOURNAL.exists():
        lines = [json.loads(line) for line in JOURNAL.read_text().splitlines()]
        done = {line["part"] for line in lines if line["of"] == of}
    failed: dict[int, str] = {}

    def run(part: int) -> None:
        child = [sys.executable, __file__, str(SEED + 1 + part), str(PART)]
        ran = subprocess.run(child, capture_output=True, text=True, check=False)
        if ran.returncode:
            failed[part] = ran.stdout[-4000:] + ran.stderr[-8000:]
            return
        with JOURNAL.open("a") as journal:
            journal.write(json.dumps({"of": of, "part": part, "sequences": PART}) + "\n")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, [part for part in range(SEQUENCES // PART) if part not in done]))
    assert not failed, "\n".join(f"seed {SEED + 1 + part}: {why}" for part, why in failed.items())
    sys.stdout.write(f"\nstateful sweep: {SEQUENCES} sequences of up to {STEPS} steps\n")


if __name__ == "__main__":
    live(int(sys.argv[1]), int(sys.argv[2]), shrink="--shrink" in sys.argv)
