# SPDX-License-Identifier: Apache-2.0
"""What both verifiers say of a bundle: ours, and the one that lies in it, in a bare interpreter."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from swarmwitness.evidence import VerifyKey
from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.bundle.layout import STANDALONE
from swarmwitness.evidence.time import Trust
from swarmwitness.lab.compare import Compared
from swarmwitness.terms import InputError

NEEDS_OPENSSL = "the standalone verifier needs the command `openssl`: it was not asked"
_LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Known:
    """What a verifier knows from another source than the bundle.

    Attributes:
        key: The public key of one of its logs.
        trust: Who is trusted about time; None = nobody is known.
    """

    key: VerifyKey
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one verifier says.

    Attributes:
        by: Which.
        passed, checks: How many checks passed, of how many.
        reasons: Why not; each reason once.
    """

    by: str
    passed: int
    checks: int
    reasons: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it accepts the bundle."""
        return not self.reasons and 0 < self.checks == self.passed

    def __str__(self) -> str:
        return f"{self.by}: {', '.join(self.reasons) or f'{self.passed} of {self.checks} checks passed'}"


def opinions(bundle: Path, known: Known) -> tuple[Opinion, ...]:
    """Ours, then that of the verifier in the bundle; ours alone where there is no `openssl`.

    Raises:
        InputError: the verifier in the bundle says nothing.
    """
    report = verify_bundle(bundle, key=known.key, trust=known.trust)
    reasons = tuple(dict.fromkeys(failure.reason.value for failure in report.failures))
    ours = Opinion("ours", sum(check.passed for check in report.checks), len(report.checks), reasons)
    return (ours,) if shutil.which("openssl") is None else (ours, _standalone(bundle, known))


def accepted(claim: str, bundle: Path, known: Known) -> Compared:
    """Each verifier accepts the bundle."""
    said = opinions(bundle, known)
    expected = "accepted by both verifiers" if len(said) > 1 else "accepted by our verifier"
    return Compared(claim, expected, "; ".join(map(str, said)), all(each.ok for each in said))


def refused(claim: str, bundle: Path, file: Path, known: Known) -> Compared:
    """Each verifier refuses a copy of the bundle in which the lowest bit of one byte is another.

    Args:
        file: Which file's middle byte; its path in the bundle.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "bundle")
        shutil.copytree(bundle, copy)
        raw = bytearray((copy / file).read_bytes())
        raw[len(raw) // 2] ^= 1
        (copy / file).write_bytes(raw)
        said = opinions(copy, known)
    expected = "refused by both verifiers" if len(said) > 1 else "refused by our verifier"
    return Compared(claim, expected, "; ".join(map(str, said)), all(each.reasons for each in said))


def _standalone(bundle: Path, known: Known) -> Opinion:
    """From inside the bundle, without any package, and told the same."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "log.vkey")
        key.write_text(known.key.to_text() + "\n", encoding="ascii")
        line = [sys.executable, "-I", "-S", STANDALONE, "--json", "--key", str(key)]
        if known.trust is not None:
            line += [word for witness in known.trust.witnesses for word in ("--witness", witness)]
            if known.trust.roots is not None:
                Path(folder, "roots.pem").write_bytes(known.trust.roots)
                line += ["--roots", str(Path(folder, "roots.pem"))]
        told = subprocess.run(
            line, cwd=bundle, stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT_S, check=False
        )
    try:
        document = json.loads(told.stdout)
    except ValueError:
        last = told.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise InputError(f"it ended without a word: {last}", file=str(bundle / STANDALONE)) from None
    checks = document["checks"]
    reasons = tuple(dict.fromkeys(failure["reason"] for failure in document["failures"]))
    return Opinion("standalone", sum(check["passed"] for check in checks), len(checks), reasons)
