# SPDX-License-Identifier: Apache-2.0
"""A small case of two logs that has everything a bundle can hold, and bundles of it.

Log `evidence`: plain exhibits, an envelope, an erased one, a real token and cosignature. Log `custody`: acts.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import shake_256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit
from swarmwitness.evidence.bundle import Cover, LogExcerpt, write_bundle
from swarmwitness.evidence.bundle.write import Made
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.reading import read_checkpoint
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.evidence.time.query import Query
from swarmwitness.evidence.time.statements import Cosigned, Timestamped
from swarmwitness.lab.authority import Authority
from swarmwitness.terms import Endpoint, Instant

EVIDENCE, CUSTODY = "example.org/bundled", "example.org/bundled-custody"
CONTENT_KEY = bytes(range(100, 132))
WITNESS = "witness.example/one"
FILTER = "exhibits log:example.org/bundled/1-7"
COVER = Cover(
    "Studio v. Company", FILTER, "swarmwitness 0.2.0", "2026-11-24", {"by": "A. Person", "opened": True}
)
TABLES = {"data/custody.csv": b"log,index,act\n", "data/rows/sightings.csv": b"observed_at,ip\n"}


def key_of(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


class Salt:
    """Repeatable entropy."""

    def __init__(self, seed: bytes) -> None:
        self.seed, self.drawn = seed, 0

    def __call__(self, count: int) -> bytes:
        self.drawn += 1
        return shake_256(self.seed + self.drawn.to_bytes(8, "big")).digest(count)


@dataclass
class Maker:
    """Makes the logs step by step, so that a test can leave the path."""

    key_of = staticmethod(key_of)
    cosigned = staticmethod(lambda checkpoint, number=3: cosigned(checkpoint, number))
    folder: Path
    authority: Authority
    notes: list[str] = field(default_factory=list)

    def log(
        self, name: str, origin: str, key: Ed25519PrivateKey, content_key: bytes | None = None
    ) -> EvidenceLog:
        directory, salt = self.folder / name, Salt(name.encode() + str(len(self.notes)).encode())
        self.notes.append(name)
        if directory.exists():
            return EvidenceLog.open(directory, key=key, salt=salt, content_key=content_key)
        return EvidenceLog.create(directory, origin=origin, key=key, salt=salt, at=Instant(10**18))

    def stamped(self, checkpoint: Checkpoint) -> bytes:
        query = Query.about(checkpoint.to_wire(), b"\1\2\3\4\5\6\7\x08").to_wire()
        reply = self.authority.reply(query)
        stamp = Timestamped("http://authority.example", checkpoint, query, reply, self.authority.roots_pem)
        return stamp.to_payload()

    def evidence(
        self,
        inserted: bytes = b"",
        *,
        first: bytes = b"payload 1",
        stamp: Callable[[Checkpoint], bytes] | None = None,
    ) -> Path:
        """The log of what was seen; `inserted` comes in before everything but the creation."""
        with self.log("evidence", EVIDENCE, key_of(1)) as log:
            if inserted:
                log.record(seen(99, inserted))
            for number in range(1, 5):
                log.record(seen(number, first if number == 1 else b"payload %d" % number))
        with self.log("evidence", EVIDENCE, key_of(1), CONTENT_KEY) as log:
            for number in (5, 6):
                log.record(seen(number, b"secret payload %d" % number))
            checkpoint = log.seal(Instant(10**18 + 50))
            log.record(statement("time", (stamp or self.stamped)(checkpoint)))
            log.record(statement("witness", cosigned(checkpoint)))
            log.seal(Instant(10**18 + 60))
            erased = Act("erased", "A. Person", "test", {"ranges": "2"}, "court order")
            log.erase(Ranges.of([2]), erased.to_exhibit(Instant(10**18 + 70)))
            log.seal(Instant(10**18 + 80))
        return self.folder / "evidence"

    def custody(self, *acts: Act) -> Path:
        """The log of what people did."""
        with self.log("custody", CUSTODY, key_of(2)) as log:
            for act in (Act("note", "A. Person", "test", {}, "a note"), *acts):
                log.record(act.to_exhibit(Instant(10**18 + 90)))
            log.seal(Instant(10**18 + 100))
        return self.folder / "custody"

    def bundle(self, name: str = "bundle", *, opened: str = "1,6", chosen: str = "1-7") -> Path:
        self.made(name, opened=opened, chosen=chosen)
        return self.folder / name

    def made(self, name: str = "bundle", *, opened: str = "1,6", chosen: str = "1-7") -> Made:
        logs = [
            LogExcerpt(
                "evidence",
                self.folder / "evidence",
                Ranges.from_text(chosen),
                Ranges.from_text(opened),
                CONTENT_KEY,
            ),
            LogExcerpt("custody", self.folder / "custody", Ranges()),
        ]
        return write_bundle(self.folder / name, logs, TABLES, cover=COVER, key=key_of(2))

    def checkpoint(self, name: str = "evidence") -> Checkpoint:
        return read_checkpoint(self.folder / name)


def seen(number: int, payload: bytes) -> Exhibit:
    near, far = Endpoint.of("192.0.2.1", 40000), Endpoint.of("198.51.100.7", 6881)
    at = Instant(10**18 + number, number, -3, 1000)
    return Exhibit("tcp", Direction.IN, at, "vantage-1", number, near, far, payload)


def statement(kind: str, payload: bytes) -> Exhibit:
    return Exhibit(kind, Direction.NONE, Instant(10**18 + 55), "vantage-1", 0, None, None, payload)


def cosigned(checkpoint: Checkpoint, number: int = 3) -> bytes:
    key = key_of(number)
    said = Cosignature.sign(checkpoint.note, WITNESS, key, 1_700_000_000)
    return Cosigned(checkpoint, WitnessKey.of(WITNESS, key), said).to_payload()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority") / "keys")


@pytest.fixture
def maker(tmp_path: Path, authority: Authority) -> Maker:
    return Maker(tmp_path, authority)


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Maker:
    """The case and its bundle, made once; not to be changed."""
    maker = Maker(tmp_path_factory.mktemp("good"), authority)
    maker.evidence()
    maker.custody()
    maker.bundle()
    return maker


@pytest.fixture
def bundle(good: Maker, tmp_path: Path) -> Path:
    """A copy of the good bundle, to be changed."""
    return Path(shutil.copytree(good.folder / "bundle", tmp_path / "bundle"))


@pytest.fixture(scope="session")
def tools() -> ModuleType:
    """opinions.py: both verifiers, and what attackers do."""
    file = Path(__file__).with_name("opinions.py")
    spec = importlib.util.spec_from_file_location("bundle_opinions", file)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["bundle_opinions"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def both(tools: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Both verifiers, with openssl asked once per question."""
    with tools.remembering(monkeypatch):
        yield tools.Opinions(tools.load_standalone())
