# SPDX-License-Identifier: Apache-2.0
"""A real authority (`openssl`), a real witness, and logs that hold what they say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyKey
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.time import Cosignature, Cosigned, Query, Timestamped, WitnessKey
from swarmwitness.lab.authority import Authority
from swarmwitness.terms import Instant

WITNESS = "witness.example/w1"
WITNESS_SEED = b"w" * 32


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shutil.which("openssl") is None:
        for item in items:
            if "evidence/time" in str(item.path) and "authority" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason="the command `openssl` is not installed"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority") / "a")


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority") / "b")


class Told:
    """A log that is sealed, vouched for and sealed again, as a publisher does it."""

    def __init__(
        self, directory: Path, log: EvidenceLog, key: Ed25519PrivateKey, authority: Authority
    ) -> None:
        self.directory, self.log, self.authority = directory, log, authority
        self.key = VerifyKey.of(log.origin, key)
        self.clock = 1_800_000_000 * 10**9
        self.witness_key = Ed25519PrivateKey.from_private_bytes(WITNESS_SEED)

    def at(self) -> Instant:
        self.clock += 10**6
        return Instant(self.clock, self.clock, 0, 1000)

    def record(self, kind: str, payload: bytes) -> int:
        exhibit = Exhibit(kind, Direction.NONE, self.at(), "v", 0, None, None, payload)
        return self.log.record(exhibit)

    def seal(self) -> Checkpoint:
        return self.log.seal(self.at())

    def observe(self, count: int = 3) -> Checkpoint:
        for number in range(count):
            self.record("net", b"seen %d" % number)
        return self.seal()

    def stamped(self, checkpoint: Checkpoint, nonce: int = 5) -> Timestamped:
        query = Query.about(checkpoint.to_wire(), nonce.to_bytes(8, "big")).to_wire()
        reply = self.authority.reply(query)
        return Timestamped("https://tsa.example/", checkpoint, query, reply, self.authority.roots_pem)

    def cosigned(self, checkpoint: Checkpoint, at_s: int = 1_800_000_001) -> Cosigned:
        cosignature = Cosignature.sign(checkpoint.note, WITNESS, self.witness_key, at_s)
        return Cosigned(checkpoint, WitnessKey.of(WITNESS, self.witness_key), cosignature)


@pytest.fixture
def told(tmp_path: Path, key: Ed25519PrivateKey, salt: Callable[[int], bytes], authority: Authority) -> Told:
    directory = tmp_path / "log"
    at = Instant(1_800_000_000 * 10**9, 0, 0, 1000)
    log = EvidenceLog.create(directory, origin="example.org/log", key=key, salt=salt, at=at)
    return Told(directory, log, key, authority)
