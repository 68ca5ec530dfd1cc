# SPDX-License-Identifier: Apache-2.0
"""The fault sweep: each system call of a writer that touches its store fails once, or is its last.

A small writer runs as a child under strace. First every call that names the log's folder, a file in it or
one beside it is listed, with how often it came for this path. Then the writer runs again once for each of
them and each fault: the call returns EIO, or ENOSPC, or the process is killed in place of it (which is
also "killed just after the call before"). Calls that only read are not killed at: what they leave is what
the change before them left. Afterwards the folder must verify against the last checkpoint that the writer
told, open again, hold all that was told to be durable and nothing that was not recorded, and go on.

CI runs a seeded sample; `make sweep` runs all, and goes on where it was stopped.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path

import cryptography
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import swarmwitness
from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyKey, read, verify
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.erasure import erased_frames
from swarmwitness.evidence.proofs import ProofMaker, verifies_consistency
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Instant

WRITER = Path(__file__).with_name("faulty_writer.py")
SOURCES = Path(swarmwitness.__file__).parent
SEARCH = os.pathsep.join([str(SOURCES.parent), str(Path(cryptography.__file__).parent.parent)])
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENT_KEY = bytes(range(64, 96))
ORIGIN = "example.org/log"
ERASED = Ranges.from_text("2-4,40,70-90")
"""As in the writer."""

AFTERWARDS = Exhibit("tcp", Direction.IN, Instant(2 * 10**18), "vantage", 2, None, None, b"afterwards")
"""One more, as a writer would record after the crash."""

CHANGING = (
    "openat", "creat", "write", "pwrite64", "writev", "fsync", "fdatasync", "sync_file_range", "rename",
    "renameat", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "close", "truncate",
    "ftruncate", "fallocate", "link", "linkat", "symlink", "chmod", "fchmod", "fchmodat",
)  # fmt: skip
READING = (
    "read",
    "pread64",
    "getdents64",
    "lseek",
    "newfstatat",
    "stat",
    "fstat",
    "statx",
    "flock",
    "access",
)
FAULTS = {"EIO": "error=EIO", "ENOSPC": "error=ENOSPC", "SIGKILL": "signal=KILL"}
SCENARIOS = ("plain", "encrypted", "wide")
SAMPLE = 60
SEED = 20261124
SWEEP = os.environ.get("SWARMWITNESS_SWEEP") == "1"
JOURNAL = Path(__file__).parents[2] / "bench" / "out" / "sweep_faults.jsonl"

_CALL = re.compile(r"^\d+ +([a-z0-9_]+)\((.*)$")
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"|\d<([^>]*)>')

FORKING = threading.Lock()
"""A child that is forked while another thread holds a log's lock has it too, until it becomes strace."""

needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@dataclass(frozen=True, slots=True)
class Fault:
    """One run: the call by name, path (from the folder's parent) and occurrence, and what befalls it."""

    scenario: str
    call: str
    path: str
    occurrence: int
    fault: str

    @property
    def name(self) -> str:
        return f"{self.scenario} {self.call} {self.path} {self.occurrence} {self.fault}"


def strace(base: Path, scenario: str, *options: str) -> tuple[int, list[dict[str, object]], str]:
    """Run the writer on base/evidence; returns (exit status, what it said, strace's own output)."""
    trace = base.with_name(base.name + ".trace")
    child = [sys.executable, "-I", "-S", str(WRITER), SEARCH, str(base / "evidence"), scenario]
    with FORKING:
        ran = subprocess.Popen(
            ["strace", "-f", "-y", "-s", "4096", "-o", str(trace), *options, *child],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    out, err = ran.communicate(timeout=240)
    told = trace.read_text(errors="replace")
    trace.unlink()
    whole = out[: out.rfind(b"\n") + 1]
    status = ran.returncode if ran.returncode >= 0 else 128 - ran.returncode
    assert status in (0, 3, 137), (status, err.decode()[-2000:])
    return status, [json.loads(line) for line in whole.splitlines()], told


def touches(told: str, base: Path) -> Iterator[tuple[str, str]]:
    """(call, first path in or beside the folder) of each call that touches the store, in order."""
    for line in told.splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        for quoted, opened in _PATH.findall(match[2]):
            path = quoted or opened
            if path == str(base) or path.startswith(f"{base}/"):
                yield match[1], os.path.relpath(path, base)
                break


def list_faults(base: Path, scenario: str) -> list[Fault]:
    """Every fault that the sweep knows for this scenario, from one undisturbed run."""
    base.mkdir()
    status, _, told = strace(base, scenario, "-e", "trace=" + ",".join(f"?{c}" for c in CHANGING + READING))
    assert status == 0
    found: list[Fault] = []
    seen: Counter[tuple[str, str]] = Counter()
    for call, path in touches(told, base):
        seen[call, path] += 1
        if scenario == "wide" and not path.startswith(".evidence.sealing/"):
            continue  # what is new in it are files that are fsynced side by side; the rest is as in `plain`
        kinds = FAULTS if call in CHANGING else ("EIO",)
        found += [Fault(scenario, call, path, seen[call, path], fault) for fault in kinds]
    shutil.rmtree(base)
    return found


def run_fault(base: Path, fault: Fault) -> str:
    """Run one fault and judge what it left; returns what happened, in a word.

    Raises:
        AssertionError: the log did not survive.
    """
    base.mkdir()
    path = base / fault.path if fault.path != "." else base
    status, said, told = strace(
        base, fault.scenario, "-P", str(path), "-e", f"trace={fault.call}",
        "-e", f"inject={fault.call}:{FAULTS[fault.fault]}:when={fault.occurrence}",
    )  # fmt: skip
    hit = "killed by SIGKILL" in told if fault.fault == "SIGKILL" else "(INJECTED)" in told
    assert hit, "the fault was not reached: the writer's calls do not repeat"
    with FORKING:
        judge(base / "evidence", said, CONTENT_KEY if fault.scenario == "encrypted" else None)
    shutil.rmtree(base)
    return {0: "went on", 3: "stopped with an error", 137: "killed"}[status]


def judge(directory: Path, said: list[dict[str, object]], content_key: bytes | None) -> None:
    """Whether what stands in the folder is all that was told, and only what was recorded."""
    more = {} if content_key is None else {"content_key": content_key}
    drawn = count(10**6)
    salt = lambda size: shake_256(b"%d" % next(drawn)).digest(size)  # noqa: E731
    if not directory.exists():
        assert not any("created" in line for line in said), "a log that was created is gone"
        shutil.rmtree(directory.with_name(".evidence.creating"), ignore_errors=True)
        shutil.rmtree(directory.with_name("..evidence.creating.sealing"), ignore_errors=True)
        EvidenceLog.create(directory, origin=ORIGIN, key=KEY, salt=salt, at=Instant(1), **more).close()
        assert verify(directory).ok
        return
    sealed = [str(line["sealed"]).encode() for line in said if "sealed" in line]
    durable = max([int(str(line["durable"])) for line in said if "durable" in line], default=1)
    own = max([int(str(line["own"])) for line in said if "own" in line], default=0)
    held = sealed[-1] if sealed else None
    report = verify(directory, key=VerifyKey.of(ORIGIN, KEY), checkpoint=held)
    assert report.ok, report.failures
    assert report.size + report.unsealed >= durable, "something durable is gone"
    with EvidenceLog.open(directory, key=KEY, salt=salt, **more) as log:
        assert log.durable >= durable
        log.record(AFTERWARDS)
        log.seal(Instant(2 * 10**18))
        log.finish_erasures()
    report = verify(directory, key=VerifyKey.of(ORIGIN, KEY), checkpoint=held)
    assert report.ok, report.failures
    assert not report.warnings, report.warnings
    judge_content(directory, said, own, more)
    judge_consistency(directory, sealed)
    left = {path.name for path in directory.parent.iterdir()} - {directory.name}
    assert all(re.fullmatch(r"evidence\.cut-\d+-[0-9a-f]{16}", name) for name in left), left


def judge_content(directory: Path, said: list[dict[str, object]], own: int, more: dict[str, bytes]) -> None:
    """The writer's own exhibits are there in order, without a gap but for what was erased."""
    found = {index: it.payload for index, it in read(directory, **more) if it.kind == "tcp"}
    assert found.pop(max(found)) == AFTERWARDS.payload
    gone = erased_frames(directory)
    wanted, done = (any(word in line for line in said) for word in ("erasing", "erased"))
    assert gone == ERASED if done else not gone - ERASED
    assert wanted or not gone, "something was erased that nobody had asked for"
    # Own exhibits are numbered as they were recorded; an erased one still counts.
    numbered = [found.get(index) for index in sorted({*found, *gone})]
    assert numbered == [
        None if payload is None else b"own exhibit %d" % number for number, payload in enumerate(numbered)
    ]
    assert len(numbered) >= own, "an own exhibit that was told durable is gone"


def judge_consistency(directory: Path, sealed: list[bytes]) -> None:
    """Each checkpoint that was ever told is a part of the log as it is now."""
    now = Checkpoint.from_wire((directory / "checkpoint").read_bytes())
    maker = ProofMaker(directory, now.size)
    for raw in sealed:
        old = Checkpoint.from_wire(raw)
        path = maker.consistency(old.size)
        assert verifies_consistency(old.size, now.size, old.root, now.root, path), old.size


def workplace() -> str | None:
    """In memory where the machine can: strace decides what fails, not a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def fingerprint() -> str:
    """Of all that a result depends on."""
    digest = sha256()
    for path in [*sorted((SOURCES / "evidence").glob("*.py")), WRITER, Path(__file__)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def tell(line: str) -> None:
    """A line of figures for people."""
    sys.stdout.write(f"\n{line}\n")


def run_all(faults: list[Fault], workers: int, done: dict[str, str], note) -> dict[str, str]:  # type: ignore[no-untyped-def]
    """Run those that are not done; returns what happened by name."""
    with tempfile.TemporaryDirectory(dir=workplace(), prefix="swarmwitness-faults-") as folder:

        def run(numbered: tuple[int, Fault]) -> tuple[str, str]:
            number, fault = numbered
            try:
                happened = run_fault(Path(folder) / str(number), fault)
            except Exception as error:  # noqa: BLE001 - a sweep tells all that fail, not the first alone
                happened = f"FAILED {type(error).__name__}: {error}"
            note(fault.name, happened)
            return fault.name, happened

        waiting = [(n, fault) for n, fault in enumerate(faults) if fault.name not in done]
        with ThreadPoolExecutor(workers) as pool:
            return done | dict(pool.map(run, waiting))


def all_faults() -> list[Fault]:
    """The faults of every scenario, in a fixed order."""
    with tempfile.TemporaryDirectory(dir=workplace(), prefix="swarmwitness-faults-") as folder:
        return [fault for scenario in SCENARIOS for fault in list_faults(Path(folder) / "base", scenario)]


@needs_strace
def test_a_seeded_sample_of_faults_leaves_nothing_corrupt_and_loses_nothing_durable() -> None:
    faults = random.Random(SEED).sample(all_faults(), SAMPLE)
    results = run_all(faults, 2, {}, lambda name, happened: None)
    failed = {name: happened for name, happened in results.items() if happened.startswith("FAILED")}
    tell(f"{len(results)} runs of {len(faults)}: {dict(Counter(results.values()))}")
    assert len(results) == SAMPLE
    assert not failed


@needs_strace
@pytest.mark.parametrize(
    "fault",
    [
        Fault("plain", "flock", ".evidence.creating", 1, "EIO"),
        Fault("plain", "newfstatat", "..evidence.creating.sealing", 2, "EIO"),
    ],
    ids=lambda fault: fault.name,
)
def test_faults_that_once_went_wrong(tmp_path: Path, fault: Fault) -> None:
    assert run_fault(tmp_path / "base", fault) == "stopped with an error"


@needs_strace
def test_the_calls_of_the_writer_repeat(tmp_path: Path) -> None:
    """Else a fault could miss its call; and the list names what a store cannot do without."""
    first, again = (list_faults(tmp_path / "base", "plain") for _ in range(2))
    assert first == again
    calls = {fault.call for fault in first}
    assert calls >= {"openat", "write", "fsync", "rename", "unlink", "mkdir", "rmdir", "close"}
    assert len(first) > 500


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
@pytest.mark.skipif(not SWEEP, reason="`make sweep` runs all faults")
@needs_strace
def test_every_fault_leaves_nothing_corrupt_and_loses_nothing_durable() -> None:
    print_, done = fingerprint(), {}
    if JOURNAL.exists():
        lines = [json.loads(line) for line in JOURNAL.read_text().splitlines()]
        done = {
            line["run"]: line["happened"]
            for line in lines
            if line["of"] == print_ and not line["happened"].startswith("FAILED")
        }
    JOURNAL.parent.mkdir(exist_ok=True)
    faults = all_faults()
    with JOURNAL.open("a") as journal:

        def note(name: str, happened: str) -> None:
            journal.write(json.dumps({"of": print_, "run": name, "happened": happened}) + "\n")
            journal.flush()

        results = run_all(faults, 2, done, note)
    counted = Counter(happened.split(":")[0] for happened in results.values())
    by_fault = Counter(fault.fault for fault in faults)
    tell(f"fault sweep: {len(faults)} runs {dict(by_fault)}, {dict(counted)}")
    assert len(results) == len(set(faults))
    assert not [name for name, happened in results.items() if happened.startswith("FAILED")]
