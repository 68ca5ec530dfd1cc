# SPDX-License-Identifier: Apache-2.0
"""Make the vintage of a release: a small case and a bundle of it, kept for ever, with what is known apart.

    python tests/vintage/make_vintage.py RELEASE

writes RELEASE.tar.gz (the case folder and the bundle) and RELEASE.json (what somebody else would hold: keys,
earlier checkpoints, roots, a witness's key, and what a reader must find). Once committed they are never made
again: a later version of the program must verify what an earlier one sealed. Keys and salts repeat, time
tokens do not. The keys are as public as this file: nothing here is evidence of anything.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256, shake_256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import Direction, EvidenceLog, Exhibit, VerifyKey, read
from swarmwitness.evidence.bundle import Cover, LogExcerpt, write_bundle
from swarmwitness.evidence.checkpoint import Checkpoint
from swarmwitness.evidence.custody.act import Act
from swarmwitness.evidence.ranges import Ranges
from swarmwitness.evidence.time.cosignature import Cosignature, WitnessKey
from swarmwitness.evidence.time.query import Query
from swarmwitness.evidence.time.statements import Cosigned, Timestamped
from swarmwitness.lab.authority import Authority
from swarmwitness.terms import Endpoint, Instant

HERE = Path(__file__).parent
WITNESS = "witness.example/vintage"
ORIGINS = {
    "evidence": "example.org/vintage/evidence",
    "custody": "example.org/vintage/custody",
    "vantages/second": "example.org/vintage/second",
}
CONTENT_KEY = bytes(range(200, 232))
CASE_TOML = """\
[case]
name = "Vintage"
synthetic = true
"""


def key_of(name: str) -> Ed25519PrivateKey:
    """A signing key that repeats."""
    return Ed25519PrivateKey.from_private_bytes(sha256(f"vintage {name}".encode()).digest())


class Maker:
    """Builds the case in a folder."""

    def __init__(self, root: Path, authority: Authority) -> None:
        self.root, self.authority = root, authority
        self.drawn, self.ticks, self.begun_ns = 0, 0, time.time_ns()

    def salt(self, count: int) -> bytes:
        self.drawn += 1
        return shake_256(b"vintage %d" % self.drawn).digest(count)

    def now(self) -> Instant:
        self.ticks += 1
        return Instant(self.begun_ns + self.ticks * 1000, self.ticks * 1000, -5, 2_000_000)

    @contextmanager
    def log(self, name: str, content_key: bytes | None = None) -> Iterator[EvidenceLog]:
        """The log as it is, or a new one; sealed at the end."""
        directory, key = self.root / name, key_of(name)
        if directory.exists():
            log = EvidenceLog.open(directory, key=key, salt=self.salt, content_key=content_key)
        else:
            directory.parent.mkdir(parents=True, exist_ok=True)
            log = EvidenceLog.create(
                directory, origin=ORIGINS[name], key=key, salt=self.salt, at=self.now(), segment_bytes=20_000
            )
        with log:
            yield log
            log.seal(self.now())

    def watch(self, log: EvidenceLog, vantage: str, first: int, count: int) -> None:
        """Record conversations: both directions, both families of addresses, requests over HTTP."""
        for number in range(first, first + count):
            far = Endpoint.of("2001:db8::7" if number % 3 else "198.51.100.7", 6881)
            near = Endpoint.of("2001:db8::1" if number % 3 else "192.0.2.1", 40_000 + number)
            way = Direction.IN if number % 2 else Direction.OUT
            kind = "http" if number % 5 == 0 else "tcp"
            payload = shake_256(b"payload %d" % number).digest(number % 60)
            log.record(Exhibit(kind, way, self.now(), vantage, number, near, far, payload))

    def state(self, log: EvidenceLog) -> Checkpoint:
        """Publish: seal, record an authority's token and a witness's cosignature."""
        checkpoint = log.seal(self.now())
        query = Query.about(checkpoint.to_wire(), self.salt(8)).to_wire()
        stamped = Timestamped(
            "http://authority.example/tsa", checkpoint, query, self.authority.reply(query),
            self.authority.roots_pem,
        )  # fmt: skip
        key = key_of("witness")
        said = Cosignature.sign(checkpoint.note, WITNESS, key, self.begun_ns // 10**9)
        cosigned = Cosigned(checkpoint, WitnessKey.of(WITNESS, key), said)
        for kind, payload in (("time", stamped.to_payload()), ("witness", cosigned.to_payload())):
            log.record(Exhibit(kind, Direction.NONE, self.now(), "vantage-1", 0, None, None, payload))
        return checkpoint

    def act(self, name: str, on: dict[str, object], why: str) -> Exhibit:
        return Act(name, "A. Person", "make_vintage", on, why).to_exhibit(self.now())

    def case(self) -> Checkpoint:
        """All of it; returns a checkpoint of evidence/ that was held elsewhere early on."""
        (self.root / "case.toml").write_text(CASE_TOML)
        with self.log("evidence") as log:
            self.watch(log, "vantage-1", 1, 40)
            early = self.state(log)
        with self.log("evidence", CONTENT_KEY) as log:
            self.watch(log, "vantage-1", 41, 260)  # over the edge of a tile, over segments, encrypted
            self.state(log)
        with self.log("vantages/second") as log:
            self.watch(log, "vantage-2", 1, 20)
            self.state(log)
        held = Ranges.from_text("5-9")
        on = {"hold": "hold-1", "scope": "exhibits 5-9"}
        with self.log("custody") as log:
            log.record(self.act("note", {"text": "begun"}, ""))
            size = early.size
            logs: dict[str, object] = {ORIGINS["evidence"]: {"size": size, "ranges": held.to_text()}}
            log.record(self.act("hold", on | {"logs": logs}, "litigation"))
        with self.log("evidence") as log:
            gone = Ranges.from_text("10-12,60-65")
            log.erase(gone, self.act("erased", {"ranges": gone.to_text()}, "retention"))
            after = log.size
        with self.log("custody") as log:
            logs = {ORIGINS["evidence"]: {"size": after, "ranges": held.to_text()}}
            log.record(self.act("release", on | {"logs": logs}, "settled"))
            self.state(log)
        return early

    def bundle(self, out: Path) -> None:
        """A bundle: some exhibits opened, plain and encrypted ones, some closed, one erased."""
        cover = Cover("Vintage", "exhibits 1-14, 61-70", "make_vintage", "2026-11-24", {"by": "A. Person"})
        logs = [
            LogExcerpt("evidence", self.root / "evidence", Ranges.from_text("1-14,61-70"),
                       Ranges.from_text("1-4,66-68"), CONTENT_KEY),
            LogExcerpt("custody", self.root / "custody", Ranges()),
            LogExcerpt("vantages/second", self.root / "vantages/second", Ranges.from_text("3"), Ranges()),
        ]  # fmt: skip
        write_bundle(out, logs, {}, cover=cover, key=key_of("custody"))


def known(maker: Maker, early: Checkpoint) -> dict[str, object]:
    """What a second person would hold, and what a reader must find."""
    contents = sha256()
    count = 0
    for name in ORIGINS:
        content_key = CONTENT_KEY if name == "evidence" else None
        for index, exhibit in read(maker.root / name, content_key=content_key):
            contents.update(f"{name} {index} ".encode() + exhibit.to_wire())
            count += 1
    return {
        "keys": {name: VerifyKey.of(origin, key_of(name)).to_text() for name, origin in ORIGINS.items()},
        "early": early.to_wire().decode(),
        "last": {name: (maker.root / name / "checkpoint").read_text() for name in ORIGINS},
        "roots": maker.authority.roots_pem.decode(),
        "witness": WitnessKey.of(WITNESS, key_of("witness")).to_text(),
        "content_key": CONTENT_KEY.hex(),
        "readable": count,
        "contents_sha256": contents.hexdigest(),
    }


def pack(folder: Path) -> bytes:
    """A tar of the folder's files in the order of their names, with their modes and nothing else."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            entry = tar.gettarinfo(path, str(path.relative_to(folder)))
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            if path.is_file():
                with path.open("rb") as stream:
                    tar.addfile(entry, stream)
            else:
                tar.addfile(entry)
    return gzip.compress(raw.getvalue(), 9, mtime=0)


def main() -> None:
    """Make the vintage of the release named on the command line."""
    release = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "vintage"
        (root / "case").mkdir(parents=True)
        maker = Maker(root / "case", Authority.make(Path(folder) / "authority"))
        early = maker.case()
        maker.bundle(root / "bundle")
        (HERE / f"{release}.tar.gz").write_bytes(pack(root))
        (HERE / f"{release}.json").write_text(json.dumps(known(maker, early), indent=1) + "\n")


if __name__ == "__main__":
    main()
