# SPDX-License-Identifier: Apache-2.0
"""Both verifiers on one bundle, quickly; and what an attacker does to put the lists right again."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.bundle import layout, verify_bundle
from swarmwitness.evidence.bundle.bag import BagInfo, manifest_text, tag_hashes
from swarmwitness.evidence.bundle.dsse import Envelope, Statement
from swarmwitness.evidence.bundle.layout import logs_from_wire
from swarmwitness.evidence.bundle.write import STANDALONE_FILE, predicate, signing_number
from swarmwitness.evidence.time.assurance import Trust
from swarmwitness.terms import MalformedMessage


def load_standalone(file: Path = STANDALONE_FILE) -> ModuleType:
    """The second verifier as a module of its own, from a copy where one is named."""
    spec = importlib.util.spec_from_file_location("verify_standalone_copy", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Opinions:
    """Asks both verifiers."""

    module: ModuleType

    def ask(
        self,
        bundle: Path,
        *,
        key: VerifyKey | None = None,
        held: Sequence[bytes] = (),
        roots: bytes | None = None,
    ) -> tuple[str, str]:
        """(first reason of the package's verifier, first reason of the standalone one); "" = verified."""
        report = verify_bundle(bundle, key=key, held=held, trust=Trust(roots=roots))
        first = report.failures[0].reason.value if report.failures else ""
        assert report.ok == (first == ""), report.checks
        given = SimpleNamespace(
            bundle=str(bundle),
            checkpoints=list(held),
            keys=[] if key is None else [(key.name, key.public)],
            witnesses=[],
            roots=roots,
        )
        second, _ = self.module.verify(given)
        failures = second.failures()
        return first, failures[0]["reason"] if failures else ""

    def agreed(self, bundle: Path, **known: Any) -> str:
        """The one reason of both."""
        first, second = self.ask(bundle, **known)
        assert first == second, (first, second)
        return first


@contextmanager
def remembering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run `openssl` once per question: a sweep asks the same of it thousands of times."""
    run, known = subprocess.run, dict[bytes, Any]()

    def once(line: Sequence[str], **how: Any) -> Any:
        if not str(line[0]).endswith("openssl"):
            return run(line, **how)
        files = sorted(Path(how["cwd"]).iterdir())
        asked = [repr(list(line)).encode(), repr(how.get("input")).encode()]
        asked += [file.name.encode() + sha256(file.read_bytes()).digest() for file in files]
        name = sha256(b"|".join(asked)).digest()
        if name not in known:
            known[name] = run(line, **how)
        return known[name]

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", once)
        yield


def by_command(bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The standalone verifier of the bundle itself, on a bare Python, as its reader would run it."""
    line = [sys.executable, "-I", "-S", str(STANDALONE_FILE), str(bundle), *more]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)


def repaired(bundle: Path, key: Ed25519PrivateKey | None = None) -> None:
    """Put every list right again; with a key, sign the statement anew."""
    data = sorted(path for path in (bundle / "data").rglob("*") if path.is_file())
    hashes = {str(path.relative_to(bundle)): sha256(path.read_bytes()).hexdigest() for path in data}
    tags = {name: (bundle / name).read_bytes() for name in layout.TAG_FILES}
    info = BagInfo.from_wire(tags[layout.BAG_INFO])
    info = replace(info, payload_bytes=sum(path.stat().st_size for path in data), payload_files=len(data))
    tags[layout.BAG_INFO], tags[layout.MANIFEST] = info.to_wire(), manifest_text(hashes)
    if key is not None:
        tags[layout.STATEMENT] = _signed(bundle, tags, info, key)
    for name, content in {**tags, layout.TAG_MANIFEST: manifest_text(tag_hashes(tags))}.items():
        (bundle / name).write_bytes(content)


def _signed(bundle: Path, tags: dict[str, bytes], info: BagInfo, key: Ed25519PrivateKey) -> bytes:
    subject = {
        name: sha256(tags[name]).hexdigest() for name in (layout.BAG_INFO, layout.BAGIT, layout.MANIFEST)
    }
    old = Envelope.from_wire((bundle / layout.STATEMENT).read_bytes())
    said = Statement.from_payload(old.payload).predicate
    name = old.keyid.split("+", 1)[0]
    try:
        logs = logs_from_wire((bundle / layout.LOGS).read_bytes())
        said, name = predicate(info.case, info.filter, logs), logs[signing_number(logs) - 1].origin
    except MalformedMessage:
        pass
    return Envelope.sign(Statement(subject, said), name, key).to_wire()


def files_of(bundle: Path) -> list[Path]:
    return sorted(path for path in bundle.rglob("*") if path.is_file())


@contextmanager
def changed(path: Path, change: Callable[[bytes], bytes]) -> Iterator[None]:
    """A file with other content, for a while."""
    before = path.read_bytes()
    path.write_bytes(change(before))
    try:
        yield
    finally:
        path.write_bytes(before)
