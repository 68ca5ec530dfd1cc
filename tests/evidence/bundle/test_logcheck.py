# SPDX-License-Identifier: Apache-2.0
"""Checks 5 to 9: what is wrong is told with log, file and exhibit."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from swarmwitness.evidence.bundle import verify_bundle
from swarmwitness.evidence.failure import Reason

E = "data/logs/1/exhibits"


@pytest.mark.parametrize(
    ("file", "content", "check", "reason", "exhibit"),
    [
        ("data/logs/2/log.vkey", b"no key\n", 5, Reason.KEY_MALFORMED, None),
        ("data/logs/1/checkpoint", b"no checkpoint\n", 6, Reason.CHECKPOINT_MALFORMED, None),
        (f"{E}/3.commitment", b"00\n", 7, Reason.PROOF_MALFORMED, 3),
        (f"{E}/3.tlog-proof", b"no proof\n", 7, Reason.PROOF_MALFORMED, 3),
        (f"{E}/1.exhibit", b"x" * 100, 8, Reason.COMMITMENT, 1),
        (f"{E}/1.exhibit", b"", 8, Reason.COMMITMENT, 1),
        (f"{E}/6.key", b"no key\n", 8, Reason.ENVELOPE, 6),
        ("data/logs/1/consistency/9.txt", b"old 9\n\n", 9, Reason.PROOF_DIFFERS, None),
        ("data/logs/1/consistency/9.txt", b"old\n\n", 9, Reason.PROOF_MALFORMED, None),
    ],
)
def test_each_check(
    bundle: Path,
    good: Any,
    both: Any,
    tools: ModuleType,
    file: str,
    content: bytes,
    check: int,
    reason: Reason,
    exhibit: int | None,
) -> None:
    (bundle / file).write_bytes(content)
    tools.repaired(bundle, good.key_of(2))
    both.agreed(bundle)
    report = verify_bundle(bundle)
    found = [(failure.reason, failure.file, failure.exhibit) for failure in report.failures]
    assert (reason, file.replace(".key", ".exhibit"), exhibit) in found
    assert not report.checks[check - 1].passed


def test_another_commitment(bundle: Path, good: Any, both: Any, tools: ModuleType) -> None:
    (bundle / f"{E}/3.commitment").write_bytes(b"00" * 32 + b"\n")
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "commitment"
    assert verify_bundle(bundle).failures[0].exhibit == 3


def test_a_proof_of_another_exhibit(bundle: Path, good: Any, both: Any, tools: ModuleType) -> None:
    (bundle / f"{E}/3.tlog-proof").write_bytes((bundle / f"{E}/4.tlog-proof").read_bytes())
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "proof_differs"


def test_the_creation_must_be_this_logs(bundle: Path, good: Any, both: Any, tools: ModuleType) -> None:
    """Exhibit 0 of the other log, with its commitment: the path shows it first."""
    for kind in ("exhibit", "commitment"):
        content = (bundle / f"data/logs/2/exhibits/0.{kind}").read_bytes()
        (bundle / f"{E}/0.{kind}").write_bytes(content)
    tools.repaired(bundle, good.key_of(2))
    assert both.agreed(bundle) == "commitment"
    reasons = {failure.reason for failure in verify_bundle(bundle).failures}
    assert Reason.CREATION_ACT in reasons
