# SPDX-License-Identifier: Apache-2.0
"""What a receiver knows from another source is read before anything is verified with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from swarmwitness.case.logs.handedover import is_bundle, trust_of, verify_handed_over
from swarmwitness.evidence.time import Trust, WitnessKey
from swarmwitness.terms import InputError


def test_a_bundle_is_known_by_its_first_file(tmp_path: Path) -> None:
    assert not is_bundle(tmp_path / "none")
    assert not is_bundle(tmp_path)
    (tmp_path / "bagit.txt").symlink_to("nowhere")
    assert is_bundle(tmp_path), "a bundle whose first file is a link is a bundle that fails"
    report = verify_handed_over(tmp_path, key=None, checkpoints=(), trust=Trust())
    assert not report.ok
    assert report.failures


def test_roots_and_witnesses(tmp_path: Path) -> None:
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    text = WitnessKey("witness.example", public).to_text()
    assert trust_of(None, [text]) == Trust(None, (text,))
    with pytest.raises(InputError, match="--witness"):
        trust_of(None, [text + "x"])
    (tmp_path / "roots.pem").write_text("no certificate")
    with pytest.raises(InputError, match=r"roots\.pem.*certificates"):
        trust_of(tmp_path / "roots.pem", [])
    with pytest.raises(InputError, match="no such file"):
        trust_of(tmp_path / "none.pem", [])
