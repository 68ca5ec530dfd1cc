# SPDX-License-Identifier: Apache-2.0
"""What earlier releases sealed verifies for ever: cases and bundles, by both verifiers, then and today."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from hashlib import sha256, shake_256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.logs.verification import verify as verify_case
from swarmwitness.evidence import EvidenceLog, VerifyKey, read, verify
from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.write import STANDALONE_FILE
from swarmwitness.evidence.time.assurance import Trust
from swarmwitness.terms import Instant

HERE = Path(__file__).parent
RELEASES = sorted(path.name.removesuffix(".tar.gz") for path in HERE.glob("*.tar.gz"))
LOGS = ("evidence", "custody", "vantages/second")


class Vintage:
    """One release's case and bundle, unpacked, and what somebody else held of them."""

    def __init__(self, release: str, folder: Path) -> None:
        self.folder, self.case, self.bundle = folder, folder / "case", folder / "bundle"
        self.known: dict[str, Any] = json.loads((HERE / f"{release}.json").read_text())
        with tarfile.open(HERE / f"{release}.tar.gz") as tar:
            tar.extractall(folder, filter="data")

    @property
    def trust(self) -> Trust:
        return Trust(roots=self.known["roots"].encode(), witnesses=(self.known["witness"],))

    def key(self, name: str) -> VerifyKey:
        return VerifyKey.from_text(self.known["keys"][name])

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)


@pytest.fixture(params=RELEASES)
def vintage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vintage:
    monkeypatch.setenv("SWARMWITNESS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "vintage"
    folder.mkdir()
    return Vintage(request.param, folder)


def test_there_are_vintages() -> None:
    assert RELEASES


def test_each_log_verifies_against_what_was_held_elsewhere(vintage: Vintage) -> None:
    for name in LOGS:
        report = verify(
            vintage.case / name,
            key=vintage.key(name),
            checkpoint=vintage.known["last"][name].encode(),
            trust=vintage.trust,
        )
        assert report.ok, (name, report.failures)
        assert not report.warnings, (name, report.warnings)
        assert report.assurance is not None
        assert report.assurance.tokens
        assert report.assurance.cosignatures
        if name == "evidence":
            assert report.erased == 9
            assert report.encrypted > 200
    early = vintage.known["early"].encode()
    assert verify(vintage.case / "evidence", key=vintage.key("evidence"), checkpoint=early).ok


def test_the_case_verifies_as_a_whole(vintage: Vintage) -> None:
    verdict = verify_case(vintage.case, trust=vintage.trust)
    assert verdict.ok, verdict
    assert {log.name for log in verdict.logs} == set(LOGS)


def test_every_exhibit_reads_as_it_was_recorded(vintage: Vintage) -> None:
    digest, found = sha256(), 0
    for name in LOGS:
        content_key = bytes.fromhex(vintage.known["content_key"]) if name == "evidence" else None
        for index, exhibit in read(vintage.case / name, content_key=content_key):
            digest.update(f"{name} {index} ".encode() + exhibit.to_wire())
            found += 1
    assert (found, digest.hexdigest()) == (vintage.known["readable"], vintage.known["contents_sha256"])


@pytest.mark.parametrize("own", [True, False], ids=["as delivered", "of today"])
def test_both_verifiers_accept_the_bundle(vintage: Vintage, own: bool) -> None:
    """The verifier that lies in the bundle, and the one of today, which must read old bundles too."""
    early = vintage.known["early"]
    report = verify_bundle(
        vintage.bundle, key=vintage.key("evidence"), checkpoint=early.encode(), trust=vintage.trust
    )
    assert report.ok, report.failures
    script = vintage.bundle / "data" / "verify_standalone.py" if own else STANDALONE_FILE
    said = subprocess.run(
        [
            sys.executable, "-I", "-S", script, vintage.bundle,
            "--checkpoint", vintage.file("early", early),
            "--key", vintage.file("key", vintage.known["keys"]["evidence"] + "\n"),
            "--roots", vintage.file("roots", vintage.known["roots"]),
            "--witness", vintage.known["witness"],
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout + said.stderr


def test_a_changed_byte_is_still_seen(vintage: Vintage) -> None:
    for path in (vintage.case / "evidence/segments").iterdir():
        whole = path.read_bytes()
        path.write_bytes(whole[:500] + bytes((whole[500] ^ 1,)) + whole[501:])
        assert not verify(vintage.case / "evidence").ok
        path.write_bytes(whole)
    proof = sorted((vintage.bundle / "data/logs/1/exhibits").glob("*.tlog-proof"))[3]
    proof.write_bytes(proof.read_bytes().replace(b"A", b"B", 1))
    assert not verify_bundle(vintage.bundle).ok


def test_a_log_of_then_goes_on_today(vintage: Vintage) -> None:
    drawn = count(1)
    key = Ed25519PrivateKey.from_private_bytes(sha256(b"vintage evidence").digest())
    directory = vintage.case / "evidence"
    log = EvidenceLog.open(
        directory, key=key, salt=lambda size: shake_256(b"today %d" % next(drawn)).digest(size)
    )
    with log:
        for _, exhibit in zip(range(5), read(vintage.case / "vantages/second"), strict=False):
            log.record(exhibit[1])
        log.seal(Instant(2 * 10**18))
    report = verify(directory, key=vintage.key("evidence"), checkpoint=vintage.known["early"].encode())
    assert report.ok, report.failures
