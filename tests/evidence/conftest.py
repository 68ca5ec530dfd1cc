# SPDX-License-Identifier: Apache-2.0
"""Small logs for the tests of this room: fixed keys, salts and clocks, so that bytes repeat."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from hashlib import shake_256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.terms import Endpoint, Instant

ORIGIN = "example.org/log"
MakeLog = Callable[..., Path]


class Salt:
    """Repeatable entropy: each log gets its own counter."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, count: int) -> bytes:
        self.drawn += 1
        return shake_256(self.drawn.to_bytes(8, "big")).digest(count)


def exhibit_of(number: int, payload: bytes | None = None) -> Exhibit:
    """Some exhibit; the same number gives the same one."""
    far = Endpoint.of("2001:db8::7", 6881) if number % 3 == 2 else Endpoint.of("127.0.0.9", 6881)
    return Exhibit(
        "tcp",
        Direction.IN if number % 2 else Direction.OUT,
        Instant(10**18 + number, 5 * number, -3, 1000),
        "vantage-1",
        number % 4 + 1,
        Endpoint.of("127.0.0.1", 40000 + number % 1000),
        far,
        payload if payload is not None else b"payload %d" % number,
    )


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """In memory where the machine can: these tests mostly wait for fsync, and ask nothing of a disk."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="swarmwitness-", dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def salt() -> Salt:
    return Salt()


@pytest.fixture
def exhibit() -> Callable[..., Exhibit]:
    return exhibit_of


@pytest.fixture
def make_log(tmp_path: Path, key: Ed25519PrivateKey, salt: Salt) -> MakeLog:
    """Make a log with so many exhibits beside the creation's and the seal's, and seal it."""

    def make(
        count: int,
        *,
        name: str = "evidence",
        segment_bytes: int = 900,
        seal: bool = True,
        content_key: bytes | None = None,
    ) -> Path:
        directory = tmp_path / name
        log = EvidenceLog.create(
            directory,
            origin=ORIGIN,
            key=key,
            salt=salt,
            at=Instant(7),
            segment_bytes=segment_bytes,
            content_key=content_key,
        )
        with log:
            for number in range(count):
                log.record(exhibit_of(number))
            if seal:
                log.seal(Instant(9))
        return directory

    return make


@pytest.fixture
def add_tail(key: Ed25519PrivateKey, salt: Salt) -> Callable[[Path], None]:
    """Leave three durable exhibits behind the checkpoint, as a writer that did not seal."""

    def add(directory: Path) -> None:
        with EvidenceLog.open(directory, key=key, salt=salt) as log:
            for number in range(3):
                log.record(exhibit_of(number))
                log.flush()

    return add


def erasing_act(ranges: Ranges) -> Exhibit:
    """The act that announces an erasure, as a program gives it to the log."""
    said = {"act": "erased", "how": "a test", "on": {"ranges": ranges.to_text()}, "who": "somebody"}
    payload = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return Exhibit("act", Direction.NONE, Instant(10**18 + 99), ORIGIN, 0, None, None, payload)


@pytest.fixture
def act_for() -> Callable[[Ranges], Exhibit]:
    return erasing_act


@pytest.fixture
def erase(key: Ed25519PrivateKey, salt: Salt) -> Callable[[Path, Iterable[int]], int]:
    """Erase these exhibits of a log that nobody writes to, announced as it must be."""

    def erase(directory: Path, indices: Iterable[int]) -> int:
        ranges = Ranges.of(indices)
        with EvidenceLog.open(directory, key=key, salt=salt) as log:
            return log.erase(ranges, erasing_act(ranges))

    return erase
